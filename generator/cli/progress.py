"""Follows releases until they end or wait, and reports the result. Shared by every command that opens or moves one."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, assert_never

from generator.cli import live_display, release_text
from generator.cli.output import Output
from generator.release.following_parts import next_request
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Done, Lines, Opened, Refusal, Skipped
from generator.release.model.states import Closed, RollingBack, Waiting, Watching, name
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.cli.documents.release_documents import ReleaseDocument

DONE, FAILED, REFUSED = 0, 1, 3
# Nothing was changed because people, or the time, said so.
_NOT_DONE = {"rejected", "cancelled", "expired"}


def report_answer(application: Application, out: Output, answer: Answer, *, wait: bool, follow: bool = True) -> int:
    """Report the answer to a request for a release, follow it, and return the exit code."""
    match answer:
        case Opened():
            for line in release_text.passed_over(answer.passed_over):
                out.progress(line)
            if not follow:
                return _left(application, out, answer)
            release = follow_release(application, out, answer.release, wait=wait)
            while isinstance(more := _next_part(application, release), Opened):
                for line in release_text.closed(release, application.flags):
                    out.progress(line)
                release = follow_release(application, out, more.release, wait=wait)
            found = finish(application, out, release)
            return found if more is None else refused(out, more)
        case Refusal():
            return refused(out, answer)
        case Skipped():
            print_answer(out, answer) if out.json else out.error(answer.why)
            return REFUSED
        case Done():
            print_answer(out, answer) if out.json else out.text(answer.text)
            return DONE
        case Lines():
            print_answer(out, answer) if out.json else out.block("".join(f"{line.text}\n" for line in answer.lines))
            return DONE
        case _:
            assert_never(answer)


def _next_part(application: Application, release: Release) -> Opened | Refusal | None:
    """The release of the next part of its version, which the worker opens, or why it opens none. None if there is none."""
    request = next_request(release)
    answer: Answer | None = None
    while request and answer is None:
        answer = application.client.log.answered(request)
        if answer is None:
            application.turn()
    return answer if isinstance(answer, Opened | Refusal) else None


def refused(out: Output, answer: Refusal) -> int:
    """Report a refusal: why, and what to do."""
    if out.json:
        print_answer(out, answer)
    else:
        out.error(answer.why)
        for line in release_text.passed_over(answer.passed_over):
            out.error(line)
    return REFUSED


def print_refused(out: Output, reasons: Iterable[str]) -> None:
    """Print why nothing was begun as one JSON document."""
    from generator.cli.documents.release_documents import RefusedDocument

    out.data(RefusedDocument(refused=tuple(reasons)))


def follow_release(
    application: Application, out: Output, release_id: str, *, wait: bool, known: Release | None = None
) -> Release:
    """Show a release until it ends or waits for people (with ``wait``: until it ends). Returns it then.

    Its events up to ``known`` were shown before. Ctrl-C does not stop the release, and prints how to follow it.
    """
    try:
        with live_display.show(out, *([known] if known is not None else [])) as show:
            while True:
                release = application.release(release_id)
                show.show(_with_successor(application, release), application.clock())
                if isinstance(release.state, Closed) or (waits_for_people(release) and not wait):
                    return release
                application.turn()
    except KeyboardInterrupt:
        out.error(
            f"{release_id} continues; follow it with: {application.command_line(f'follow {release_id}')}\n"
            f"Stop it with: {application.command_line(f'undo {release_id}')}"
        )
        raise SystemExit(130) from None


def waits_for_people(release: Release) -> bool:
    """Whether it waits for a person: for an approval, at a gate, or for the resources that a stuck rollback may skip."""
    match release.state:
        case Waiting():
            return True
        case Watching():
            return bool(release.progress.hook)
        case RollingBack(how=how):
            return how == "stuck"
        case _:
            return False


def _with_successor(application: Application, release: Release) -> Sequence[Release]:
    after = application.client.release(release.successor) if release.successor else None
    return [release] if after is None else [release, after]


def finish(application: Application, out: Output, release: Release) -> int:
    """Report how a release ended or what it waits for. Returns the exit code."""
    now = application.clock()
    if out.json:
        out.data(document(application, release, now))
    else:
        for line in release_text.waiting(application, release, now) or release_text.closed(release, application.flags):
            out.text(line)
    return code(release)


def code(release: Release) -> int:
    """The exit code for a release in this state."""
    if not isinstance(release.state, Closed):
        return REFUSED
    if release.state.outcome == "succeeded":
        return DONE
    return REFUSED if release.state.outcome in _NOT_DONE else FAILED


def document(application: Application, release: Release, now: float) -> "ReleaseDocument":
    """A release as one JSON document: its state, the approvals that are missing, what to do next, and all fields."""
    from generator.cli.documents.release_documents import MissingApprovals, ReleaseDocument
    from generator.release import messages

    waits = isinstance(release.state, Waiting)
    missing = messages.outstanding_approvals(release, application.facts) if waits else ()
    return ReleaseDocument(
        id=release.id,
        stack=release.stack.key,
        state=name(release.state),
        seconds=round(messages.spent(release, now), 3),
        waited_seconds=round(messages.waited(release, now), 3),
        asked=tuple(
            MissingApprovals(rule=a.need.rule, people=a.more, by=a.by, candidates=a.people, why=a.need.why)
            for a in missing
        ),
        next=release_text.approve(application, release) if waits else "",
        release=release,
    )


def print_answer(out: Output, answer: Answer) -> None:
    """Print the answer to a request as one JSON document."""
    from generator.cli.documents.release_documents import AnswerDocument

    out.data(AnswerDocument(answer=answer))


def _left(application: Application, out: Output, answer: Opened) -> int:
    if out.json:
        print_answer(out, answer)
    else:
        out.text(f"{answer.release} is open; follow it with: {application.command_line(f'follow {answer.release}')}")
    return DONE
