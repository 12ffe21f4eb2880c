"""Sentences that ask for a release or decide about one, as the domain's requests. Pure.

The result of each is a request with the id "", the form with what is known, or a request whose object the log must name.
"""

from typing import Any

from bot.grammar.mentioned import Mentioned, unknown
from bot.grammar.questions import show, stack_key
from bot.grammar.sentence import Sentence
from bot.intents import Form, Indirect, Intent, Show
from generator.errors import UsageError
from generator.release.model.requests import Propose, RestartService, RollBack

_GLASS = "break glass needs a reason, for example: … break glass because the shop is down"


def propose(said: Sentence, named: Mentioned) -> Intent:  # noqa: PLR0911 - one for each thing that can be named
    """Release a version to a stack. A release alone is shown, half a request opens the form."""
    facts = named.facts
    if not named.words:
        return Form()
    if not said.verb and (release := named.one("release", "status {}")):
        named.refuse("release")
        return Show("release", release)
    if dry := [w for w in named.words if w.value in {"--dry-run", "--dryrun", "--plan", "--check"}]:
        return show("plan", named._replace(words=tuple(w for w in named.words if w not in dry)))
    if is_promotion(named):
        return promote(said, named)
    if strange := named.all("unknown"):
        raise UsageError(unknown(strange[0], facts))
    _refuse_several(named)
    environment = named.one("environment", "/deploy " + (_service(named) or "app") + " {}")
    service = named.one("service", "/deploy {} " + (environment or "prod"))
    _refuse_other(named)
    version, pull = _version(named), named.one("pull", "#{}")
    if pull and not (service and environment):
        raise UsageError(
            f"name a service and an environment: /deploy {service or 'app'} {environment or 'prod'} #{pull}"
        )
    if not service or not environment:
        return Form(service=service, environment=environment, version=version or "")
    if said.glass and not said.reason:
        raise UsageError(_GLASS)
    key = stack_key(facts, service, environment)
    _check_region(named, key)
    glass = said.reason if said.glass else ""
    if pull:
        return Indirect("propose", stack=key, reason=said.reason, pull=int(pull), break_glass=glass)
    return Propose(id="", stack=key, version=version, reason=said.reason, break_glass=glass)


def is_promotion(named: Mentioned) -> bool:
    """``app from staging to prod``: two environments, and which of them is the origin."""
    both = named.all("environment")
    froms = any(word.after == "from" for word in both)
    return len(both) == 2 and (froms or (not both[0].after and both[1].after in {"to", "into", "onto"}))


def _refuse_several(named: Mentioned) -> None:
    """Refuse all environments or services at once, with what brings them."""
    facts, both = named.facts, named.all("environment")
    if len(both) == 2 and _service(named):
        there, here = both
        raise UsageError(
            f"names 2 environments; write one request for each, such as `/deploy {_service(named)} {here.value}`, or bring what "
            f"{there.value} runs: `/deploy promote {_service(named)} {there.value} {here.value}`"
        )
    if every := named.all("all"):
        services = sorted({f.ref.label for f in facts.stacks.values() if f.ref.service})
        raise UsageError(
            f"{every[0].typed!r}: chat releases one service at a time, such as `/deploy {services[0] if services else 'app'} "
            "prod`; to bring a whole environment in order, use in a terminal: `slipway apply prod`"
        )


def _service(named: Mentioned) -> str:
    return next((w.value for w in named.words if w.kind == "service"), "")


def _refuse_other(named: Mentioned) -> None:
    """Refuse what a release can't be asked with, each with what to write."""
    for word in named.words:
        match word.kind:
            case "branch":
                raise UsageError(
                    f"only {named.facts.default_branch} is released by branch name, not {word.typed}; write a commit instead"
                )
            case "tag":
                raise UsageError(
                    f"{word.typed!r} is not a version; write seven to forty digits of a commit, for example: /deploy app prod "
                    "3f2a5b6c7d8e"
                )
            case "last":
                raise UsageError(
                    f"{word.typed!r} is not expected here; to bring an earlier version: /rollback app prod"
                )
            case "flag" if word.value in {"--force", "-f"}:
                raise UsageError(
                    f"{word.typed!r} does not exist; who may pass approvals and locks writes: … break glass because …"
                )
            case "flag" | "number" | "release":
                raise UsageError(
                    f"{word.typed!r} is not expected here; write for example: /deploy app prod 3f2a5b6c7d8e, and a reason after "
                    "`because`"
                )
            case _:
                pass
    named.refuse("service", "environment", "commit", "newest", "pull", "region")


def _version(named: Mentioned) -> str | None:
    """The commit that is named. None for the newest version."""
    versions = named.all("commit", "newest", "pull")
    if len(versions) > 1:
        raise UsageError(
            f"{versions[1].typed!r} is not expected here, because {versions[0].typed!r} is the version already"
        )
    return versions[0].value if versions and versions[0].kind == "commit" else None


def _check_region(named: Mentioned, key: str) -> None:
    region = named.facts.stacks[key].ref.region
    for word in named.all("region"):
        if word.value != region:
            raise UsageError(f"{word.typed!r}: {key.partition('/')[0]} is in {region}; leave the region out")


def apply(said: Sentence, named: Mentioned) -> Intent:
    """The same as a release, for infrastructure. A whole environment is applied in a terminal."""
    if not named.all("service"):
        environment = next((w.value for w in named.all("environment")), "prod")
        named.refuse("environment", "all")
        raise UsageError(
            f"chat changes one stack at a time, such as `/deploy apply {environment} network`; for all of them, use in a "
            f"terminal: `slipway apply {environment}`"
        )
    return propose(said, named)


def promote(said: Sentence, named: Mentioned) -> Intent:
    """Release what another environment runs. Where the target's rules name the other one, it may be left out."""
    facts, example = named.facts, "/deploy promote app staging prod"
    named.refuse("service", "environment", "last")
    environments = named.all("environment")
    service = named.one("service", "/deploy promote {} staging prod")
    if len(environments) == 1:
        rule = facts.environments[environments[0].value].releases.promote_from
        if rule:
            environments.insert(0, environments[0]._replace(value=rule, after="from"))
    if service and len(environments) == 1:
        here = environments[0].value
        others = [
            f.ref.environment for f in facts.stacks.values() if f.ref.label == service and f.ref.environment != here
        ]
        choices = " or ".join(f"/deploy promote {service} {other} {here}" for other in others[:5])
        raise UsageError(f"name a service and two environments: {choices or example}")
    if not service or len(environments) != 2:
        raise UsageError(f"name a service and two environments: {example}")
    origin, target = environments
    if target.after == "from" or origin.after in {"to", "into", "onto"}:
        origin, target = target, origin
    stack_key(facts, service, origin.value)
    return Propose(id="", stack=stack_key(facts, service, target.value), promote_from=origin.value, reason=said.reason)


def roll_back(said: Sentence, named: Mentioned) -> Intent:
    """Roll back to the last good version, that of a release, or a commit."""
    named.refuse(
        "service", "environment", "commit", "release", "last", "number",
        why="is not expected here; write for example: /rollback app prod prod-app-12",
    )  # fmt: skip
    environment, service = named.one("environment", "/rollback app {}"), named.one("service", "/rollback {} prod")
    release, commit = named.one("release", "/rollback app prod {}"), named.one("commit", "/rollback app prod {}")
    if numbers := named.all("number"):
        number, where = numbers[0].value, f"{service or 'app'} {environment or 'prod'}"
        raise UsageError(
            f"{number!r} may be a number of releases or the number of one; name a release: /rollback {where} "
            f"{environment or 'prod'}-{service or 'app'}-{number}, or leave it out for the last good version: /rollback {where}"
        )
    if release and not service and not environment:
        return Indirect("rollback", release=release, reason=said.reason)
    if not service or not environment:
        return Form(service=service, environment=environment, kind="rollback", version=commit)
    if release and commit:
        raise UsageError(f"names a release and a commit; write one: /rollback app prod {release}")
    key = stack_key(named.facts, service, environment)
    return RollBack(id="", stack=key, release=release or None, version=commit or None, reason=said.reason)


def restart(said: Sentence, named: Mentioned) -> Intent:
    """Start new tasks of the version that runs."""
    named.refuse(
        "service", "environment",
        why="is not expected here, because a restart brings no other version; write: /deploy restart app prod, and a reason "
        "after `because`",
    )  # fmt: skip
    environment, service = (
        named.one("environment", "/deploy restart app {}"),
        named.one("service", "/deploy restart {} prod"),
    )
    if not service or not environment:
        raise UsageError("name a service and an environment: /deploy restart app prod")
    if said.glass and not said.reason:
        raise UsageError(_GLASS)
    key = stack_key(named.facts, service, environment)
    return RestartService(id="", stack=key, reason=said.reason, break_glass=said.reason if said.glass else "")


def about(said: Sentence, named: Mentioned, verb: Any) -> Indirect:
    """The release that a decision is about: by its id, by its stack, or by the thread. Words after an id are the reason."""
    release = named.one("release", f"/deploy {verb} {{}}")
    if release:
        at = next(n for n, word in enumerate(named.words) if word.value == release)
        named._replace(words=named.words[:at]).refuse("last")
        rest = " ".join(word.typed for word in named.words[at + 1 :])
        return Indirect(verb, release=release, reason=said.reason or rest)
    if strange := named.all("unknown"):
        raise UsageError(
            f"{strange[0].typed!r} is not a release, and {unknown(strange[0], named.facts).partition(' is ')[2]}"
        )
    named.refuse(
        "service", "environment", "last", why=f"is not a release; write an id such as /deploy {verb} prod-app-12"
    )
    service, environment = (
        named.one("service", f"/deploy {verb} {{}} prod"),
        named.one("environment", f"/deploy {verb} app {{}}"),
    )
    if not service and not environment:
        return Indirect(verb, reason=said.reason)
    if not service or not environment:
        raise UsageError(f"name a release, or a service and an environment: /deploy {verb} app prod")
    return Indirect(verb, stack=stack_key(named.facts, service, environment), reason=said.reason)
