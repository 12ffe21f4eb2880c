"""The proof that a release costs nobody a request: `python -m tests.proof`, which `make proof` calls."""
