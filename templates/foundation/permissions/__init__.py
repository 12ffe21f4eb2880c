"""Permissions of the execution role: the statements of its policies, by subject."""
