"""The alerts topic for daily heads: SNS sends the head of the audit log to its subscribers' mail.

Source: SNS API Reference, Publish (``Subject``: ASCII, less than 100 characters; ``NotFound``).
"""

from generator.aws.api_client import Api, ApiError
from generator.release.errors import Invalid

_GONE = {"NotFound", "NotFoundException"}


class AlertsTopic:
    """A ``ports.Witness``. SNS does not detect repeated messages, so one whose answer was lost arrives twice."""

    def __init__(self, api: Api, arn: str) -> None:
        self._api = api
        self._arn = arn

    def post(self, date: str, line: str) -> None:
        """Publish.

        Raises:
            Invalid: there is no such topic.
        """
        try:
            self._api("publish", TopicArn=self._arn, Subject=f"Audit head {date}", Message=line)
        except ApiError as error:
            if error.code not in _GONE:
                raise
            raise Invalid(f"the topic {self._arn} does not exist; release the environment's alerts stack") from error
