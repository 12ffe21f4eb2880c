"""The effect of each change on what is running and on what is stored, with its reason and its source."""
