"""What AWS would certainly refuse of an apply, found before its first release begins."""

from collections.abc import Callable, Iterator, Sequence

from generator.apply.plan import plan
from generator.release.model.version import Version
from generator.wiring.application import Application


def refused_changes(
    application: Application, keys: Sequence[str], version: Version, say: Callable[[str], None]
) -> Iterator[str]:
    """A sentence for each change of these stacks that AWS refuses, by change sets that are never executed.

    Only what the templates settle is known here: a value that another stack of the same apply moves may cause one more,
    which ends the release that brings it before anybody is asked.

    Raises:
        ReleaseError: AWS does not answer, or does not let us.
    """
    bodies = {key: application.versions.body(version.stacks[key].key).encode() for key in keys}
    for planned in plan(application, keys, version.stacks, bodies, say, look_up=False):
        for row in planned.reading.meaning.refused if planned.reading is not None else ():
            fix = f"; {row.fix}" if row.fix else ""
            yield f"{planned.stack.key}: {row.logical_id}: {row.why}{fix}"
