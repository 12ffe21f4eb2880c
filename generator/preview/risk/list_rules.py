"""Rules for properties that are lists: added entries affect nothing else, removed and replaced ones may."""

from generator.preview.risk.cited_fact import Fact, PropertyChange, Rule
from generator.preview.risk.value_rules import as_text
from generator.release.model.preview import Effect


def groups(source: str) -> Rule:
    """A rule for security groups, from which packets are allowed by any of the attached groups."""
    going = only_adds("clients that only a removed group allows are cut off", source)

    def rule(edit: PropertyChange) -> Fact:
        fact = going(edit) if callable(going) else going
        if edit.before is not None and edit.before == edit.after:
            why = (
                "it moves to the group that replaces the old one; clients of the old group can't reach it during the "
                "change"
            )
            return Fact("interruption", why, source)
        return fact

    return rule


def only_adds(what: str, source: str, effect: Effect = "unknown") -> Rule:
    """A rule for a list: entries that are added change nothing for others, entries that go do ``what``.

    A list that changes and reads the same on both sides names something that is replaced.
    """

    def rule(edit: PropertyChange) -> Fact:
        old, new = (
            [as_text({"": row}) for row in side] if isinstance(side, list) else None if side is not None else []
            for side in (edit.before, edit.after)
        )
        if old is not None and old == new:
            return Fact(effect, f"what it names is replaced, and it moves to the new one: {what}", source)
        if old is not None and new is not None and not set(old) - set(new):
            return Fact("none", "entries are added only", source)
        return Fact(effect, what, source)

    return rule
