"""The deterministic half of a reading: what an approval is bound to."""

from collections.abc import Mapping
from typing import Any

import msgspec

from generator.preview.bounds import MEANING, bounded_reading, check_template
from generator.preview.change_context import ChangeContext
from generator.preview.iam.gains import gains
from generator.preview.mutable_inputs import mutable_inputs, secret_gains
from generator.preview.network.exposures import exposures
from generator.preview.risk.effects import effects
from generator.preview.risk.level import risk_level
from generator.preview.risk.sentence import risk_sentence
from generator.release.errors import TooLarge
from generator.release.model.change import ChangeSet
from generator.release.model.preview import Meaning


def meaning(
    change_set: ChangeSet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    *,
    region: str,
    before_parameters: Mapping[str, str] = {},
) -> Meaning:
    """What a change set means. Pure: the same arguments give the same value, whatever the order of rows.

    Args:
        change_set: as it was described.
        before: the template that the stack has, as parsed JSON; None for a new stack.
        after: the template that the change set carries.
        region: where the stack stands.
        before_parameters: the stack's present parameters, as far as they are known. Give them all where they are at
            hand: what is not known of the old side can only be told as something that may change.

    Raises:
        TooLarge: the change goes past a bound of :mod:`generator.preview.bounds`.
    """
    with bounded_reading():
        for template, what in ((before, "the stack's current template"), (after, "the template")):
            check_template(template, what)
        found = _meaning(change_set, before, after, region, before_parameters)
    size = len(msgspec.json.encode(found))
    if size > MEANING:
        raise TooLarge(
            f"the description of its changes has {size:,} bytes, and the release log takes {MEANING:,} at most"
        )
    return found


def _meaning(
    change_set: ChangeSet,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    region: str,
    before_parameters: Mapping[str, str],
) -> Meaning:
    context = ChangeContext(change_set, before, after, region=region, before_parameters=before_parameters)
    rows, gained, exposed = effects(context), (*gains(context), *secret_gains(context)), exposures(context)
    return Meaning(
        level=risk_level(rows, gained, exposed),
        sentence=risk_sentence(rows, gained, exposed),
        effects=rows,
        gains=gained,
        exposures=exposed,
        mutable=mutable_inputs(context),
    )
