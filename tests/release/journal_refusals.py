"""Stories of what is refused before people are asked, and what is asked otherwise. Each answers its journal."""

from __future__ import annotations

from typing import Any

import msgspec

from generator.release.client import request_id
from generator.release.errors import Invalid, Unavailable
from generator.release.model.change import ResourceChange
from generator.release.model.observed import Broken, Finding, Gone, ImageNow, Quota
from generator.release.model.preview import MutableInput, ResourceEffect
from generator.release.model.requests import Propose, RollBack
from generator.release.model.settings import Approvals, Approvers, Releases, Smoke
from tests.release.fake_platform import FakePlatform
from tests.release.journal import Journal
from tests.release.journal_stories import APP, meaning, ready
from tests.release.platform_templates import network, service

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
