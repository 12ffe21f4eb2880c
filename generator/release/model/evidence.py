"""Evidence that a person acted: what SQS attests of the message, and what Slack sent."""

from generator.release.model.base import Value


class SlackAct(Value):
    """What Slack sent when a person acted: ``body`` as it arrived, "" if it was longer than the front keeps.

    ``sha256`` is of the whole body (64 hex digits). ``timestamp`` and ``signature`` are the headers of the HTTP request;
    both are "" over Socket Mode, where Slack signs nothing and ``body`` is the envelope's payload.
    Source: docs.slack.dev, Verifying requests from Slack; Using Socket Mode.
    """

    body: str
    sha256: str
    timestamp: str = ""
    signature: str = ""


class Evidence(Value):
    """Stored beside an entry, which holds its digest: ``sender`` and ``message`` are SQS's SenderId and MessageId.

    ``request`` is the JSON of what was asked for, ``slack`` is None for a person who did not act in Slack.
    """

    sender: str
    message: str
    request: str
    slack: SlackAct | None = None
