"""What the audit chain of a release says people agreed to. The release's row is compared with it and decides nothing.

The row is what cards and commands show, and one write can change it. The chain can't be changed without a trace: each
entry holds the hash of the one before, and the head is signed. So an execution rests on the chain alone. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from generator.release.audit import Entry, Fault, check
from generator.release.digests import hex_digest
from generator.release.model.people import Actor
from generator.release.model.release import Approval, Deploy, Purpose, Release, Restart, Rollback
from generator.release.model.states import Approved, Closed, Executing, Watching
from generator.release.model.version import Running

# What the entries say that an execution rests on.
PROPOSED = "proposed"
WAITS = "waits for approval"
NOBODY_ASKED = "no other approval is needed"
APPROVED = "approved"
GLASS_BROKEN = "break glass used"
_ASKED = (WAITS, NOBODY_ASKED)


class Agreement(NamedTuple):
    """The binding that people were asked about, its change classes, and who agreed to it.

    ``policy`` is the digest of the rules under which they were asked, ``break_glass`` the reason if rules were skipped.
    """

    binding: str
    policy: str
    classes: tuple[str, ...]
    approvals: tuple[Approval, ...]
    break_glass: str


def purpose_detail(purpose: Purpose) -> dict[str, str]:
    """A purpose as the first entry of a release records it."""
    detail = {"purpose": str(purpose.__struct_config__.tag)}
    if isinstance(purpose, Deploy) and purpose.refresh:
        detail["refresh"] = "yes"
    if isinstance(purpose, Rollback):
        detail |= {"of": purpose.of, "automatic": "yes" if purpose.automatic else "no"}
    if isinstance(purpose, Restart) and purpose.secret:
        detail["secret"] = purpose.secret
    return detail


def runs_digest(running: Running | None) -> str:
    """64 hex digits of what a stack runs: its template and the parameters that releases set. "" if it runs nothing."""
    return hex_digest([running.template, running.parameters]) if running else ""


def restores(release: Release, undone: Sequence[Entry]) -> bool:
    """Whether a rollback restores exactly what ran before the release that it undoes, by that release's entries."""
    return bool(undone) and undone[0].what == PROPOSED and undone[0].detail.get("before") == runs_digest(release.after)


def opened_detail(release: Release) -> dict[str, str]:
    """What the first entry records of a release: everything that decides who is asked and what it brings."""
    detail = {
        "stack": release.stack.key,
        "version": release.after.commit,
        "template": release.after.template,
        "image": release.after.image,
        "reason": release.reason,
        "groups": " ".join(release.groups),
        "before": runs_digest(release.before),
        **purpose_detail(release.purpose),
    }
    return detail | ({"break-glass": release.break_glass} if release.break_glass else {})


def agreement(release: Release, entries: Sequence[Entry]) -> Agreement | str:
    """What people agreed to, or one sentence that says why the log can't be trusted."""
    fault = next(faults(release, entries), None)
    if fault is not None:
        return f"entry {fault.number} of {fault.chain}: it {fault.text}" if fault.number else fault.text
    asked = _asked(entries)
    if asked is None:
        return "no audit entry records that people were asked"
    return Agreement(
        binding=asked.detail.get("binding", ""),
        policy=asked.detail.get("policy", ""),
        classes=tuple(asked.detail.get("classes", "").split()),
        approvals=tuple(_approvals(entries, asked)),
        break_glass=_glass(entries),
    )


def faults(release: Release, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Everything in a release's row that its audit chain does not confirm. Faults of the chain itself come first."""
    chain = f"release/{release.id}"
    broken = list(check(chain, entries))
    if broken:
        yield from broken
        return
    yield from differences(release, entries)


def differences(release: Release, entries: Sequence[Entry]) -> Iterator[Fault]:
    """Like :func:`faults`, for a chain that has no faults of its own."""
    chain = f"release/{release.id}"
    if not entries:
        yield Fault(chain, 0, f"{release.id} has a row and no audit entry")
        return
    last = entries[-1]
    if (last.number, last.hash) != (release.chain, release.head):
        yield Fault(
            chain, 0, f"the row of {release.id} ends its chain at entry {release.chain}, the log at {last.number}"
        )
    yield from (Fault(chain, 0, f"the row of {release.id} {text}") for text in _differences(release, entries))


def _differences(release: Release, entries: Sequence[Entry]) -> Iterator[str]:
    first = entries[0]
    if first.what != PROPOSED:
        yield f"begins with the entry {first.what!r}"
        return
    if first.actor != release.requester:
        yield f"says that {release.requester.name} asked for it, the entry {first.actor.name}"
    # The glass may be broken later, by an entry of its own.
    row = {k: v for k, v in opened_detail(release).items() if k != "break-glass"}
    yield from (f"says {value!r} as its {key}, the entry {first.detail.get(key, '')!r}" for key, value in row.items()
                if first.detail.get(key, "") != value)  # fmt: skip
    if release.break_glass != _glass(entries):
        yield "and its entries disagree on whether break glass was used"
    asked = _asked(entries)
    if asked is None:
        if isinstance(release.state, Approved | Executing | Watching) or release.approvals or release.binding:
            yield "says that people were asked, and no entry does"
        return
    if asked.detail.get("binding", "") != release.binding:
        yield "has another binding than the one that people were asked about"
    known = {_key(a) for a in _approvals(entries, asked)}
    yield from (
        f"names an approval by {a.actor.name} that no entry records" for a in release.approvals if _key(a) not in known
    )
    if isinstance(release.state, Closed):
        outcome = next((e.detail["outcome"] for e in reversed(entries) if "outcome" in e.detail), "")
        if outcome != release.state.outcome:
            yield f"says that it {release.state.outcome}, its last entry {outcome or 'no outcome'!r}"


def _asked(entries: Sequence[Entry]) -> Entry | None:
    return next((e for e in reversed(entries) if e.what in _ASKED), None)


def _glass(entries: Sequence[Entry]) -> str:
    broken = next((e for e in reversed(entries) if e.what == GLASS_BROKEN), entries[0])
    return broken.detail.get("break-glass", "")


def _approvals(entries: Sequence[Entry], asked: Entry) -> Iterator[Approval]:
    """Who agreed, by entries alone: with the request itself (who requests a rollback agrees to it), or later."""
    if asked.detail.get("agrees") == "requester":
        first = entries[0]
        yield _approval(first.actor, asked.at, asked.detail, first.detail)
    for entry in entries:
        if entry.number > asked.number and entry.what in {APPROVED, GLASS_BROKEN}:
            yield _approval(entry.actor, entry.at, entry.detail, entry.detail)


def _approval(actor: Actor, at: float, detail: Mapping[str, str], who: Mapping[str, str]) -> Approval:
    return Approval(
        actor=actor,
        at=at,
        binding=detail.get("binding", ""),
        groups=tuple(who.get("groups", "").split()),
        break_glass=detail.get("break-glass", ""),
    )


def _key(approval: Approval) -> tuple[Actor, str, tuple[str, ...], str]:
    return approval.actor, approval.binding, approval.groups, approval.break_glass
