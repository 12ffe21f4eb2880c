"""What the stream of events carries."""

from datetime import datetime

from board.models.base import Model


class StepEvent(Model):
    """A new step of a release: the event ``step``. The events ``reload`` and ``reconnect`` carry nothing."""

    release: str
    environment: str
    service: str
    state: str
    at: datetime
    what: str
    who: str
