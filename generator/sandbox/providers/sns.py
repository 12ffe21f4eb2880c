"""SNS: policies of topics, and the base of those of queues."""

import json
from abc import abstractmethod
from typing import Any

from generator.sandbox.providers.api_calls import unless_missing
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

# The id of the policy that SNS gives a new topic, and what it allows the account (Amazon SNS Developer Guide, "Overview of
# managing access in Amazon SNS").
_DEFAULT_ID = "__default_policy_ID"
_ACTIONS = (
    "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe ListSubscriptionsByTopic "
    "Publish"
)


class AttachedPolicy(Resource):
    """It is not a resource of its own, but an attribute that several queues or topics get."""

    holders: str

    @abstractmethod
    def policy(self, holder: str) -> Props | None:
        """The policy of a queue or topic, if somebody gave it one."""

    @abstractmethod
    def put(self, holder: str, document: Any) -> None:
        """Give one a policy; with None that which it has by default."""

    def create(self) -> Created:
        """Give each its policy."""
        self.id = generated_name(self.ctx)
        return self.update()

    def update(self) -> Created:
        """Give the new ones theirs; those that are no longer named lose it."""
        wanted = self.props[self.holders]
        self._take_away([holder for holder in self.old.get(self.holders, ()) if holder not in wanted])
        for holder in wanted:
            self.put(holder, self.props["PolicyDocument"])
        return Created(self.id, {"Id": self.id})

    def there(self) -> bool:
        """Each is asked by itself."""
        return True

    def delete(self) -> None:
        """Take the policies away."""
        self._take_away(self.props[self.holders])

    def find(self) -> Props:
        """The policy of the first that has another one than the template's, or the template's."""
        found: list[Props | None] = [None]
        with unless_missing():
            found = [self.policy(holder) for holder in self.props[self.holders]]
        if None in found:
            raise self.absent()
        other = [policy for policy in found if policy != self.props["PolicyDocument"]]
        return {"PolicyDocument": (other or found)[0], self.holders: self.props[self.holders]}

    def _take_away(self, holders: list[str]) -> None:
        for holder in holders:
            with unless_missing():
                self.put(holder, None)


@surprising("AWS::SNS::TopicPolicy")
class TopicPolicy(AttachedPolicy):
    """Without it a topic has the policy that SNS gives it."""

    holders = "Topics"

    def policy(self, holder: str) -> Props | None:
        """GetTopicAttributes."""
        found = json.loads(self.ctx.client("sns").get_topic_attributes(TopicArn=holder)["Attributes"]["Policy"])
        return None if found.get("Id") == _DEFAULT_ID else found

    def put(self, holder: str, document: Any) -> None:
        """SetTopicAttributes."""
        statement = {
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"SNS:{action}" for action in _ACTIONS.split()],
            "Resource": holder,
            "Condition": {"StringEquals": {"AWS:SourceOwner": self.ctx.account}},
        }
        default = {"Version": "2008-10-17", "Id": _DEFAULT_ID, "Statement": [statement]}
        said = {"AttributeName": "Policy", "AttributeValue": json.dumps(document or default)}
        self.ctx.client("sns").set_topic_attributes(TopicArn=holder, **said)
