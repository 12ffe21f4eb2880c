"""A platform as an earlier version created it: templates of commit 71c79df, before each environment had a path of its own.

They are the JSON of home, of account 444455556666 and of the environment ``main`` of ``tests/stacks/full``. To write them
again, check that commit out and build each of these stacks as its ``tests/golden.py`` does.
"""

import json
import lzma
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from generator.apply.administrator import Administrator
from generator.apply.plan import Planned, plan
from generator.apply.prerequisites import administrators_stacks, bring_up
from generator.aws.session import Keys, Session
from generator.build.publish import build_with_bodies
from generator.catalog.release_facts import facts
from generator.preview.meaning import meaning
from generator.release.digests import template_digest
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Reading
from generator.release.model.release import StackRef
from generator.release.model.version import Body
from generator.sandbox.process import Endpoint
from generator.wiring.adapters import OwnClouds, home_of
from generator.wiring.application import Application, Calls, Tools
from generator.wiring.built_platform import BuiltPlatform
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import Fleet

ACCOUNT, REGION = "444455556666", "us-east-1"
EARLIER = Path(__file__).parents[1] / "fixtures" / "full-main-71c79df.json.xz"
FORMER_EXECUTION = f"arn:aws:iam::{ACCOUNT}:role/harbor-execution"


def earlier_templates() -> dict[str, dict[str, Any]]:
    """Template by ``GROUP/STACK``."""
    found: dict[str, dict[str, Any]] = json.loads(lzma.decompress(EARLIER.read_bytes()))
    return found


def _stand_in(name: str) -> str:
    """The same value of a service or function that is created here."""
    return re.sub("^Intake", "Tidy", re.sub("^(Api|Mail)", "Tiny", name))


class _Reader:
    """Reads what a change means, and looks nothing up."""

    @staticmethod
    def read(stack: StackRef, change_set: ChangeSet, before: Any, after: Any, **_: Any) -> Reading:
        return Reading(meaning=meaning(change_set, before, after, region=stack.region))


class EarlierFleet(Fleet):
    """``main`` of the full configuration; stacks are created from the earlier templates, then brought to today's.

    ``role`` is the execution role of change sets, "" for the administrator's own rights.
    """

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws, "tests/stacks/full")
        self.earlier = earlier_templates()
        self.role = ""
        self.created: tuple[str, ...] = ()

    def create_as_before(self, *keys: str) -> None:
        """Create stacks from the earlier templates, one after the other."""
        values: dict[str, str] = {}
        self.created = keys
        for key in keys:
            self.role = "" if key.partition("/")[0] == ACCOUNT or key == "home/home" else FORMER_EXECUTION
            # A service that is left out is stood in for by another one.
            given = {name: values.get(name) or values[_stand_in(name)] for name in self._needs(key)}
            given |= {name: self.released(key, name) for name in self._released(key)}
            change_set = self.propose(
                key,
                TemplateBody=json.dumps(self.earlier[key], separators=(",", ":")),
                Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
            )
            self.execute(key, change_set)
            values |= self.outputs(key)

    def create(self, key: str) -> None:
        """Create a stack that the earlier version did not have, with the role of now."""
        self.role = f"arn:aws:iam::{ACCOUNT}:role/harbor-execution-{key.partition('/')[0]}"
        self.deploy(key)
        self.created = (*self.created, key)

    def parameters(self, key: str) -> dict[str, str]:
        """Today's outputs, and what the stack has already where a service is left out."""
        known = self.stack(key).get("Parameters", ()) if self._exists(key) else ()
        has = {row["ParameterKey"]: row["ParameterValue"] for row in known}
        sources = self.built.graph.sources(key)
        values = {n: self.outputs(source)[n] if source in self.created else has[n] for n, source in sources.items()}
        return values | {name: self.released(key, name) for name in self.built.artifacts[key].interface.released}

    def propose(self, key: str, **said: Any) -> dict[str, Any]:
        """With the execution role."""
        return super().propose(key, **({"RoleARN": self.role} if self.role else {}), **said)

    def calls(self, sandbox: Endpoint) -> Calls:
        """AWS as an account's administrator uses it."""

        def api(service: str, account: str, region: str) -> Any:
            return Session(region, keys=Keys(account, "x"), endpoint=sandbox.url).api(service)

        return api

    def bring_up(self, sandbox: Endpoint, out: Path) -> list[tuple[str, str]]:
        """``slipway bootstrap`` for the account; answers what became of each stack."""
        result, bodies = build_with_bodies(self.built.config, out)
        calls = self.calls(sandbox)
        platform = BuiltPlatform(self.built.config, result, bodies, self.built.specs, Tools(calls, None))
        keys = administrators_stacks(self.built.config, [ACCOUNT])
        return bring_up(platform, Administrator(calls, pace=0.0), keys, lambda _: None)

    def plan(self, sandbox: Endpoint, *keys: str) -> list[Planned]:
        """``slipway plan`` of these stacks, with the account's own rights."""
        session = Session(REGION, keys=Keys(ACCOUNT, "x"), endpoint=sandbox.url)
        application = SimpleNamespace(
            facts=facts(self.built.config), clouds=OwnClouds(session, home_of(self.built.config)), reader=_Reader(), versions=SimpleNamespace(newest=lambda: ()),
            clock=time.time, sleep=time.sleep, pace=0.0,
        )  # fmt: skip
        stacks = {
            key: Body(
                digest=template_digest(self.built.bodies[key]), key="", capabilities=artifact.capabilities,
                sources=self.built.graph.sources(key), released=artifact.interface.released,
            )
            for key, artifact in self.built.artifacts.items()
        }  # fmt: skip
        bodies = {key: json.dumps(self.built.bodies[key], separators=(",", ":")).encode() for key in keys}
        return plan(cast("Application", application), keys, stacks, bodies, lambda _: None)

    def identities(self, key: str, *kinds: str) -> dict[str, str]:
        """Physical ids of what a stack has of some types, by logical id."""
        return {
            name: row["PhysicalResourceId"] for name, row in self.resources(key).items() if row["ResourceType"] in kinds
        }

    def all_run(self, key: str) -> bool:
        """Whether each ECS service of a stack has all of its tasks."""
        ecs = self.client(key, "ecs")
        for arn in self.identities(key, "AWS::ECS::Service").values():
            (found,) = ecs.describe_services(cluster=arn.split("/")[1], services=[arn])["services"]
            if not found["desiredCount"] or found["runningCount"] < found["desiredCount"]:
                return False
        return True

    def _released(self, key: str) -> set[str]:
        return set(self.earlier[key].get("Parameters", {})) & {
            "ImageUri", "Release", "CodeBucket", "CodeKey", "CodeVersion",
        }  # fmt: skip

    def _needs(self, key: str) -> set[str]:
        declared = self.earlier[key].get("Parameters", {})
        return {name for name, row in declared.items() if "Default" not in row} - self._released(key)
