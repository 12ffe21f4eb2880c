"""The price table ``prices.json``: dated figures with their source, for two Regions."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from generator.cost.model import ZERO, Charge, Range

TABLE = Path(__file__).with_name("prices.json")


class Unpriced(Exception):  # noqa: N818 - nothing went wrong: the table simply has no such price
    """The table has no price of this name."""


class Source(Struct, frozen=True):
    """Where a price was seen, and the date of that state of the page or list; None where that is not known."""

    url: str
    date: str | None = None
    note: str = ""


class Price(Struct, frozen=True):
    """USD for one unit. ``verified`` says whether the figure was seen at its source."""

    usd: float
    unit: str
    source: str
    verified: bool


class Table(Struct, frozen=True):
    """All prices: ``regions[REGION][NAME]``."""

    date: str
    currency: str
    about: str
    sources: dict[str, Source]
    regions: dict[str, dict[str, Price]]

    def region(self, name: str) -> str:
        """The Region to price as: the wanted one if it is in the table, else one of the same continent or us-east-1."""
        if name in self.regions:
            return name
        return "eu-west-1" if name.startswith("eu-") else "us-east-1"


class Rates(Struct, frozen=True):
    """The prices of one Region."""

    prices: dict[str, Price]

    def charge(self, what: str, *parts: tuple[str, Range]) -> Charge:
        """The cost of ``(price name, quantity)`` parts together.

        Raises:
            Unpriced: a name that the table does not have.
        """
        cost, verified = ZERO, True
        for name, quantity in parts:
            price = self.price(name)
            cost += quantity * price.usd
            verified = verified and price.verified
        return Charge(what, cost, verified)

    def price(self, name: str) -> Price:
        """The price of this name.

        Raises:
            Unpriced: there is none.
        """
        try:
            return self.prices[name]
        except KeyError:
            raise Unpriced(f"the price table has no {name.replace(':', ' ')}") from None


@cache
def load(path: Path = TABLE) -> Table:
    """Read the table.

    Raises:
        msgspec.ValidationError: the file is not a price table.
    """
    return msgspec.json.decode(path.read_bytes(), type=Table)
