"""One module for each state of a release: look at the log and at AWS, make at most one transition."""
