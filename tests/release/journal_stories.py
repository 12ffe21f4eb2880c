"""Stories up to the moment in which something runs: looked at, asked, held back, refused. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.client import request_id
from generator.release.errors import Invalid, Unavailable
from generator.release.model.change import ResourceChange
from generator.release.model.observed import Broken, Finding, Gone, ImageNow, Quota
from generator.release.model.preview import Meaning, MutableInput, Reading, ResourceEffect
from generator.release.model.release import Release
from generator.release.model.requests import Lock, Propose, RollBack, Unlock
from generator.release.model.settings import Approvals, Approvers, Releases, Smoke
from generator.release.model.states import Approved
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.platform_templates import network, service
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


SPOILT = ImageNow(
    digest="sha256:" + "0" * 64, architectures=("amd64",), scan="COMPLETE",
    findings=(Finding(name="CVE-1", severity="CRITICAL"),),
)  # fmt: skip


def refused_by_preflight() -> Journal:
    """The image is built for another processor and has a critical finding: the first is the cause, both are told."""
    platform = ready()
    platform.images.images.update(dict.fromkeys(platform.images.images, SPOILT))
    journal = Journal(platform)
    platform.deploy()
    return journal


def refused_with_break_glass() -> Journal:
    """Break glass passes a finding, and not an image that can't run."""
    platform = ready(break_glass=("ana",))
    platform.images.images.update(dict.fromkeys(platform.images.images, SPOILT))
    journal = Journal(platform)
    platform.deploy(break_glass="it burns")
    return journal


def passed_with_break_glass() -> Journal:
    """A critical finding alone is passed with break glass, and recorded."""
    platform = ready(break_glass=("ana",))
    found = msgspec.structs.replace(SPOILT, architectures=("arm64",))
    platform.images.images.update(dict.fromkeys(platform.images.images, found))
    journal = Journal(platform)
    platform.end(platform.deploy(break_glass="it burns"))
    return journal


def no_image_no_secret() -> Journal:
    """The image is gone and a secret was never created."""
    platform = ready(break_glass=("ana",))
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, secrets=("slipway/prod/token",))
    platform.images.images.clear()
    platform.aws("prod")[1].secrets = set()
    journal = Journal(platform)
    platform.deploy(break_glass="it burns")
    return journal


def no_room_for_tasks() -> Journal:
    """The subnets have no addresses for the new tasks beside the old ones."""
    platform = ready()
    stacks, services = platform.aws("prod")
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, tasks=2)
    stack = next(s for s in stacks.all if s.name == APP)
    assert stack.source is not None
    stack.source.parameters["PrivateSubnets"] = "subnet-1,,subnet-2"
    stack.source.template["Parameters"]["PrivateSubnets"] = {"Type": "String"}  # type: ignore[index]
    services.reported_quotas = [Quota(what="addresses in subnet-1", free=0, needed=2)]
    journal = Journal(platform)
    platform.deploy()
    return journal


def change_set_takes_its_time() -> Journal:
    """CloudFormation needs some seconds for the change set."""
    platform = ready(making=3)
    journal = Journal(platform)
    release = platform.deploy()
    platform.later(20)
    assert platform.state(release) == "waiting for approval"
    return journal


def change_set_never_appears() -> Journal:
    """CloudFormation took the request, and the change set is not to be found for more than a minute."""
    platform = ready()
    platform.aws("prod")[0].change_set = lambda *_: Gone()  # type: ignore[method-assign]
    journal = Journal(platform)
    platform.deploy()
    platform.later(90)
    return journal


def nothing_to_change() -> Journal:
    """The stack has this version already, and it is good."""
    platform = ready()
    journal = Journal(platform)
    platform.deploy(version="1" * 40)
    return journal


def nothing_to_change_and_not_known_to_be_good() -> Journal:
    """It runs already, and nobody has seen that it is good: it is verified for the whole bake."""
    platform = ready(roll_back=False, bake_minutes=1, smoke=(Smoke(path="/healthz", status=200),))
    facts = platform.facts.stacks["prod/service-app"]
    platform.facts.stacks["prod/service-app"] = msgspec.structs.replace(facts, url="https://app.example/")
    release = platform.deploy()
    platform.decide(release, "approve")
    platform.probe.answers["*"] = (500, "no")
    platform.end(release)
    journal = Journal(platform)
    platform.probe.answers["*"] = (200, "ok")
    platform.end(platform.deploy(version="2" * 40))
    return journal


def refused_change_set() -> Journal:
    """CloudFormation finds two mistakes in the change set."""
    platform = ready()
    real = platform.aws("prod")[0].change_set
    broken = Broken(problems=("the first mistake", "the second mistake"))
    platform.aws("prod")[0].change_set = (  # type: ignore[method-assign]
        lambda *what: found if isinstance(found := real(*what), Gone) else broken
    )
    journal = Journal(platform)
    platform.deploy()
    return journal


def refused_template() -> Journal:
    """CloudFormation takes no such template."""
    platform = ready(app=service(memory="1024"))
    platform.faults.fail("stacks.create", error=lambda: Invalid("the template is no template"))
    journal = Journal(platform)
    platform.deploy()
    return journal


def not_what_was_published() -> Journal:
    """Somebody changed the template in the bucket."""
    platform = ready(app=service(memory="1024"))
    key = next(key for key, body in platform.versions.bodies.items() if "1024" in body)
    platform.versions.bodies[key] = platform.versions.bodies[key].replace("1024", "2048")
    journal = Journal(platform)
    platform.deploy()
    return journal


def nothing_feeds_it() -> Journal:
    """A service before its network: the stack that is missing is named."""
    platform = FakePlatform(settings={"prod": Releases(bake_minutes=0)})
    platform.publish(1)
    journal = Journal(platform)
    platform.deploy()
    return journal


def another_template_in_the_change_set() -> Journal:
    """The change set carries another template than the version's."""
    platform = ready(app=service(memory="1024"))
    platform.aws("prod")[0].change_set_template = lambda *_: network()  # type: ignore[method-assign]
    journal = Journal(platform)
    platform.deploy()
    return journal


def not_bound() -> Journal:
    """It takes two things by names that may stand for others tomorrow."""
    platform = ready(app=service(memory="1024"))
    rows = [MutableInput(kind="image", name=f"x:{n}", sentence=f"R runs x:{n}", fix=f"pin x:{n}") for n in (1, 2)]
    meaning(platform, mutable=tuple(rows))
    journal = Journal(platform)
    platform.deploy()
    return journal


def aws_would_refuse() -> Journal:
    """Two resources can't be changed so."""
    platform = ready(app=service(memory="1024"))
    rows = [
        ResourceEffect(
            logical_id=name, type="AWS::RDS::DBInstance", action="Modify", effect="refused", why=f"{name} is older",
            fix=f"keep {name}", stateful=True,
        )
        for name in ("Db", "Other")
    ]  # fmt: skip
    meaning(platform, effects=tuple(rows))
    journal = Journal(platform)
    platform.deploy()
    return journal


def opened_by_a_workflow() -> Journal:
    """A job opens what nobody would be asked about, in an environment that does not say `automatic`."""
    platform = ready(approvals=Approvals(image=Approvers(people=0)))
    journal = Journal(platform)
    platform.ask(Propose(id=request_id(), stack="prod/service-app"), "AROAOPENOPENOPENOPE1:run-1")
    return journal


def rolled_back_by_its_requester() -> Journal:
    """Who asks for the last good version agrees to it by that."""
    platform = ready()
    platform.decide(release := platform.deploy(), "approve")
    platform.end(release)
    journal = Journal(platform)
    platform.ask(RollBack(id=request_id(), stack="prod/service-app"), "cleo")
    platform.later(60)
    return journal


def aws_does_not_answer() -> Journal:
    """CloudFormation is not there for a while: it is asked again less and less often."""
    platform = ready()
    platform.faults.fail("stacks.create", error=lambda: Unavailable("not now"), times=3)
    journal = Journal(platform)
    platform.deploy()
    platform.later(30)
    return journal


def many_properties() -> Journal:
    """What the log keeps of a change set, where values are long and many."""
    platform = ready()
    journal = Journal(platform)
    real = platform.aws("prod")[0]._described
    row = ResourceChange(logical_id="New", type="AWS::X::Y", action="Add", replacement="", after="x" * 2000)

    def described(*what: Any) -> Any:
        found = real(*what)
        return msgspec.structs.replace(found, changes=(*found.changes, row))

    platform.aws("prod")[0]._described = described  # type: ignore[method-assign]
    platform.deploy()
    return journal
