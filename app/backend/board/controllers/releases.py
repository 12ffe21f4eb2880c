"""Releases: a list, one of them, its picture, and the list as CSV."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Response
from fastapi.responses import StreamingResponse

from board.controllers.parts import Asked, Names, Parts, TheParts, TheVisitor
from board.models.releases import ReleaseDetail, ReleaseLine, ReleasePage
from board.services import csv_text, release_lines
from board.services.release_detail import detail, planned
from board.services.release_search import LARGEST_PAGE, PAGE, CursorError, Filters, matching, page
from board.services.visibility import Visitor
from generator.preview.rollout_image import png
from generator.release.log_items import summary
from generator.release.model.log_records import Summary
from generator.release.model.release import Release

router = APIRouter(prefix="/api", tags=["releases"])
ReleaseId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]
# As many lines as a spreadsheet gets in one answer.
CSV_LINES = 50_000


def filters(  # noqa: PLR0913, PLR0917 - the filters of a list
    asked: Asked,
    state: Names = [],  # noqa: B006
    person: Annotated[str, Query(max_length=80)] = "",
    q: Annotated[
        str, Query(max_length=200, description="Text in id, commit, subject, reason, cause or requester.")
    ] = "",
    begin: Annotated[datetime | None, Query(alias="from", description="Opened at this moment or later.")] = None,
    end: Annotated[datetime | None, Query(alias="to", description="Opened before this moment.")] = None,
) -> Filters:
    """What a release of the list must fit."""
    return asked._replace(
        states=frozenset(state), person=person, text=q, begin=epoch(begin, 0.0), end=epoch(end, float("inf"))
    )


def epoch(at: datetime | None, otherwise: float) -> float:
    """A moment as the log has it; one without a zone is UTC."""
    if at is None:
        return otherwise
    try:
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError) as error:
        raise HTTPException(422, "this moment is out of range; write one between 1970 and 9999") from error


TheFilters = Annotated[Filters, Depends(filters)]


@router.get("/releases")
def releases(
    parts: TheParts,
    found: TheFilters,
    cursor: Annotated[str, Query(max_length=400)] = "",
    size: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
) -> ReleasePage:
    """Releases that fit, newest first."""
    now = parts.now
    try:
        some = page(list(matching(now, found, parts.label)), cursor, size)
    except CursorError as error:
        raise HTTPException(400, str(error)) from error
    lines = [release_lines.line(one, now, parts.label(one.key)) for one in some.lines]
    return ReleasePage(releases=lines, cursor=some.after or None, total=some.total)


@router.get("/releases.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
def releases_csv(parts: TheParts, found: TheFilters) -> StreamingResponse:
    """The same list as a table for spreadsheets."""
    now = parts.now
    head = (
        "id", "environment", "service", "kind", "state", "requester", "approvers", "commit", "subject", "created",
        "closed", "committed", "took_seconds", "undoes", "reason", "cause",
    )  # fmt: skip

    def cells() -> Iterator[list[object]]:
        for number, one in enumerate(matching(now, found, parts.label)):
            if number >= CSV_LINES:
                return
            line = release_lines.line(one, now, parts.label(one.key))
            yield [
                line.id, line.environment, line.service, line.kind, line.state, line.requester,
                ", ".join(line.approvers), line.version.commit, line.version.subject, line.created, line.closed,
                line.committed, line.took_seconds, line.undoes, line.reason, line.cause,
            ]  # fmt: skip

    return csv_answer("releases", csv_text.rows(head, cells()))


def csv_answer(name: str, rows: Iterator[str]) -> StreamingResponse:
    """Rows as a file that is downloaded."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/releases/{release_id}")
def release(parts: TheParts, visitor: TheVisitor, release_id: ReleaseId) -> ReleaseDetail:
    """One release: preview, approvals with what bears them out, steps, rollout, cause."""
    found = visible_release(parts, visitor, release_id)
    log = parts.log
    assert log is not None  # noqa: S101 - it was read from there
    chain = f"release/{found.id}"
    entries = log.entries(chain, 0, 1000)
    return detail(found, _line(parts, found), entries, log.evidence(chain), reads_logs=visitor.reads_logs)


@router.get(
    "/releases/{release_id}/rollout.png", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
def rollout_image(parts: TheParts, visitor: TheVisitor, release_id: ReleaseId) -> Response:
    """The rollout as it was planned, as the card in chat shows it: drawn from the phases that the log keeps."""
    expected = planned(visible_release(parts, visitor, release_id))
    if expected is None:
        raise HTTPException(404, f"{release_id} plans no rollout in phases, so there is nothing to draw")
    return Response(png(expected), media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def visible_release(parts: Parts, visitor: Visitor, release_id: str) -> Release:
    """A release of the log, for somebody who sees its environment; to others it is not there."""
    if parts.log is None:
        raise HTTPException(503, parts.off()[0].why)
    found = parts.log.release(release_id)
    if found is None or not parts.visibility.sees(visitor, found.stack.environment):
        raise HTTPException(404, f"there is no release {release_id}; see /api/releases for those that there are")
    return found


def _line(parts: Parts, found: Release) -> ReleaseLine:
    line: Summary = parts.now.by_id.get(found.id) or summary(found)
    return release_lines.line(line, parts.now, found.stack.label)
