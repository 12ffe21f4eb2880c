"""One module for each state of a release. A step reads the log and AWS, and makes at most one transition."""
