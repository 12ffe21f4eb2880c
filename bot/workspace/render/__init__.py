"""Block Kit and mrkdwn as HTML."""
