"""The message about break glass: who used it, why, and whose lock or approval it passed. It mentions them."""

from collections.abc import Iterator, Sequence

import msgspec

from bot.blocks.mentions import actor, person
from bot.blocks.message import Message, simple
from bot.blocks.text import code, safe
from generator.release import policy
from generator.release.model.log_records import LockNow
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import NeedsApproval, Release
from generator.release.scope_names import call_scope


def glass(release: Release, facts: PlatformFacts, locks: Sequence[LockNow], now: float) -> Message:
    """``Break glass by ana: the shop is down. It passes the lock of ben on prod/app (db), and 1 approval of releasers``."""
    who = next((a.actor for a in release.approvals if a.break_glass), release.requester)
    passed = [*_locks(release, facts, locks, now), *_approvals(release, facts)]
    what = f" It passes {', and '.join(passed)}." if passed else ""
    text = f"*Break glass* for {code(release.id)} by {actor(facts, who)}: {safe(release.break_glass, 500)}.{what}"
    return simple(f"{text} Look at what it did within a day, and say so here.")


def _locks(release: Release, facts: PlatformFacts, locks: Sequence[LockNow], now: float) -> Iterator[str]:
    for lock in locks:
        if lock.holds(release.stack.key, now):
            kind = "freeze" if lock.freeze else "lock"
            holder = person(facts, lock.actor.person) if lock.actor.person else safe(lock.actor.name, 60)
            yield f"the {kind} of {holder} on {code(call_scope(lock.scope))} ({safe(lock.reason, 200)})"
    frozen = policy.refusal(facts.rules(release.stack), release.stack.key, (), now, going_back=False)
    if frozen is not None:
        yield f"a freeze of the configuration ({safe(frozen.why.partition('. ')[0], 300)})"


def _approvals(release: Release, facts: PlatformFacts) -> Iterator[str]:
    rules = facts.rules(release.stack)
    gate = policy.gate(rules, msgspec.structs.replace(release, break_glass=""), release.classes)
    for need in gate.rules if isinstance(gate, NeedsApproval) else ():
        may = [n for n in facts.people if not policy.may_approve(need, release, n, facts.static_groups(n))]
        names = f" ({', '.join(person(facts, n) for n in may[:8])})" if may else ""
        teams = safe(" or ".join(need.by), 80) or "the people of platform.yaml"
        yield f"{need.people} approval{'' if need.people == 1 else 's'} of {teams}{names}"
