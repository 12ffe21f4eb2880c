"""A page beside the chat that shows the cloud: what stands, what is under way, and what is written down about it."""
