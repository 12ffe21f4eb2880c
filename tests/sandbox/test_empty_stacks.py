"""With policies enforced, what a release has emptied can be deleted, and no other stack."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.process import Control
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import settled
from tests.sandbox.role_calls import DENIED, DEV, EXECUTION, TEMPLATE
from tests.sandbox.test_roles import fleet, released, sandbox_process, session

__all__ = ["fleet", "sandbox_process"]


@pytest.mark.usefixtures("fleet")
def test_the_release_role_deletes_what_is_tagged_as_empty_and_nothing_else(aws: Aws, control: Control) -> None:
    """The tag of an empty stack opens DeleteStack to the release role, with the role of the stack; to nobody else."""
    root = aws("cloudformation", account=DEV)

    def stack(name: str, **tags: str) -> str:
        rows = [{"Key": key, "Value": value} for key, value in tags.items()]
        root.create_stack(StackName=name, TemplateBody=TEMPLATE, Tags=rows)
        settled(lambda: root.describe_stacks(StackName=name)["Stacks"][0], "StackStatus")
        return name

    empty, full = stack("slipway-dev-gone", tombstone="empty"), stack("slipway-dev-full", platform="slipway")
    odd, foreign = stack("slipway-dev-odd", tombstone="full"), stack("somebody-else", tombstone="empty")
    release, plan = released(aws, control), session(control, "plan", DEV)
    refused = [(release, full, {}), (release, odd, {}), (release, foreign, {}), (plan, empty, {})]
    for keys, name, more in [*refused, (release, empty, {"RoleARN": EXECUTION})]:
        with pytest.raises(ClientError) as caught:
            aws("cloudformation", keys=keys).delete_stack(StackName=name, **more)
        assert caught.value.response["Error"]["Code"] in DENIED, name
    aws("cloudformation", keys=release).delete_stack(StackName=empty)
    left = {row["StackName"] for row in root.list_stacks()["StackSummaries"] if row["StackStatus"] == "CREATE_COMPLETE"}
    assert {full, odd, foreign} <= left
