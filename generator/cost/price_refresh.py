"""A newer price table: prices of the AWS Price List, and the old price if the list has none."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from generator.cost.offers import Query, filters, offer, query
from generator.cost.price_table import Price, Source, Table

# Service code and attributes to the products that have them (each a parsed entry of ``PriceList``).
Products = Callable[[str, Mapping[str, str]], Iterable[Any]]
_LIST = "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html"


class PriceChange(NamedTuple):
    """A price that has changed, in dollars."""

    region: str
    name: str
    before: float
    after: float


class Refreshed(NamedTuple):
    """The new table, the prices that changed, and the names that the list does not have: they keep the old price."""

    table: Table
    changes: tuple[PriceChange, ...]
    not_listed: tuple[str, ...]


def refreshed(table: Table, products: Products, *, today: str) -> Refreshed:
    """Ask the list for every price of every Region of the table.

    Args:
        table: the present one.
        products: the port; what it raises is passed on, and nothing is changed then.
        today: ISO date of the new table.
    """
    changes: list[PriceChange] = []
    not_listed: set[str] = set()
    sources = dict(table.sources)
    regions: dict[str, dict[str, Price]] = {}
    for region, prices in table.regions.items():
        regions[region] = {}
        for name, price in prices.items():
            asked = query(name)
            found = offer(asked, products(asked.service, filters(asked, region))) if asked is not None else None
            if asked is None or found is None:
                not_listed.add(name)
                regions[region][name] = price
                continue
            source = _source(asked, region)
            sources[source] = Source(
                _LIST, found.date or today, f"GetProducts {asked.service} {region}, read on {today}"
            )
            regions[region][name] = Price(found.usd, price.unit, source, verified=True)
            if found.usd != price.usd:
                changes.append(PriceChange(region, name, price.usd, found.usd))
    used = {price.source for prices in regions.values() for price in prices.values()}
    kept_sources = {name: source for name, source in sorted(sources.items()) if name in used}
    new = Table(today, table.currency, table.about, kept_sources, regions)
    return Refreshed(new, tuple(sorted(changes)), tuple(sorted(not_listed)))


def _source(asked: Query, region: str) -> str:
    return f"list-{asked.service.lower()}-{region}"


def to_text(table: Table) -> str:
    """The table's file: one line for each source and price, so that a diff shows which prices changed."""
    plain = msgspec.to_builtins(table)

    def rows(values: Mapping[str, Any], indent: int) -> str:
        pad = " " * indent
        return ",\n".join(
            f"{pad}{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()
        )

    regions = ",\n".join(
        f"  {json.dumps(region)}: {{\n{rows(prices, 3)}\n  }}" for region, prices in plain["regions"].items()
    )
    head = "".join(
        f" {json.dumps(key)}: {json.dumps(plain[key], ensure_ascii=False)},\n" for key in ("date", "currency", "about")
    )
    return f'{{\n{head} "sources": {{\n{rows(plain["sources"], 2)}\n }},\n "regions": {{\n{regions}\n }}\n}}\n'
