"""The looked-up half of a reading. A lookup that fails becomes a sentence, never an exception."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from generator.preview.access import access_check_sentences
from generator.preview.change_context import ChangeContext
from generator.preview.cost_change import cost_change
from generator.preview.drift import drift_rows
from generator.preview.iam.gains import gains
from generator.preview.image_change import image_diff
from generator.preview.lookups import Sources
from generator.preview.risk.effects import effects
from generator.preview.rollout_estimate import expected_duration
from generator.release.model.change import ChangeSet
from generator.release.model.preview import ImageDiff, Meaning, Shown

_Found = TypeVar("_Found")


def shown(  # noqa: PLR0913 - the sides of a change, and what is known beside them
    change_set: ChangeSet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    sources: Sources,
    *,
    region: str,
    before_parameters: Mapping[str, str] = {},
    meaning: Meaning | None = None,
    environment: Mapping[str, Mapping[str, Any]] = {},
) -> Shown:
    """Look up what can be looked up.

    Args:
        change_set: as it was described.
        before: the template that the stack has; None for a new stack.
        after: the template that the change set carries.
        sources: the ports; each may be None, and may fail.
        region: where the stack stands.
        before_parameters: the stack's present parameters, as far as they are known.
        meaning: of the same change set, if it was computed already.
        environment: templates of the environment's other stacks, for prices that depend on them.
    """
    context = ChangeContext(change_set, before, after, region=region, before_parameters=before_parameters)
    rows = meaning.effects if meaning is not None else effects(context)
    missing: list[str] = []

    def attempt(what: str, look: Callable[[], _Found], otherwise: _Found) -> _Found:
        try:
            return look()
        except Exception as error:  # noqa: BLE001 - whatever a look-up raises, people still get the reading
            missing.append(f"{what}: {error or type(error).__name__}")
            return otherwise

    durations, access, prices = sources.durations, sources.access, sources.prices
    nothing: tuple[str, ...] = ()
    never: Sequence[float] = ()
    no_image: tuple[ImageDiff | None, list[str]] = (None, [])
    last = never
    if durations is not None:
        usual = "how long the last releases took is not known"
        last = attempt(usual, lambda: durations.last(change_set.stack_name), never)
    time = attempt("how long it takes is not known", lambda: expected_duration(context, rows, last), None)
    money = None
    if prices is not None:
        money = attempt("the cost is not known", lambda: cost_change(context, prices, time, environment), None)
    else:
        missing.append("the cost is not known: there is no price table")
    by_hand = _drift(context, sources, attempt)
    look = "images could not be compared"
    image, without = attempt(look, lambda: image_diff(context, sources, before_parameters), no_image)
    agreed = nothing
    if access is not None:
        gained = meaning.gains if meaning is not None else gains(context)
        agreed = attempt(
            "Access Analyzer could not be asked",
            lambda: tuple(access_check_sentences(context, gained, access)),
            nothing,
        )
    return Shown(
        cost=money,
        drift=by_hand,
        image=image,
        expected=time,
        checked=agreed,
        unavailable=tuple(dict.fromkeys([*missing, *without])),
    )


def _drift(context: ChangeContext, sources: Sources, attempt: Callable[[str, Callable[[], Any], Any], Any]) -> Any:
    """Drift, with the people who caused it if the trail can be read."""
    drift, trail = sources.drift, sources.trail
    if drift is None or context.is_new:
        return ()
    found = attempt("drift is not known", lambda: list(drift.differences(context.change_set.stack_id)), [])
    nobody = tuple(drift_rows(context, found, None))
    return attempt(
        "who changed it outside of CloudFormation is not known",
        lambda: tuple(drift_rows(context, found, trail)),
        nobody,
    )
