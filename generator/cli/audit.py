"""``slipway audit verify``: whether the release log is as it was written and signed."""

import argparse
import base64
import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.release.audit_verification import Verified

EXAMPLES = [
    "slipway audit verify   # exit 1 if an entry was changed, left out or cut off",
    "slipway audit verify --since last   # what is new since the last verification from here that found no fault",
    "slipway audit verify --since 7d",
    "slipway audit verify --head 5f0c…   # and whether the log still has this daily head, pasted from the channel or from mail",
    "slipway audit verify --day 2026-11-30   # and the head of that day",
    "slipway audit export log.jsonl   # anybody can verify it offline: docs/audit.md",
]
DOCUMENTS = ("audit",)
# AWS's answers are waited for by so many threads.
_THREADS = 32
_TELL_EVERY = 5.0
# When a verification from this directory last found no fault, by platform.
_LAST = Path(".cache/slipway/audit.json")
_AGO = re.compile(r"(\d{1,4})([hd])")
_SECONDS = {"h": 3600.0, "d": 86_400.0}
# The first digest of a posted line is the head, the second one that of the key.
_HEAD = re.compile(r"\b([0-9a-fA-F]{64})\b")
# Releases that were being closed while the last verification read the log are read again.
_OVERLAP = 3600.0


class DayWanted(NamedTuple):
    """A daily head to compare with the log, and the day whose head is printed. "" for none."""

    digest: str = ""
    date: str = ""


_NO_DAY = DayWanted()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "verb",
        choices=("verify", "export"),
        metavar="verify|export",
        help="verify every chain against its signed heads, or write all of the log into a file",
    )
    parser.add_argument("file", nargs="?", help="the file that export writes")
    parser.add_argument("--bundle", metavar="FILE", help="verify a file of export, offline")
    parser.add_argument("--key", metavar="FILE", help="the public key for --bundle (DER, as KMS gives it)")
    parser.add_argument(
        "--head", metavar="DIGEST", help="compare a daily head, or the whole line that was posted, with the log"
    )
    parser.add_argument("--day", metavar="DATE", help="print the daily head of this day (UTC), such as 2026-11-30")
    parser.add_argument(
        "--since",
        metavar="WHEN",
        help="only releases that are open or were closed since then: 7d, 12h, 2026-11-01, or last",
    )
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if all is as it was written, 1 if there are faults."""
    if (args.verb == "export") != bool(args.file):
        raise UsageError("write: slipway audit export FILE, or: slipway audit verify")
    if bool(args.bundle) != bool(args.key):
        raise UsageError("--bundle needs --key, the public key as docs/audit.md gets it, and the other way round")
    if args.since and (args.head or args.day):
        raise UsageError("--head and --day need the whole log; leave --since out")
    wanted = DayWanted(_digest(args.head) if args.head else "", args.day or "")
    if args.bundle:
        return verify_bundle(Path(args.bundle), Path(args.key), out, wanted)
    if args.file:
        return release_command.run_with_application(
            args, out, lambda application: export(application, out, Path(args.file))
        )
    return release_command.run_with_application(
        args, out, lambda application: verify(application, out, args.since or "", wanted)
    )


def export(application: Application, out: Output, path: Path) -> int:
    """Write all of the log into a file that anybody can verify."""
    from generator.aws.audit_seal import message
    from generator.release.audit_bundle import bundle

    key = base64.b64encode(application.seal.public_key()).decode()
    lines = bundle(application.client.log, application.seal, application.facts, key, message)
    path.write_text("".join(f"{line}\n" for line in lines))
    out.text(f"wrote {path}; docs/audit.md says how anybody verifies it")
    return 0


def verify_bundle(path: Path, key: Path, out: Output, wanted: DayWanted = _NO_DAY) -> int:
    """Verify a file of :func:`export`, without AWS."""
    from generator.aws.signing_key import public_key, verify
    from generator.release.audit_bundle import bundle_verified

    try:
        written = key.read_bytes()
        public = public_key(written)
        found = bundle_verified(path.read_text().splitlines(), lambda text, signature: verify(public, text, signature))
    except (OSError, ValueError) as error:
        raise UsageError(f"{error}; see docs/audit.md") from None
    return max(_told(found, out), _compare(found, wanted, lambda: written, out))


def verify(application: Application, out: Output, since: str = "", wanted: DayWanted = _NO_DAY) -> int:
    """Verify every chain that the log or a signed head names."""
    from concurrent.futures import ThreadPoolExecutor

    from generator.release.audit_verification import Scope, verified

    began, last_note = application.clock(), [time.monotonic()]
    platform = application.facts.name

    def progress(what: str, done: int, all_: int) -> None:
        if time.monotonic() >= last_note[0] + _TELL_EVERY:
            last_note[0] = time.monotonic()
            out.progress(f"{what} {done:,} of {all_:,} {'signed heads' if what == 'read' else 'chains'}")

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="audit") as pool:
        scope = Scope(_moment(since, platform, began), pool, progress)
        found = verified(application.client.log, application.seal, application.facts, scope)
    if not found.faults:
        _note(platform, began)
    return max(_told(found, out), _compare(found, wanted, application.seal.public_key, out))


def _compare(found: "Verified", wanted: DayWanted, key: Callable[[], bytes], out: Output) -> int:
    """Print the head of a day, and whether the log has the given head. Return 1 if it has not."""
    from generator.release.daily_heads import day_line

    if wanted.date:
        day = next((day for day in found.days if day.date == wanted.date), None)
        if day is None:
            last = f"the last one is of {found.days[-1].date}" if found.days else "no day has one yet"
            raise UsageError(f"the log has no daily head of {wanted.date}; {last}")
        if not out.json:
            out.text(day_line(day.text.partition(" ")[0], day, key()))
    if not wanted.digest:
        return 0
    day = next((day for day in found.days if day.digest == wanted.digest), None)
    if day is None:
        out.error(
            f"no day of this log has the head {wanted.digest}: somebody changed the record of that day, or the head is "
            "of another log; see docs/audit.md"
        )
        return 1
    if not out.json:
        out.text(f"the head is that of {day.date}")
    return 0


def _digest(pasted: str) -> str:
    """The head in the pasted text.

    Raises:
        UsageError: it contains none.
    """
    found = _HEAD.search(pasted)
    if not found:
        raise UsageError(
            "--head takes the 64 hexadecimal digits after `head sha256`, or the whole line that was posted"
        )
    return found[1].lower()


def _told(found: "Verified", out: Output) -> int:
    if out.json:
        from generator.cli.documents.release_documents import AuditDocument, ChainFault, UnsealedEntries

        out.data(
            AuditDocument(
                chains=found.chains,
                entries=found.entries,
                heads=found.heads,
                faults=tuple(ChainFault(**fault._asdict()) for fault in found.faults),
                days={day.date: day.digest for day in found.days},
                unsealed=tuple(UnsealedEntries(**entries._asdict()) for entries in found.unsealed),
            )
        )
    else:
        for fault in found.faults:
            out.text(f"{fault.chain} entry {fault.number} {fault.text}" if fault.number else fault.text)
        for left in found.unsealed:
            which = f"entry {left.last}" if left.first == left.last else f"entries {left.first} to {left.last}"
            out.text(f"{left.chain} {which}: not signed yet")
        seen = f"{found.entries:,} entries in {found.chains:,} chains, {found.heads:,} signed heads"
        if found.faults:
            out.error(f"{len(found.faults)} faults in {seen}; see docs/runbook.md for what to do")
        else:
            out.text(f"{seen}: no entry was changed")
    return 1 if found.faults else 0


def _moment(since: str, platform: str, now: float) -> float:
    """Epoch seconds of the value of ``--since``, 0 for the beginning.

    Raises:
        UsageError: it is not a moment.
    """
    if not since:
        return 0.0
    if since == "last":
        return max(0.0, _noted().get(platform, 0.0) - _OVERLAP)
    ago = _AGO.fullmatch(since)
    if ago:
        return now - int(ago[1]) * _SECONDS[ago[2]]
    try:
        return datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise UsageError(f"--since takes 7d, 12h, a date such as 2026-11-01, or last, and not {since!r}") from None


def _noted() -> dict[str, float]:
    try:
        found = json.loads(_LAST.read_text())
        return {str(name): float(at) for name, at in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # then everything is verified


def _note(platform: str, began: float) -> None:
    _LAST.parent.mkdir(parents=True, exist_ok=True)
    _LAST.write_text(json.dumps(_noted() | {platform: began}))
