"""What Slack sends, one package for each kind. A listener checks who and where, sends one request, and acknowledges."""
