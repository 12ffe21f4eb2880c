"""An embedded AWS on 127.0.0.1 for tests, demos and people without an account."""
