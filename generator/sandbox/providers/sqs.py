"""SQS: queues and their policies."""

import json
from typing import Any

from generator.sandbox.providers.api_calls import unless_missing
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.sns import AttachedPolicy
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::SQS::Queue")
class Queue(Resource):
    """CreateQueue answers a queue that is there with the same attributes; CloudFormation fails then."""

    def named(self) -> Props:
        """The properties with a name that is free."""
        props, found = super().named(), {}
        with unless_missing():
            found = self.ctx.client("sqs").get_queue_url(QueueName=props["QueueName"])
        if found:
            raise self.taken(found["QueueUrl"])
        return props


@surprising("AWS::SQS::QueuePolicy")
class QueuePolicy(AttachedPolicy):
    """Without it a queue has none."""

    holders = "Queues"

    def policy(self, holder: str) -> Props | None:
        """GetQueueAttributes."""
        answer = self.ctx.client("sqs").get_queue_attributes(QueueUrl=holder, AttributeNames=["Policy"])
        return json.loads(answer.get("Attributes", {}).get("Policy") or "null") or None

    def put(self, holder: str, document: Any) -> None:
        """SetQueueAttributes."""
        text = json.dumps(document) if document else ""
        self.ctx.client("sqs").set_queue_attributes(QueueUrl=holder, Attributes={"Policy": text})
