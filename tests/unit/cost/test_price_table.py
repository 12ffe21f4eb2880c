"""The price table that estimates rest on."""

from generator.cost.estimate import estimate
from generator.cost.price_table import Price, Source, Table, load


def test_the_price_table_names_a_source_for_every_price() -> None:
    """Each price has a source with an https address; a verified one has a date, or says which copy it comes from."""
    table = load()
    for prices in table.regions.values():
        for name, price in prices.items():
            source = table.sources[price.source]
            assert source.url.startswith("https://"), name
            assert not price.verified or source.date or source.note, name
            assert price.usd > 0, name


def test_both_regions_have_the_same_prices() -> None:
    """A rule that works in one Region works in the other."""
    first, second = load().regions.values()
    assert first.keys() == second.keys()
    assert {n: p.unit for n, p in first.items()} == {n: p.unit for n, p in second.items()}


def test_what_weighs_most_was_looked_up() -> None:
    """NAT, addresses, load balancer and Fargate make most of the bill; their prices are verified in both Regions."""
    for prices in load().regions.values():
        for name in ("nat_hour", "nat_gb", "ipv4_hour", "alb_hour", "lcu_hour", "logs_gb", "alarm",
                     "fargate_arm_vcpu_hour", "fargate_arm_gb_hour", "fargate_x86_vcpu_hour"):  # fmt: skip
            assert prices[name].verified, name


def test_a_table_without_a_price_makes_unknowns_not_errors() -> None:
    """An incomplete table of one's own still gives the rest of the estimate."""
    prices = {"nat_hour": Price(0.05, "hour", "s", verified=True)}
    table = Table("2026-01-01", "USD", "", {"s": Source("https://example.com")}, {"us-east-1": prices})
    found = estimate("dev", "us-east-1", {"s": {"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}}, table)
    assert found.unknown[0].why == "the price table has no kms_key"
