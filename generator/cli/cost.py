"""``slipway cost [ENV]``: what an environment costs a month, resource by resource."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli.output import Output
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.cost.estimate import estimate
from generator.cost.model import Estimate, Line, Range
from generator.cost.price_table import TABLE, Table, load
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.cli.documents.platform_documents import CostEstimate, PricedResource
    from generator.cost.price_refresh import Products

EXAMPLES = [
    "slipway cost prod            # stack by stack, resource by resource",
    "slipway cost prod --summary  # stacks alone",
    "slipway cost                 # every environment, home and the accounts",
    "slipway cost prod --json",
    "slipway cost --refresh       # take the prices over from the AWS Price List (needs credentials)",
]
DOCUMENTS = ("cost",)
HEAD = ("min", "typical", "max")
SMALL = 0.005  # less than half a cent is not shown


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", nargs="?", metavar="ENV", help="an environment, `home`, or an account id (default: all)")
    parser.add_argument("--summary", action="store_true", help="show the stacks without their resources")
    parser.add_argument("--refresh", action="store_true", help="update the prices from the AWS Price List first")


def run(args: argparse.Namespace, out: Output) -> int:
    """Estimate and print."""
    config = read_configuration(Path(args.stacks))
    if args.refresh:
        from generator.aws.price_list import PriceList, PriceListError, client

        try:
            refresh(PriceList(client()), out, TABLE, today=datetime.now(UTC).date().isoformat())
        except PriceListError as error:
            out.error(f"the prices were not updated: {error}")
            return 1
    table = load()
    found = [estimate(group, region, stacks, table) for group, region, stacks in templates(config, args.env)]
    if out.json:
        from generator.cli.documents.platform_documents import CostDocument

        out.data(CostDocument(estimates=tuple(_estimate(e) for e in found)))
    elif args.env:
        _print(found[0], table, out, summary=args.summary)
    else:
        _overview(found, table, out)
    return 0


def refresh(products: "Products", out: Output, path: Path, *, today: str) -> None:
    """Write the price table again and print what changed.

    Raises:
        UsageError: the file can't be written.
    """
    from generator.cost.price_refresh import refreshed, to_text

    found = refreshed(load(path), products, today=today)
    for row in found.changes:
        out.progress(f"{row.region} {row.name}: {row.before:g} becomes {row.after:g} USD")
    out.progress(
        f"{len(found.not_listed)} prices could not be read from the list and were not updated: {', '.join(found.not_listed)}"
    )
    try:
        path.write_text(to_text(found.table))
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}; run the command in your own checkout") from error
    load.cache_clear()


def templates(config: Configuration, chosen: str | None) -> list[tuple[str, str, dict[str, Any]]]:
    """``(group, Region, stack name to template)`` for one group or for all.

    Raises:
        UsageError: there is no such group.
    """
    from generator.build.json_encoder import to_plain
    from generator.catalog.stacks import StackSpec, stacks

    groups: dict[str, list[StackSpec]] = {}
    for spec in stacks(config):
        groups.setdefault(spec.group, []).append(spec)
    if chosen is not None and chosen not in groups:
        raise UsageError(f"there is no environment or account {chosen}; choose one of {', '.join(groups)}")
    return [
        (group, specs[0].scope.region, {spec.stack: to_plain(spec.template()) for spec in specs})
        for group, specs in groups.items()
        if chosen in (None, group)
    ]


def _money(r: Range) -> list[str]:
    return [f"{value:,.2f}" for value in (r.min, r.typical, r.max)]


def _print(e: Estimate, table: Table, out: Output, *, summary: bool) -> None:
    rows: list[list[str]] = []
    for stack, cost in e.stacks().items():
        rows.append([stack, "", *_money(cost)])
        if not summary:
            rows += [_row(line) for line in e.lines if line.stack == stack and line.cost.max >= SMALL]
    rows.append(["total", "", *_money(e.total)])
    head = ["stack and resource", "", *HEAD]
    out.table(head, rows, right=frozenset({2, 3, 4}), title=f"{e.group}, USD a month")
    for unknown in e.unknown:
        out.text(f"not in the total: {unknown.stack} {unknown.resource}: {unknown.why}")
    _footer([e], table, out)


def _row(line: Line) -> list[str]:
    mark = "" if line.verified else " *"
    kind = line.type.removeprefix("AWS::").replace("::", " ")
    return [f"  {line.resource} ({kind})", f"{line.what}{mark}".strip(), *_money(line.cost)]


def _overview(found: list[Estimate], table: Table, out: Output) -> None:
    rows = [[e.group, e.region, *_money(e.total)] for e in found]
    total = sum((e.total for e in found), Range(0.0, 0.0, 0.0))
    out.table(
        ["", "Region", *HEAD], [*rows, ["total", "", *_money(total)]], right=frozenset({2, 3, 4}), title="USD a month"
    )
    count = sum(len(e.unknown) for e in found)
    if count:
        out.text(f"not in the totals: {count} resources whose cost is not known; `slipway cost ENV` names them")
    _footer(found, table, out)


def _footer(found: list[Estimate], table: Table, out: Output) -> None:
    out.text(f"prices of {table.date}, without tax; docs/cost.md says what min, typical and max mean")
    for e in found:
        if e.priced_as != e.region:
            out.text(
                f"{e.group}: there are no prices for {e.region}, so those of {e.priced_as} are used; prices of "
                "Regions differ by up to 30 %"
            )
    if any(not line.verified for e in found for line in e.lines):
        out.text("* a price that was not looked up: see `verified` in generator/cost/prices.json")


def _estimate(e: Estimate) -> "CostEstimate":
    from generator.cli.documents.platform_documents import CostEstimate, PricedStack

    return CostEstimate(
        group=e.group,
        region=e.region,
        priced_as=e.priced_as,
        prices_of=e.date,
        currency="USD",
        total=e.total,
        stacks={
            stack: PricedStack(cost=cost, resources=tuple(_entry(line) for line in e.lines if line.stack == stack))
            for stack, cost in e.stacks().items()
        },
        unknown=e.unknown,
    )


def _entry(line: Line) -> "PricedResource":
    from generator.cli.documents.platform_documents import PricedResource

    return PricedResource(
        resource=line.resource, type=line.type, what=line.what, cost=line.cost, verified=line.verified
    )
