"""The four delivery measures and the timeline."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import StreamingResponse

from board.controllers.parts import Asked, Names, Parts, TheParts
from board.controllers.releases import csv_answer, epoch
from board.models.base import moment
from board.models.measures import Measures, Per, Timeline
from board.services import csv_text
from board.services.measures import DAY, MOST_PERIODS, deployments, measure, periods
from board.services.release_search import Filters, matching
from board.services.timeline import lanes
from generator.catalog.stack_spec import HOME
from generator.release.model.log_records import Summary

router = APIRouter(prefix="/api", tags=["measures"])
From = Annotated[datetime | None, Query(alias="from", description="Default: 90 days before `to`.")]
To = Annotated[datetime | None, Query(alias="to", description="Default: now.")]


def measured(parts: TheParts, asked: Asked, env: Names = []) -> Filters:  # noqa: B006
    """Where the measures are taken: production, which is every protected environment, unless others are named."""
    if env:
        return asked
    rules = parts.facts.environments
    # Home and the accounts are protected too; nothing that users see is deployed there.
    some = {name for name in asked.environments if rules[name].protected and name != HOME and not name.isdigit()}
    return asked._replace(environments=frozenset(some))


Measured = Annotated[Filters, Depends(measured)]


@router.get("/measures")
def measures(parts: TheParts, asked: Measured, begin: From = None, end: To = None, per: Per = "week") -> Measures:
    """Deployment frequency, lead time, change failure rate and time to restore, of services and functions.

    Infrastructure counts where it is named with `service`. Without `env`, protected environments count.
    """
    return _measures(parts, asked, span(parts, begin, end), per)


@router.get("/measures.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
def measures_csv(
    parts: TheParts, asked: Measured, begin: From = None, end: To = None, per: Per = "week"
) -> StreamingResponse:
    """The same by period, as a table for spreadsheets."""
    found = _measures(parts, asked, span(parts, begin, end), per)
    head = tuple(type(found.total).model_fields)
    return csv_answer("measures", csv_text.rows(head, (tuple(vars(one).values()) for one in found.periods)))


@router.get("/timeline")
def timeline(parts: TheParts, asked: Asked, begin: From = None, end: To = None) -> Timeline:
    """What ran where over time, and when releases were under way."""
    first, last = span(parts, begin, end)
    found, cut = lanes(matching(parts.now, asked, parts.label), parts.now, first, last, parts.label)
    return Timeline(begin=moment(first), end=moment(last), lanes=found, cut=cut)


def span(parts: Parts, begin: datetime | None, end: datetime | None) -> tuple[float, float]:
    """The time that is asked about, in epoch seconds."""
    last = epoch(end, parts.clock())
    first = epoch(begin, last - 90 * DAY)
    if not 0 <= first < last:
        raise HTTPException(422, "from must be before to; correct one of them")
    return first, last


def _measures(parts: Parts, asked: Filters, during: tuple[float, float], per: Per) -> Measures:
    begin, end = during
    days = {"day": 1, "week": 7, "month": 28}[per]
    if (end - begin) / DAY / days > MOST_PERIODS:
        raise HTTPException(422, f"this is more than {MOST_PERIODS} periods; ask for less time, or per week or month")
    lines: list[Summary] = list(matching(parts.now, asked, parts.label))
    if not asked.services:
        lines = [line for line in lines if line.key in parts.refs and parts.refs[line.key].service]
    found = deployments(lines)
    return Measures(
        environments=sorted(asked.environments),
        services=sorted(asked.services),
        per=per,
        total=measure(found, begin, end),
        periods=periods(found, begin, end, per),
    )
