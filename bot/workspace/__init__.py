"""A local Slack: one server on 127.0.0.1 that a Bolt app can't tell from the real one, and the page to use it."""
