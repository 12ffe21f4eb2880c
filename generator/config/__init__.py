"""Reads ``stacks/``: YAML text becomes a valid :class:`Configuration`, or every mistake in it is reported at once."""
