"""A plan in a few lines, the worst first."""

from collections.abc import Iterator, Sequence

from generator.apply.plan import Planned
from generator.preview.summary import SMALL

_COUNTED = {"follows": "following", "gone": "to delete"}
_NOT_ASKED = "nothing in stacks/ asks for it any more"


def ranked(planned: Sequence[Planned]) -> list[Planned]:
    """Plans that need the most attention first. Otherwise in the order of deployment."""
    return sorted(planned, key=lambda p: -p.rank)


def sentences(planned: Sequence[Planned]) -> Iterator[str]:
    """The plan in a few lines: counts and cost, then the worst of each changed stack, the worst first."""
    kinds = ("changed", "made", "gone", "follows", "blocked", "unchanged")
    counts = {_COUNTED.get(kind, kind): sum(p.kind == kind for p in planned) for kind in kinds}
    money = _more([p for p in planned if p.reading is not None])
    yield ", ".join([f"{count} {kind}" for kind, count in counts.items() if count] + money) or "no stacks"
    for p in ranked(planned):
        if p.kind == "gone":
            level = [p.reading.meaning.level, p.reading.meaning.sentence] if p.reading is not None else []
            yield f"{p.stack.key}: {': '.join(['is emptied and deleted', *level])}; {p.why or _NOT_ASKED}"
        elif p.reading is not None:
            image = f"brings {p.brings}" if p.brings else ""
            said = "; ".join(filter(None, [image, p.reading.meaning.sentence, ", ".join(_more([p])), p.why]))
            yield f"{p.stack.key}: {p.reading.meaning.level}: {said}"
        elif p.kind == "blocked":
            yield f"{p.stack.key}: blocked: {p.why}"
        elif p.kind == "follows":
            yield f"{p.stack.key}: follows: {p.why}"
        elif p.kind == "made":
            yield f"{p.stack.key}: is created, {p.resources} resources" + (f"; {p.why}" if p.why else "")


def _more(planned: Sequence[Planned]) -> list[str]:
    """How a typical month's cost of these stacks changes, as a list. Empty if it does not change."""
    costs = [p.reading.shown.cost for p in planned if p.reading is not None and p.reading.shown.cost is not None]
    more = sum(cost.more for cost in costs)
    unknown = sum(len(cost.unknown) for cost in costs)
    found = [f"{more:+,.2f} USD a month"] if abs(more) > SMALL else []
    return found + ([f"{unknown} of unknown cost"] if unknown else [])
