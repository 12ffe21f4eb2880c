"""How commands, clicks and events reach the app, and what its answers do."""
