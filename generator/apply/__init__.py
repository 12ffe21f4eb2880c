"""An environment as its configuration wants it: the next stack, the prerequisites, and changes outside of releases."""
