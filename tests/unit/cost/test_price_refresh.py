"""Prices are taken over from the AWS Price List, and never guessed."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from generator.aws.price_list import PriceList, PriceListError
from generator.cli.cost import refresh
from generator.cli.output import Output
from generator.cost.offers import QUERIES, Query, offer, query
from generator.cost.price_refresh import refreshed, to_text
from generator.cost.price_table import TABLE, Table, load
from generator.errors import UsageError


def product(usage: str, *tiers: tuple[float, float], **attributes: str) -> dict[str, Any]:
    dimensions = {
        str(i): {"beginRange": str(start), "pricePerUnit": {"USD": f"{usd:.10f}"}}
        for i, (start, usd) in enumerate(tiers)
    }
    term = {"effectiveDate": "2026-11-01T00:00:00Z", "priceDimensions": dimensions}
    return {"product": {"attributes": {"usagetype": usage, **attributes}}, "terms": {"OnDemand": {"x": term}}}


OFFERS: list[tuple[str, Query, list[Any], float | None]] = [
    ("one", Query("S", "NatGateway-Hours"), [product("EU-NatGateway-Hours", (0, 0.05))], 0.05),
    ("without a prefix", Query("S", "NatGateway-Hours"), [product("NatGateway-Hours", (0, 0.05))], 0.05),
    ("a Region's name", Query("S", "KMS-Keys"), [product("eu-west-1-KMS-Keys", (0, 1.0))], 1.0),
    ("another usage", Query("S", "GB-Hours"), [product("EU-Fargate-ARM-GB-Hours", (0, 0.05))], None),
    ("the first tier that costs", Query("S", "Requests"), [product("Requests", (0, 0.0), (100, 0.4), (900, 0.1))], 0.4),
    ("by the million", Query("S", "Request", {}, 1e6), [product("Request", (0, 2e-07))], 0.2),
    ("the same twice", Query("S", "A"), [product("A", (0, 1)), product("EU-A", (0, 1))], 1.0),
    ("two that differ", Query("S", "A"), [product("A", (0, 1)), product("EU-A", (0, 2))], None),
    ("an attribute", Query("S", "A", {"operation": "x"}), [product("A", (0, 1), operation="y"), product("A", (0, 3), operation="x")], 3.0),
    ("nothing", Query("S", "A"), [], None),
    ("free", Query("S", "A"), [product("A", (0, 0))], None),
    ("nonsense", Query("S", "A"), [{"product": {"attributes": {"usagetype": "A"}}, "terms": {"OnDemand": {"x": {"priceDimensions": {"y": {"pricePerUnit": {"CNY": "1"}}}}}}}], None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "products", "usd"), OFFERS, ids=[row[0] for row in OFFERS])
def test_which_price_is_taken(name: str, asked: Query, products: list[Any], usd: float | None) -> None:
    """Exactly one price fits, or none is taken."""
    del name
    found = offer(asked, products)
    assert (found.usd if found else None) == usd


def test_a_refresh_takes_over_and_keeps() -> None:
    """What the list says is new, verified and dated; what it does not say stays as it was, and is named."""

    def products(service: str, attributes: Any) -> list[Any]:
        return (
            [product("EU-NatGateway-Hours", (0, 0.06))]
            if service == "AmazonEC2" and attributes == {"regionCode": "eu-west-1"}
            else []
        )

    table = load()
    found = refreshed(table, products, today="2026-12-01")
    assert found.table.date == "2026-12-01"
    assert [(row.region, row.name, row.after) for row in found.changes] == [("eu-west-1", "nat_hour", 0.06)]
    price = found.table.regions["eu-west-1"]["nat_hour"]
    assert price.verified
    assert found.table.sources[price.source].date == "2026-11-01"
    assert "kms_key" in found.not_listed
    assert found.table.regions["us-east-1"] == table.regions["us-east-1"]
    assert set(found.table.sources) == {p.source for prices in found.table.regions.values() for p in prices.values()}


def test_every_question_is_about_a_price_of_the_table() -> None:
    """No query is for a name that no rule uses, and sizes of instances are asked by their name."""
    names = set(load().regions["eu-west-1"])
    assert set(QUERIES) <= names
    sized = query("rds:db.t4g.micro")
    assert sized is not None
    assert sized.attributes["instanceType"] == "db.t4g.micro"
    assert query("fargate_spot_share") is None


def test_the_file_reads_back() -> None:
    """The written table is the table."""
    import msgspec

    table = load()
    assert msgspec.json.decode(to_text(table).encode(), type=Table) == table


def test_the_command_writes_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`slipway cost --refresh` says what moved, and writes the file that estimates read."""
    path = tmp_path / "prices.json"
    path.write_bytes(TABLE.read_bytes())
    refresh(
        lambda service, _: [product("NatGateway-Hours", (0, 0.07))] if service == "AmazonEC2" else [],
        Output(),
        path,
        today="2026-12-01",
    )
    assert "us-east-1 nat_hour: 0.045 becomes 0.07 USD" in capsys.readouterr().err
    assert load(path).regions["us-east-1"]["nat_hour"].usd == 0.07
    with pytest.raises(UsageError, match="can't be written"):
        refresh(lambda *_: [], Output(), _directory(tmp_path), today="2026-12-01")


def _directory(tmp_path: Path) -> Path:
    """A file below a folder that went away after it was read."""
    folder = tmp_path / "gone"
    folder.mkdir()
    path = folder / "prices.json"
    path.write_bytes(TABLE.read_bytes())
    load(path)
    path.unlink()
    folder.rmdir()
    return path


def test_the_list_is_read_page_by_page_and_once() -> None:
    """Every page is followed, an answer serves all prices that share its question, and a refusal is one clear error."""
    pricing = botocore.session.Session().create_client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - a word
    )
    asked = {
        "ServiceCode": "AmazonEC2",
        "FormatVersion": "aws_v1",
        "Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "eu-west-1"}],
    }
    with Stubber(pricing) as stub:
        stub.add_response("get_products", {"PriceList": [json.dumps({"a": 1})], "NextToken": "2"}, asked)
        stub.add_response("get_products", {"PriceList": [json.dumps({"a": 2})]}, asked | {"NextToken": "2"})
        products = PriceList(pricing)
        assert products("AmazonEC2", {"regionCode": "eu-west-1"}) == [{"a": 1}, {"a": 2}]
        assert products("AmazonEC2", {"regionCode": "eu-west-1"}) == [{"a": 1}, {"a": 2}]
        stub.add_client_error(
            "get_products", "AccessDeniedException", "no", expected_params=asked | {"ServiceCode": "AWSELB"}
        )
        with pytest.raises(PriceListError, match="pricing:GetProducts"):
            products("AWSELB", {"regionCode": "eu-west-1"})
