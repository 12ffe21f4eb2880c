"""Stories up to the moment in which something runs: looked at, asked, held back, refused. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.client import request_id
from generator.release.model.preview import Meaning, Reading
from generator.release.model.release import Release
from generator.release.model.requests import Lock, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases
from generator.release.model.states import Approved
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.platform_templates import service
from tests.release.values import cost

APP = "slipway-prod-service-app"


def ready(ticks: int = 2, making: int = 0, app: Any = None, **settings: Any) -> FakePlatform:
    """Prod at version 1, and version 2 published."""
    platform = FakePlatform(ticks=ticks, settings={"prod": Releases(**{"bake_minutes": 0, **settings})})
    platform.created()
    platform.aws("prod")[0].making = making
    platform.publish(2, app=app)
    return platform


def lock(platform: FakePlatform) -> None:
    """Cleo locks prod."""
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="incident"), "cleo")


def unlock(platform: FakePlatform) -> None:
    """Cleo frees it."""
    platform.ask(Unlock(id=request_id(), scope="prod/*"), "cleo")


def held(platform: FakePlatform, app: str = "app") -> str:
    """A release that ben approved while prod was locked."""
    release = platform.deploy(app=app)
    lock(platform)
    platform.decide(release, "approve")
    return release


def meaning(platform: FakePlatform, **parts: Any) -> None:
    """From now on each change means this."""
    found = Reading(meaning=Meaning(level="high", sentence="it changes", **parts))
    platform.service.context.reader.read = lambda *_, **__: found  # type: ignore[method-assign]


def approved_and_succeeded() -> Journal:
    """From the request to the verified version, with a bake of one minute."""
    platform = ready(bake_minutes=1)
    journal = Journal(platform)
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.end(release)
    return journal


def first_creation() -> Journal:
    """The first release of a service in an environment that is being created."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)}, ticks=1)
    platform.publish(1)
    platform.end(platform.apply())
    journal = Journal(platform)
    platform.end(platform.deploy())
    return journal


def reminded_and_expired() -> Journal:
    """Nobody answers: one reminder, a look every half hour, the end."""
    platform = ready(expires_minutes=100, nudge_minutes=45)
    release = platform.deploy()
    journal = Journal(platform)
    platform.later(6100, every=100)
    assert platform.state(release) == "expired"
    return journal


def reminded_late() -> Journal:
    """The reminder would come after the end: it does not."""
    platform = ready(expires_minutes=20, nudge_minutes=45)
    platform.deploy()
    journal = Journal(platform)
    platform.later(1300, every=100)
    return journal


def changed_by_hand_while_people_were_asked() -> Journal:
    """Somebody changes the stack: what people look at can't run any more."""
    platform = ready()
    platform.deploy()
    journal = Journal(platform)
    platform.aws("prod")[0].by_hand(APP, {"Release": "by hand"})
    platform.later(2000, every=200)
    return journal


def executed_by_hand() -> Journal:
    """Somebody executes the change set: the release sees it the next time it looks."""
    platform = ready()
    platform.aws("prod")[0].ticks = 3
    release = platform.deploy()
    found = platform.release(release).change_set
    assert found is not None
    journal = Journal(platform)
    platform.aws("prod")[0].execute(found.stack_id, found.name, "by-hand")
    platform.later(4500, every=900)
    return journal


def held_back_and_freed() -> Journal:
    """A lock after the question: the approved release waits for it, and runs when it is gone."""
    platform = ready()
    journal = Journal(platform)
    release = held(platform)
    platform.later(65)
    unlock(platform)
    platform.end(release)
    return journal


def held_back_until_it_expired() -> Journal:
    """The lock stays beyond the end of the release."""
    platform = ready(expires_minutes=2)
    held(platform)
    journal = Journal(platform)
    platform.later(130)
    return journal


def held_back_by_another_lock() -> Journal:
    """While it waits, the lock's reason becomes another: that is told once."""
    platform = ready(expires_minutes=60)
    held(platform)
    journal = Journal(platform)
    platform.ask(Lock(id=request_id(), scope="prod/*", reason="another incident"), "cleo")
    platform.later(70)
    return journal


def asked_anew_by_another_policy() -> Journal:
    """The rules change between approval and execution: everybody is asked again."""
    platform = ready()
    release = held(platform)
    rules = platform.facts.environments["prod"]
    changed = msgspec.structs.replace(rules.releases, approvals=Approvals(image=Approvers(people=2)))
    platform.facts.environments["prod"] = msgspec.structs.replace(rules, releases=changed)
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    assert platform.state(release) == "waiting for approval"
    return journal


def approver_left() -> Journal:
    """Who approved is no longer among the people when it could run."""
    platform = ready()
    held(platform)
    journal = Journal(platform)
    del platform.facts.people["ben"]
    unlock(platform)
    platform.later(60)
    return journal


def replaced_by_one_of_the_same_name() -> Journal:
    """The change set's name stands for another one."""
    platform = ready()
    release = platform.deploy()
    found = platform.release(release).change_set
    stack = next(s for s in platform.aws("prod")[0].all if s.name == APP)
    row = next(r for r in stack.change_sets if found is not None and r.arn == found.arn)
    stack.change_sets.append(type(row)(**{**row.__dict__, "arn": row.arn + "9"}))
    journal = Journal(platform)
    platform.decide(release, "approve")
    return journal


def another_meaning() -> Journal:
    """What the change set means is another thing than what was approved."""
    platform = ready()
    release = held(platform)
    meaning(platform)
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    assert platform.state(release) == "superseded"
    return journal


def fed_by_another_value() -> Journal:
    """The network's VPC becomes another one between approval and execution."""
    platform = ready(app=service(memory="1024"))
    held(platform)
    net = next(s for s in platform.aws("prod")[0].all if s.name == "slipway-prod-network")
    net.physical["Vpc"] = "vpc-another"
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def fed_by_nothing() -> Journal:
    """The network is gone when the release could run."""
    platform = ready(app=service(memory="1024"))
    held(platform)
    platform.aws("prod")[0].remove("slipway-prod-network")
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def version_gone() -> Journal:
    """The version is no longer published when the release could run."""
    platform = ready(app=service(memory="1024"))
    held(platform)
    platform.versions._versions.clear()
    journal = Journal(platform)
    unlock(platform)
    platform.later(60)
    return journal


def cost_is_remembered() -> Journal:
    """The cost was looked up when people were asked: its class stays until it runs."""
    platform = ready(app=service(memory="1024"), cost_limit_usd=10)
    platform.reader.shown = msgspec.structs.replace(platform.reader.shown, cost=cost(50.0))
    release = held(platform)
    platform.reader.shown = msgspec.structs.replace(platform.reader.shown, cost=None)
    journal = Journal(platform)
    unlock(platform)
    platform.end(release)
    return journal


def forge(platform: FakePlatform, release: str, **changes: Any) -> None:
    """Somebody writes the release's row over: it is approved, they say."""
    item = platform.table.items[f"release#{release}", "state"]
    now = platform.clock()
    approved = Approved(since=now, expires=now + 3600)
    row = msgspec.structs.replace(msgspec.json.decode(item.body, type=Release), state=approved, **changes)
    platform.table.tamper(item._replace(body=msgspec.json.encode(row), rev=item.rev + 1))
    platform.log.wake(release)
    platform.later(60)


def forged_state() -> Journal:
    """Somebody writes into the row that it is approved: the approvals of the entries count, and there are none."""
    platform = ready()
    release = platform.deploy()
    journal = Journal(platform)
    forge(platform, release)
    assert platform.state(release) == "waiting for approval"
    return journal


def forged_row() -> Journal:
    """The row claims break glass that no entry bears out: it is closed, and nothing runs."""
    platform = ready()
    release = platform.deploy()
    journal = Journal(platform)
    forge(platform, release, break_glass="it burns")
    assert platform.state(release) == "failed"
    return journal


def forged_without_entries() -> Journal:
    """All entries of the release are gone: it is closed, and its chain begins anew."""
    platform = ready()
    release = platform.deploy()
    journal = Journal(platform)
    for key in [key for key in platform.table.items if key[0] == f"audit#release/{release}"]:
        del platform.table.items[key], platform.table._parts[key[0]][key[1]]
    forge(platform, release)
    assert platform.state(release) == "failed"
    return journal
