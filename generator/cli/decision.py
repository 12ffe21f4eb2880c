"""Decisions about an open release: shared by approve, reject, cancel, undo and continue."""

import argparse
from typing import Literal

from generator.cli.output import Output
from generator.release.model.release import Release
from generator.release.model.states import Closed, Proposed
from generator.wiring.application import Application

Verdict = Literal["approve", "reject", "cancel", "undo", "continue"]
# What a release may end as when somebody asked for just that.
_WANTED = {"reject": {"rejected"}, "cancel": {"cancelled"}, "undo": {"rolled back", "cancelled"}}


def decide(  # noqa: PLR0913 - a decision, whole
    application: Application,
    args: argparse.Namespace,
    out: Output,
    verdict: Verdict,
    *,
    binding: str = "",
    break_glass: str = "",
    skip: tuple[str, ...] = (),
    wait: bool = False,
) -> int:
    """Send a decision, print the result, and follow the release until it ends or waits."""
    from generator.catalog import stack_names
    from generator.cli.progress import follow_release, print_answer, refused
    from generator.release.client import request_id
    from generator.release.model.requests import Decide, Refusal

    request = Decide(
        id=request_id(),
        release=stack_names.release(args.release),
        verdict=verdict,
        binding=binding,
        reason=getattr(args, "reason", ""),
        break_glass=break_glass,
        skip=skip,
    )
    known = application.client.release(request.release)
    answer = application.ask(request)
    if isinstance(answer, Refusal):
        return refused(out, answer)
    text = getattr(answer, "text", "")
    if text:
        out.progress(f"{args.release}: {text}")
    if args.no_follow:
        print_answer(out, answer) if out.json else out.text(f"{args.release}: {text}")
        return 0
    return _ended(application, out, follow_release(application, out, args.release, wait=wait, known=known), verdict)


def _ended(application: Application, out: Output, release: Release, verdict: Verdict) -> int:
    from generator.cli.progress import finish

    found = finish(application, out, release)
    state = release.state
    return 0 if isinstance(state, Closed) and state.outcome in _WANTED.get(verdict, ()) else found


def settled(application: Application, release_id: str) -> Release:
    """The release, once its change set is created: nobody can decide about a change that can't be seen yet."""
    while True:
        release = application.release(release_id)
        if not isinstance(release.state, Proposed):
            return release
        application.turn()


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that all of them have."""
    from generator.cli import release_command

    parser.add_argument("release", metavar="RELEASE", help="its id, such as prod-app-12")
    parser.add_argument("--no-follow", action="store_true", help="send the decision, and do not follow the release")
    release_command.person_option(parser)
