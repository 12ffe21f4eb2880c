"""The audit chain, cost and drift."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from board.controllers.parts import Asked, TheParts, TheVisitor
from board.controllers.releases import visible_release
from board.models.records import Audit, Costs, Drift
from board.services import records
from board.services.release_search import matching

router = APIRouter(prefix="/api", tags=["records"])
_PAGE, _DAYS = 100, 30
_NOT_RECORDED = (
    "the worker verifies the chains of a day once their heads are posted, and has recorded none yet; "
    "run: slipway audit verify"
)


@router.get("/audit")
def audit(
    parts: TheParts,
    visitor: TheVisitor,
    chain: Annotated[
        str, Query(pattern=r"^((release|env)/[a-z0-9-]{1,80})?$", description="release/ID or env/NAME; or none")
    ] = "",
    before: Annotated[int, Query(ge=0, le=99_999_999, description="The cursor of the page before.")] = 0,
) -> Audit:
    """One audit chain, that of a release or of the locks of an environment, newest entry first; and the last days' heads."""
    kind, _, name = chain.partition("/")
    signed = visible_release(parts, visitor, name).sealed if kind == "release" else None
    if kind == "env" and not parts.visibility.sees(visitor, name):
        raise HTTPException(404, f"there is no environment {name}; see /api/session for yours")
    if parts.log is None:
        raise HTTPException(503, parts.off()[0].why)
    entries = parts.log.entries(chain, before, _PAGE) if chain else []
    verified = parts.log.verification()
    return Audit(
        chain=chain,
        entries=[records.audit_entry(entry) for entry in entries],
        cursor=entries[-1].number if len(entries) == _PAGE and entries[-1].number > 1 else None,
        signed=signed,
        days=[records.audit_day(day) for day in parts.log.days(_DAYS)],
        verification=records.verification(verified) if verified is not None else None,
        why="" if verified is not None else _NOT_RECORDED,
    )


@router.get("/costs")
def costs(parts: TheParts, asked: Asked) -> Costs:
    """What a typical month costs by stack, over time: as each release's preview priced it."""
    return records.costs(matching(parts.now, asked, parts.label), parts.label)


@router.get("/drift")
def drift(parts: TheParts, asked: Asked) -> Drift:
    """What was changed by hand: as the worker finds it each day, and as each stack's last release found it."""
    recorded = parts.log.drift() if parts.log is not None else []
    seen = [record for record in recorded if record.environment in asked.environments]
    return records.drift(seen, matching(parts.now, asked, parts.label), parts.label)
