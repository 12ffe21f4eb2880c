"""The values of the domain. They travel as JSON: in the release log, over the queue, into cards and terminals."""
