"""A stack and its change sets to test against, in memory and on the embedded AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from generator.release.model.change import ChangeSet
from generator.release.model.observed import (
    Described,
    NewChangeSet,
    Pending,
    Ready,
    StackNow,
)
from generator.release.ports import Stacks
from tests.contract.conftest import unique
from tests.sandbox.conftest import ACCOUNT

ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway-execution-prod"


BODY: dict[str, Any] = {
    # Numbers and texts that encoders of JSON write differently.
    "Metadata": {"Numbers": [5e-05, 1e16, 1.0, 2**53 + 1], "Text": 'é\u2028\x7f"\\/\U0001f600'},
    "Parameters": {"Delay": {"Type": "String", "Default": "4"}, "Note": {"Type": "String"}},
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Delay"}}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Note"}}},
    },
    "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}, "Note": {"Value": {"Ref": "Note"}}},
}


class World:
    """Stacks, and what a test needs beside the port: to let phases fail, and to wait."""

    def __init__(self, stacks: Stacks, fail: Callable[[str, str, str], None]) -> None:
        self.stacks = stacks
        self.fail = fail
        self.name = unique("stack")

    def new(self, name: str, kind: str = "UPDATE", template: Any = None, **parameters: str | None) -> NewChangeSet:
        return NewChangeSet(
            name=name,
            stack_name=self.name,
            kind="CREATE" if kind == "CREATE" else "UPDATE",
            template=None if template is None else json.dumps(template),
            parameters=parameters,
            tags={"slipway:stack": "dev/x"},
            capabilities=("CAPABILITY_NAMED_IAM",),
            role=ROLE,
        )

    def make(self, name: str, kind: str = "UPDATE", template: Any = None, **parameters: str | None) -> Described:
        """Make a change set and wait for it."""
        self.stacks.create(self.new(name, kind, template, **parameters))
        found = self.until(lambda: self.stacks.change_set(self.name, name), lambda d: not isinstance(d, Pending))
        assert isinstance(found, Described)
        return found

    def ready(self, name: str, kind: str = "UPDATE", template: Any = None, **parameters: str | None) -> ChangeSet:
        found = self.make(name, kind, template, **parameters)
        assert isinstance(found, Ready), found
        return found.change_set

    def created(self) -> str:
        """A stack that is there; its id."""
        made = self.ready("bot-create", "CREATE", BODY, Note="first")
        self.stacks.execute(made.stack_id, "bot-create", unique("token"))
        assert self.settled(made.stack_id) == "CREATE_COMPLETE"
        return made.stack_id

    def settled(self, stack_id: str) -> str:
        found = self.until(
            lambda: self.stacks.describe(stack_id), lambda s: s is None or (s.is_settled and not s.is_new)
        )
        return found.status if isinstance(found, StackNow) else "gone"

    @staticmethod
    def until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
        for _ in range(12000):
            found = look()
            if good(found):
                return found
            time.sleep(0.01)
        pytest.fail(f"it never came: {found}")
