"""What the embedded AWS does not do is refused like a mistake, and not like an outage."""

import json

import pytest

from generator.aws.cloudformation import CloudFormationStacks
from generator.aws.session import Session
from generator.release.errors import Invalid
from generator.release.model.observed import NewChangeSet
from tests.contract.conftest import unique


def test_a_resource_type_that_is_not_there_is_refused_at_once(session: Session) -> None:
    """The sandbox answers with 501; asking again would be silent for ever."""
    template = {"Resources": {"Queue": {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": 1}}}}
    new = NewChangeSet(
        name="bot-1", stack_name=unique("slipway-dev"), kind="CREATE", template=json.dumps(template), parameters={},
        tags={}, capabilities=(), role="",
    )  # fmt: skip
    with pytest.raises(Invalid, match=r"does not support resources of type AWS::Batch::JobQueue; leave them out"):
        CloudFormationStacks(session.api("cloudformation")).create(new)
