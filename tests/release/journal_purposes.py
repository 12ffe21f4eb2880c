"""Stories of releases that bring no new version: refreshes, restarts, deletions; and of a gate whose figures nobody has."""

from __future__ import annotations

from typing import Any

from generator.release.client import request_id
from generator.release.model.observed import Gone
from generator.release.model.requests import DeleteStack, Propose, RestartService
from generator.release.model.settings import Approvals, Approvers, Releases
from tests.release.fake_platform import FakePlatform, facts_for
from tests.release.journal import Journal
from tests.release.journal_rollouts import begun, gated, rollout
from tests.release.journal_stories import ready
from tests.release.platform_templates import network, service

QUICK = Releases(bake_minutes=0)
ONE = "1" * 40


def stack(platform: FakePlatform, name: str) -> Any:
    """A stack of prod."""
    return next(s for s in platform.aws("prod")[0].all if s.name == f"slipway-prod-{name}")


def moved() -> FakePlatform:
    """Prod at version 1, whose network was given another VPC since."""
    platform = FakePlatform(settings={"prod": QUICK}, apps=("app",))
    platform.created()
    stack(platform, "network").physical["Vpc"] = "vpc-another"
    return platform


def refresh(platform: FakePlatform) -> None:
    """Somebody asks for what other stacks put out now."""
    platform.ask(Propose(id=request_id(), stack="prod/service-app", version=ONE, refresh=True))


def refreshed() -> Journal:
    """The template and the image stay, the fed value is the new one."""
    platform = moved()
    journal = Journal(platform)
    refresh(platform)
    platform.decide("prod-app-2", "approve")
    platform.end("prod-app-2")
    return journal


def refreshed_without_its_source() -> Journal:
    """The network is gone: what it should provide is named."""
    platform = moved()
    platform.aws("prod")[0].remove("slipway-prod-network")
    journal = Journal(platform)
    refresh(platform)
    return journal


def refreshed_without_its_version() -> Journal:
    """The version that the stack runs is no longer published when the change set is made."""
    platform = moved()
    get, asked = platform.versions.get, [0]

    def once(commit: str) -> Any:
        asked[0] += 1
        if asked[0] > 2:
            platform.versions._versions.clear()
        return get(commit)

    platform.versions.get = once  # type: ignore[method-assign]
    journal = Journal(platform)
    refresh(platform)
    return journal


def older_values_are_told() -> Journal:
    """An image alone keeps the values that the stack has."""
    platform = moved()
    platform.publish(2)
    journal = Journal(platform)
    platform.decide(platform.deploy(), "approve")
    platform.end("prod-app-2")
    return journal


def restartable() -> dict[str, Any]:
    """A service's template whose service reads the nonce of a restart."""
    template = service()
    template["Parameters"]["Restart"] = {"Type": "String", "Default": "none"}
    nonce = {"EnableForceNewDeployment": True, "ForceNewDeploymentNonce": {"Ref": "Restart"}}
    template["Resources"]["Service"]["Properties"]["ForceNewDeployment"] = nonce
    return template


def restarted() -> Journal:
    """New tasks of the version that runs; then a version whose template is another one keeps the nonce."""
    platform = FakePlatform(settings={"prod": QUICK}, apps=("app",), ticks=1)
    platform.publish(1, app=restartable())
    platform.created()
    journal = Journal(platform)
    platform.ask(RestartService(id=request_id(), stack="prod/service-app", reason="a new key"))
    platform.end("prod-app-2")
    return journal


def restarted_after_a_change_by_hand() -> Journal:
    """The template that the stack has by now takes no restart: refused, with what to do."""
    platform = FakePlatform(settings={"prod": QUICK}, apps=("app",))
    platform.publish(1, app=restartable())
    platform.created()
    platform.aws("prod")[0].by_hand("slipway-prod-service-app", template=service(memory="1024"))
    journal = Journal(platform)
    platform.ask(RestartService(id=request_id(), stack="prod/service-app"))
    platform.later(60)
    return journal


def deleted() -> Journal:
    """A service that nothing asks for any more: its stack is emptied, then deleted."""
    platform = FakePlatform(settings={"prod": QUICK}, ticks=1)
    platform.created()
    platform.end(platform.apply("prod", "service-web"))
    platform.apps = ("app",)
    platform.facts = facts_for({"prod": QUICK}, platform.apps)
    platform.workers = [platform.worker("w2")]
    platform.publish(2)
    journal = Journal(platform)
    platform.ask(DeleteStack(id=request_id(), stack="prod/service-web"))
    for who in ("ben", "cleo"):
        platform.decide("prod-web-2", "approve", who)
    platform.end("prod-web-2")
    return journal


def database(version: str) -> dict[str, Any]:
    """A network with a database of this version."""
    body = network()
    properties = {"Engine": "postgres", "EngineVersion": version}
    return {**body, "Resources": body["Resources"] | {"Db": {"Type": "AWS::RDS::DBInstance", "Properties": properties}}}


def older_database() -> Journal:
    """RDS has moved on by itself: a release that names an older version ends before anybody is asked."""
    platform = FakePlatform(settings={"prod": QUICK}, ticks=2)
    platform.publish(1, net=database("15.4"))
    platform.created()
    platform.aws("prod")[1].database_versions[stack(platform, "network").physical["Db"]] = "15.10"
    platform.publish(2, net=database("15.7"))
    journal = Journal(platform)
    platform.apply("prod", "network")
    return journal


def nested_too_deep() -> Journal:
    """The published template is deeper than what is read."""
    platform = ready(app=service(memory="1024"))
    key = next(key for key, body in platform.versions.bodies.items() if "1024" in body)
    platform.versions.bodies[key] = "[" * 100_000
    journal = Journal(platform)
    platform.deploy()
    return journal


def change_set_deleted_while_people_were_asked() -> Journal:
    """Gone without a reason that CloudFormation gives."""
    platform = ready()
    platform.deploy()
    platform.aws("prod")[0].change_set = lambda *_: Gone()  # type: ignore[method-assign]
    journal = Journal(platform)
    platform.later(2000, every=500)
    return journal


def reminded_before_the_next_look() -> Journal:
    """The reminder comes before half an hour is over, and again a look at the end."""
    platform = ready(expires_minutes=60, nudge_minutes=10)
    platform.deploy()
    journal = Journal(platform)
    platform.later(3700, every=100)
    return journal


def fewer_rules_when_it_could_run() -> Journal:
    """What is asked is computed again: the row's classes decide nothing."""
    platform = ready(app=service(memory="1024"), approvals=Approvals(template=Approvers(people=2)))
    release = platform.deploy()
    journal = Journal(platform)
    for who in ("ben", "cleo"):
        platform.decide(release, "approve", who)
    platform.end(release)
    return journal


def gate_of_one_group() -> Journal:
    """Both versions use one target group: nobody can tell them apart."""
    platform = ready()
    gated(platform)
    _, journal = begun(platform)
    group = next(iter(platform.aws("prod")[1].services.values())).target_groups[0]
    rollout(platform, group=group, old_group=group)
    platform.later(35)
    return journal


def gate_without_groups() -> Journal:
    """ECS reports no target groups."""
    platform = ready()
    gated(platform)
    _, journal = begun(platform)
    rollout(platform, group="", old_group="")
    platform.later(35)
    return journal
