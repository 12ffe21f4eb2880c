"""What can go wrong with what people write."""


class DatabaseOffError(Exception):
    """PostgreSQL does not answer, or not as it should: a sentence that says what to do."""


class ConflictError(Exception):
    """Somebody changed it since it was read."""


class FullError(Exception):
    """There is as much of it as is kept."""
