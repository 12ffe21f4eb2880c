"""What `slipway cost` prints."""

import io
from argparse import Namespace
from pathlib import Path

import pytest

from generator.cli import cost
from generator.cli.output import Output
from generator.errors import UsageError
from tests.json_documents import checked

ROOT = Path(__file__).parents[3]


def printed(env: str | None, *, stacks: str = "stacks", summary: bool = False, as_json: bool = False) -> str:
    """Standard output of one run."""
    stdout = io.StringIO()
    args = Namespace(env=env, summary=summary, refresh=False, stacks=str(ROOT / stacks), argv=[])
    assert cost.run(args, Output(json=as_json, stdout=stdout, stderr=io.StringIO())) == 0
    return stdout.getvalue()


def test_people_see_stacks_resources_and_the_total() -> None:
    """Every stack that costs, its resources below it, and one total."""
    lines = printed("dev").splitlines()
    assert any(line.startswith("network ") for line in lines)
    assert any("NatGatewayA (EC2 NatGateway)" in line and "35.04" in line for line in lines)
    (total,) = [line for line in lines if line.startswith("total")]
    assert len(total.split()) == 4


def test_the_summary_leaves_resources_out() -> None:
    """Stacks and the total alone."""
    text = printed("dev", summary=True)
    assert "network" in text
    assert "NatGatewayA" not in text


def test_the_date_of_the_prices_and_guesses_are_shown() -> None:
    """Readers learn how old the prices are and which of them nobody looked up."""
    text = printed("dev")
    assert "prices of 20" in text
    assert "docs/cost.md" in text
    assert "* a price that was not looked up" in text


def test_scripts_get_json() -> None:
    """The same figures for programs: totals, stacks, resources, unknowns, and the date of the prices."""
    (document,) = checked(printed("prod", as_json=True))["estimates"]
    assert document["group"] == "prod"
    assert document["currency"] == "USD"
    assert document["prices_of"] >= "2026-11-23"
    network = document["stacks"]["network"]
    assert sum(r["cost"]["typical"] for r in network["resources"]) == pytest.approx(network["cost"]["typical"])
    assert sum(s["cost"]["typical"] for s in document["stacks"].values()) == pytest.approx(document["total"]["typical"])


def test_without_a_name_everything_is_added_up() -> None:
    """Environments, home and accounts, a line each."""
    text = printed(None)
    for group in ("home", "dev", "staging", "prod", "111111111111", "total"):
        assert group in text
    estimates = checked(printed(None, as_json=True))["estimates"]
    assert {estimate["group"] for estimate in estimates} >= {"home", "dev", "staging", "prod"}


def test_unknown_costs_and_borrowed_prices_are_named() -> None:
    """What is not in the total, and Regions that the table lacks, stand below the table."""
    text = printed("main", stacks="tests/stacks/full")
    assert "not in the total: cluster Cluster: Container Insights" in text
    text = printed("bare", stacks="tests/stacks/full")
    assert "bare: there are no prices for ap-southeast-2, so those of us-east-1 are used" in text
    assert "resources whose cost is not known" in printed(None, stacks="tests/stacks/full")


def test_a_wrong_name_lists_the_right_ones() -> None:
    """A typo ends with what to write instead."""
    with pytest.raises(UsageError, match=r"choose one of .*prod"):
        printed("prdo")
