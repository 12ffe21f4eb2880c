"""What an environment costs a month, from its templates and a dated price table: pure functions, no AWS call."""
