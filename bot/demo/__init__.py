"""``python -m bot demo``: AWS, Slack, the bot and a worker on this machine, with something to release."""
