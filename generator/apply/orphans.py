"""Stacks of an environment that nothing asks for any more: which of them exist, and in which order they are deleted."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.release.environment_state import standing
from generator.release.model.observed import StackNow
from generator.release.model.people import ENGINE
from generator.release.model.release import StackRef
from generator.release.model.version import Version
from generator.release.tombstone import orphan, service_of
from generator.wiring.application import Application

# Stacks that name services by their alarms, and by their hosts.
_WATCHES = ("observability", "chaos")
_EDGE = "edge"


class Orphan(NamedTuple):
    """A stack that nothing asks for. ``stack`` is None if only the log was read."""

    ref: StackRef
    stack: StackNow | None = None

    @property
    def image(self) -> str:
        """Digest of the image that it runs. "" for none."""
        return self.stack.parameters.get("ImageUri", "").partition("@")[2] if self.stack is not None else ""


def noted(application: Application, env: str, asked: Collection[str] = ()) -> list[Orphan]:
    """Stacks that the log knows and that neither ``asked`` nor the configuration names. No call to AWS."""
    known = {*asked, *application.facts.stacks}
    found = (orphan(application.facts, key) for key in standing(application.client.log, env) if key not in known)
    return [Orphan(facts.ref) for facts in found if facts is not None]


def there(application: Application, env: str, asked: Collection[str] = ()) -> list[Orphan]:
    """Stacks that exist in AWS, with the names and tags of the platform's stacks of that environment.

    Raises:
        ReleaseError: AWS does not answer, or does not let us.
    """
    facts = application.facts
    near = next((f.ref for f in facts.stacks.values() if f.ref.environment == env), None)
    if near is None:
        return []
    stacks = application.clouds.at(near, ENGINE).stacks
    prefix = f"{facts.name}-{env}-"
    found = []
    for name in stacks.names(prefix):
        key = f"{env}/{name.removeprefix(prefix)}"
        one = orphan(facts, key) if key not in facts.stacks and key not in asked else None
        stack = stacks.describe(name) if one is not None else None
        if one is not None and stack is not None and _is_ours(stack, facts.name, env):
            found.append(Orphan(one.ref, stack))
    return found


def _is_ours(stack: StackNow, platform: str, env: str) -> bool:
    # One in REVIEW_IN_PROGRESS has its tags too: they come with the change set.
    return stack.tags.get("platform") == platform and stack.tags.get("environment") == env


def only_removes(application: Application, version: Version, key: str) -> bool:
    """Whether a version only removes resources from a stack. False if AWS can't be asked.

    Raises:
        ReleaseError: AWS does not answer, or does not let us.
    """
    if application.work is None or key not in version.stacks:
        return False
    ref = application.facts.stacks[key].ref
    stacks = application.clouds.at(ref, ENGINE).stacks
    there = stacks.describe(ref.name)
    if there is None or there.is_new:
        return False
    has = stacks.template(there.id).get("Resources") or {}
    new = msgspec.json.decode(application.versions.body(version.stacks[key].key), type=dict)["Resources"]
    return len(new) < len(has) and all(has.get(name) == row for name, row in new.items())


def in_order(
    keys: Iterable[str], feeds: Mapping[str, Iterable[str]], gone: Collection[str], last: Collection[str] = ()
) -> tuple[list[str], dict[str, set[str]]]:
    """The stacks of an apply together with those to delete, and what each waits for.

    A service goes once all services that are asked for are released, so that one with a new name is healthy before the
    old one is emptied, and once nothing watches it: CloudWatch deletes no alarm that a composite alarm names ("Cannot
    delete ... as there are composite alarm(s) depending on it"). What names it by host changes after that, and all else
    that nothing asks for goes last. Those in ``last`` only take something away, such as the repository of a service:
    they come after all others, and none waits for them.
    """
    asked = list(keys)
    work = {key for key in asked if service_of(_stack(key))}
    watch = {key for key in (*asked, *gone) if _stack(key).startswith(_WATCHES)}
    edge = [key for key in asked if _stack(key).startswith(_EDGE)]
    leaving = sorted(key for key in gone if service_of(_stack(key)))
    watching = sorted(watch & set(gone))
    rest = sorted(set(gone) - set(leaving) - set(watching))
    after = {key: set(feeds.get(key, ())) for key in asked}
    after |= {key: set(work) for key in watching}
    after |= dict.fromkeys(leaving, work | watch)
    for key in edge:
        after[key] |= set(leaving)
    after |= {key: {*asked, *leaving, *watching} for key in rest}
    order = [*(key for key in asked if key not in edge), *watching, *leaving, *edge, *rest]
    for key in order:
        after[key] = set(order) - set(last) if key in last else after[key] - set(last)
    return [*(key for key in order if key not in last), *(key for key in order if key in last)], after


def _stack(key: str) -> str:
    return key.partition("/")[2]


def successor(
    gone: Orphan, old: Mapping[str, Any], new: Mapping[str, bytes], images: Mapping[str, str]
) -> tuple[str, str]:
    """The new service that has another name for an old one, and how that is known. ("", "") for none.

    Args:
        gone: the stack that nothing asks for.
        old: its template.
        new: templates of stacks that are created, by key.
        images: digest of the newest image of each service.
    """
    name = gone.ref.service
    for key, text in sorted(new.items()):
        other = service_of(_stack(key))
        if not name or not other:
            continue
        if gone.image and images.get(other) == gone.image:
            return other, "the same image"
        if _as(msgspec.json.decode(text), other) == _as(old, name):
            return other, "the same template except for the name"
    return "", ""


def renamed_services(
    application: Application, gone: Iterable[Orphan], created: Mapping[str, bytes], newest: Version | None
) -> dict[str, str]:
    """Sentences about services that only have a new name, by the keys of the old and the new stack.

    Raises:
        ReleaseError: AWS does not answer, or does not let us.
    """
    images = {name: image.digest for name, image in newest.images.items()} if newest is not None else {}
    found: dict[str, str] = {}
    for one in gone:
        if one.stack is None or one.stack.is_new or not created:
            continue
        before = application.clouds.at(one.ref, ENGINE).stacks.template(one.stack.id)
        other, by = successor(one, before, created, images)
        if other:
            old, key = one.ref.service, f"{one.ref.environment}/service-{other}"
            said = f"{old} is gone and {other} is new, with {by}: {old}'s stack is emptied after {other} is healthy"
            found |= {one.ref.key: said, key: f"{other} is {old} under a new name, with {by}"}
    return found


def _as(template: Mapping[str, Any], name: str) -> str:
    """A template without the name of its service, and without the priority that follows from it."""
    text = msgspec.json.encode(template).decode()
    title = "".join(part.capitalize() for part in name.split("-"))
    text = re.sub(rf"\b{re.escape(name)}\b|\b{title}(?=[A-Z])", "", re.sub(r'"Priority":\d+', '"Priority":0', text))
    return msgspec.json.encode(msgspec.json.decode(text), order="deterministic").decode()


def sentences(found: Iterable[Orphan]) -> Iterator[str]:
    """One line for each stack, with what to do."""
    for one in found:
        ref = one.ref
        yield f"{ref.key}: nothing asks for this stack any more; empty and delete it with: apply {ref.environment}"
