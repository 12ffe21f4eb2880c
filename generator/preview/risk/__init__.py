"""What each change does to what runs and to what is stored, with its reason and its source."""
