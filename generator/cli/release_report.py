"""A release as a post-mortem begins: what happened, why, and what proves it, as Markdown. Pure text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from generator.preview.markdown import markdown as preview
from generator.release import messages
from generator.release.audit import Entry
from generator.release.audit_verification import Walked
from generator.release.model.release import Release
from generator.safe_text import lines as safe_lines
from generator.safe_text import markdown as escaped
from generator.safe_text import plain

_MOST_DETAIL = 300
# Details of an entry that the log needs and nobody reads.
_FOR_THE_LOG = {"evidence", "binding", "digest", "token", "change-set", "asked", "stack"}


def report(release: Release, entries: Sequence[Entry], walked: Walked, now: float) -> str:
    """The release in sections: facts, cause, timeline, change, checks, evidence, and the sections that people write.

    ``entries`` are the audit entries of the release, ``walked`` is how they compare with their signed heads; ``now`` is
    in epoch seconds. Texts from outside are escaped.
    """
    parts = [
        [f"# {escaped(f'{release.id}: {messages.title(release)}')}", "", f"{escaped(_ended(release))}"],
        _table(_facts(release)),
        ["## Cause", "", *_cause(release)],
        ["## Timeline", "", "Times are UTC.", "", *_timeline(entries)],
        ["## What changed", "", *_change(release)],
        ["## Checks and approvals", "", *_checks(release)],
        ["## The record", "", *_record(walked, entries, now)],
        ["## To be written", "", "- What users noticed, from when until when:", "- What we do so that it does not happen again:"],
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _ended(release: Release) -> str:
    text = messages.standing(release)
    return f"{text[:1].upper()}{text[1:]}."


def _facts(release: Release) -> Iterator[tuple[str, str]]:
    yield "service", f"{release.stack.environment}/{release.stack.label}"
    yield "version", messages.call_running(release.after)
    yield "ran before", messages.call_running(release.before)
    if release.purpose.__struct_config__.tag:
        yield "kind", str(release.purpose.__struct_config__.tag)
    yield "requested by", _by(release.requester.name, release.reason)
    agreed = ", ".join(
        _by(approval.actor.name, approval.break_glass and f"break glass: {approval.break_glass}")
        for approval in release.approvals
    )
    yield "approved by", agreed or "nobody"
    if release.break_glass:
        yield "break glass", release.break_glass
    yield "requested", moment(release.created)
    if release.began:
        yield "rollout began", moment(release.began)
    if release.closed:
        yield "ended", moment(release.closed)
        yield "rollout took", messages.duration(messages.spent(release, release.closed))
    if release.reading is not None:
        yield "risk", f"{release.reading.meaning.level}: {release.reading.meaning.sentence}"
    if release.successor:
        yield "rolled back by", release.successor


def _by(name: str, more: str) -> str:
    return f"{name} ({more})" if more else name


def _cause(release: Release) -> Iterator[str]:
    if release.cause is None:
        yield "The release ended as wanted." if release.closed else "The release has not ended yet."
        return
    yield f"**{escaped(release.cause.sentence)}**"
    rest = [line for line in messages.reasons(release) if line != release.cause.sentence]
    if rest:
        yield from ["", *(f"- {escaped(line)}" for line in rest)]
    if release.cause.log:
        yield from ["", "The last lines of the tasks that failed:", "", *_fenced(release.cause.log)]


def _timeline(entries: Sequence[Entry]) -> Iterator[str]:
    rows = []
    for entry in entries:
        detail = "; ".join(f"{key}: {value[:_MOST_DETAIL]}" for key, value in entry.detail.items() if _read(key, value))
        rows.append((f"{moment(entry.at)}", entry.actor.name, f"{entry.what} ({detail})" if detail else entry.what))
    yield from _table(rows, ("Time", "Who", "What"))


def _read(key: str, value: str) -> bool:
    """Whether people read this detail: digests have their place in the log."""
    return bool(value) and key not in _FOR_THE_LOG and not _is_digest(value)


def _is_digest(value: str) -> bool:
    return len(value) >= 40 and all(char in "0123456789abcdef" for char in value.removeprefix("sha256:"))


def _change(release: Release) -> Iterator[str]:
    if release.reading is None or release.change_set is None:
        yield "The release had no change set: nothing was going to change."
        return
    yield preview(release.reading, release.change_set).rstrip("\n")


def _checks(release: Release) -> Iterator[str]:
    for check in release.checks:
        yield f"- {escaped(check.name)}: {check.result}{f', {escaped(check.text)}' if check.text else ''}"
    for approval in release.approvals:
        attested = "AWS attests who that was" if approval.actor.attested else "through chat"
        name, at = escaped(approval.actor.name), moment(approval.at)
        yield f"- {name} approved `{approval.binding[:12]}` at {at}; {attested}"
    if not release.checks and not release.approvals:
        yield "There were none."


def _record(walked: Walked, entries: Sequence[Entry], now: float) -> Iterator[str]:
    last = entries[-1].hash if entries else ""
    yield f"{walked.entries} entries in the audit chain `{escaped(walked.chain)}`; the last one has the hash `{last}`."
    for fault in walked.faults:
        yield f"- **Entry {fault.number} {escaped(fault.text)}.**" if fault.number else f"- **{escaped(fault.text)}.**"
    if not walked.faults:
        signed = f"entries 1 to {walked.signed} are covered by a signed head" if walked.signed else "none is signed yet"
        yield f"Verified at {moment(now)} UTC: no entry was changed, and {signed}."
    yield "`slipway audit verify` verifies the whole log."


def moment(at: float) -> str:
    """``2026-11-30 03:12:07``, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _table(rows: Sequence[tuple[str, ...]] | Iterator[tuple[str, ...]], head: tuple[str, ...] = ("", "")) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return [*lines, *(f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)]


def _fenced(log: Sequence[str]) -> list[str]:
    fence = "`" * max(3, 1 + max(len(run) for line in log for run in _runs(line)))
    return [f"{fence}text", *(safe_lines(plain(line)) for line in log), fence]


def _runs(line: str) -> list[str]:
    return ["", *"".join(char if char == "`" else " " for char in line).split()]
