"""Cards, modals and lists: pure functions from values of the domain to Block Kit model objects, within Slack's limits."""
