"""The estimate: lines with the lowest, a typical and the highest cost, and what could not be priced."""

from msgspec import Struct


class Range(Struct, frozen=True):
    """A quantity or a monthly cost in USD: idle, in a typical month, and at full scale."""

    min: float
    typical: float
    max: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.min + other.min, self.typical + other.typical, self.max + other.max)

    def __mul__(self, factor: float) -> "Range":
        return Range(self.min * factor, self.typical * factor, self.max * factor)

    def each(self, other: "Range") -> "Range":
        """The product, place by place: tasks times gigabytes a task."""
        return Range(self.min * other.min, self.typical * other.typical, self.max * other.max)

    def beyond(self, free: float) -> "Range":
        """What is left after a free allowance."""
        return Range(max(0.0, self.min - free), max(0.0, self.typical - free), max(0.0, self.max - free))


ZERO = Range(0.0, 0.0, 0.0)


def steady(value: float) -> Range:
    """A quantity that traffic does not change."""
    return Range(value, value, value)


class Charge(Struct, frozen=True):
    """One reason why a resource costs. ``verified`` is False if any price in it is."""

    what: str
    cost: Range
    verified: bool


class Line(Struct, frozen=True):
    """A resource with its cost a month in USD."""

    stack: str
    resource: str
    type: str
    what: str
    cost: Range
    verified: bool


class Unknown(Struct, frozen=True):
    """A resource whose cost is not known, and why. No total contains it."""

    stack: str
    resource: str
    type: str
    why: str


class Estimate(Struct, frozen=True):
    """One environment, home or account. ``priced_as`` is the Region whose prices were taken, ``date`` the table's."""

    group: str
    region: str
    priced_as: str
    date: str
    lines: tuple[Line, ...]
    unknown: tuple[Unknown, ...]

    @property
    def total(self) -> Range:
        """All lines together, without resources whose cost is unknown."""
        return sum((line.cost for line in self.lines), ZERO)

    def stacks(self) -> dict[str, Range]:
        """Cost by stack, in the order of the lines; stacks that cost nothing are left out."""
        found: dict[str, Range] = {}
        for line in self.lines:
            found[line.stack] = found.get(line.stack, ZERO) + line.cost
        return found
