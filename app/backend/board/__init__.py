"""The release board: a web API over the release log, and over what people write about releases."""
