"""A page beside the chat that shows the cloud: what exists, what is running, and what the log records about it."""
