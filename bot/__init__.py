"""The Slack edge of Slipway."""
