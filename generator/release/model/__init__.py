"""The values of the domain.

They are stored and sent as JSON: in the release log, over the queue, to cards and terminals.
"""
