"""``slipway status [ENV]``: the running versions, since when, and open releases."""

import argparse
from typing import TYPE_CHECKING, Any

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.cli.documents.environment_documents import StackStatus
    from generator.release.model.release import StackRef

EXAMPLES = [
    "slipway status         # services of every environment",
    "slipway status prod    # one environment, with its infrastructure",
    "slipway status --json",
]
DOCUMENTS = ("status",)
# A release that is due and that nobody looks at for so many seconds waits for a worker.
_PATIENCE = 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", nargs="?", metavar="ENV", help="an environment, `home`, or an account id (default: all)")
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Read and print; changes nothing."""
    return release_command.run_with_application(args, out, lambda application: status(application, args, out))


def status(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Read two items for a hundred stacks, and the locks of each environment once."""
    from generator.apply.orphans import noted, sentences
    from generator.catalog import stack_names
    from generator.release import left_behind
    from generator.release.environment_state import forgotten, forgotten_sentences
    from generator.release.scope_names import call_scope

    facts = application.facts
    if args.env:
        stack_names.environment(facts, args.env)
    chosen = [
        f for f in facts.stacks.values()
        if (f.ref.environment == args.env if args.env else f.ref.service) and not f.administrators
    ]  # fmt: skip
    gone = [one for env in ([args.env] if args.env else facts.environments) for one in noted(application, env)]
    found = application.client.status([*(f.ref.key for f in chosen), *(one.ref.key for one in gone)])
    refs = {f.ref.key: f.ref for f in chosen} | {one.ref.key: one.ref for one in gone}
    environments = [args.env] if args.env else sorted({f.ref.environment for f in chosen})
    locks = [lock for env in environments for lock in application.client.locks(env)]
    lost = {} if args.env else forgotten(application.client.log, facts.environments)
    now = application.clock()
    if out.json:
        from generator.cli.documents.environment_documents import StatusDocument

        stacks = tuple(_document(facts, refs[place.key], place) for place in found)
        forgotten_stacks = {name: tuple(keys) for name, keys in lost.items()}
        out.data(StatusDocument(stacks=stacks, locks=tuple(locks), forgotten_environments=forgotten_stacks))
        return 0
    rows = [_row(refs[place.key], place, locks, now) for place in found]
    out.table(["what", "where", "version", "since", "last release", "now"], rows)
    remains = [line for place in found for line in left_behind.sentences(place.key, place.slot.left)]
    for line in (*sentences(gone), *forgotten_sentences(lost), *remains):
        out.text(line)
    for lock in locks:
        what = "frozen" if lock.freeze else "locked"
        left = f", {_left(lock.until - now)}" if lock.until else ""
        out.text(f"{call_scope(lock.scope)} is {what} by {lock.actor.name} since {lock.age(now)}{left}: {lock.reason}")
    _idle(application, out, now)
    return 0


def _row(ref: "StackRef", place: Any, locks: Any, now: float) -> list[str]:
    from generator.release import messages

    slot = place.slot
    running = slot.running
    doing = f"{place.open.id} {messages.word(place.open)}" if place.open is not None else ""
    held = next((lock for lock in locks if lock.holds(place.key, now)), None)
    if not doing and held is not None:
        doing = "frozen" if held.freeze else "locked"
    last = f"{slot.last} {slot.outcome}" if slot.last else ""
    version = messages.call_running(running) if running is not None else "-"
    return [ref.label, ref.environment, version, messages.since(running.since, now) if running else "", last, doing]


def _document(facts: Any, ref: "StackRef", place: Any) -> "StackStatus":
    from generator.cli.documents.environment_documents import LastRelease, OpenRelease, StackStatus
    from generator.release.model.states import name
    from generator.release.sides import goes_back

    slot, now_open = place.slot, place.open
    return StackStatus(
        stack=place.key,
        service=ref.service,
        environment=ref.environment,
        nothing_asks_for_it=place.key not in facts.stacks,
        running=slot.running,
        good=slot.good,
        left_behind=slot.left,
        last=LastRelease(release=slot.last, outcome=slot.outcome, at=slot.at) if slot.last else None,
        open=OpenRelease(release=now_open.id, state=name(now_open.state), going_back=goes_back(now_open))
        if now_open is not None
        else None,
    )


def _left(seconds: float) -> str:
    from generator.release.messages import duration

    return f"{duration(max(0.0, seconds))} left"


def _idle(application: Application, out: Output, now: float) -> None:
    """Report that releases are due and no worker moves them."""
    from generator.release.log_items import stamp

    late = application.client.log.listed(5, stamp(now - _PATIENCE * max(application.pace, 0.05)))
    if late and application.work is None:
        out.error(
            f"{len(late)} open {'release waits' if len(late) == 1 else 'releases wait'} for a worker, and no "
            "worker seems to be running; check the worker of the bot, or run one here: "
            f"{application.command_line('worker')}"
        )
