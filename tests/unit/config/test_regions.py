"""What a Region lacks is left out or refused by ``build``, and a closed load balancer promises no outside checks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build.json_encoder import to_plain
from generator.catalog.region_notes import region_notes
from generator.catalog.stacks import stacks as all_stacks
from generator.config.read import read_configuration
from generator.config.rules.regions import lacks
from tests.aws_tables import OPTIONAL, region_types
from tests.golden import CONFIGURATIONS

Read = Callable[[dict[str, str]], list[str]]
REGIONS = region_types()
SUPPORTED = [region for region in REGIONS if not region.startswith(("cn-", "eusc-"))]


def environment(region: str, more: str = "") -> dict[str, str]:
    """A file of an environment in a Region."""
    zone = "domain: dev.example.com\nhosted_zone_id: Z0111111DEVZONE\n"
    return {"environments/dev.yaml": f'account: "111111111111"\nregion: {region}\n{zone}{more}'}


@pytest.mark.parametrize(
    ("region", "more", "problem"),
    [
        ("eu-west-1", "chaos: {}", ""),
        ("ap-southeast-7", "chaos: {}", "chaos: needs AWS::FIS::ExperimentTemplate, which CloudFormation does not have in ap-southeast-7"),
        ("us-gov-west-1", "edge: {accelerator: true}", "edge.accelerator: needs AWS::GlobalAccelerator::Accelerator"),
        ("us-gov-west-1", "edge: {cdn: {host: a.example.com}}", "edge.cdn: needs AWS::CloudFront::OriginAccessControl"),
        ("us-gov-west-1", "sites: {web: {host: www.dev.example.com, certificate_arn: 'arn:aws-us-gov:acm:us-east-1:111111111111:certificate/0a'}}", "sites: needs AWS::CloudFront::Function"),
        ("us-gov-west-1", "", ""),
        ("cn-north-1", "", "region: cn-north-1 is in China, whose principals and endpoint names Slipway does not write"),
        ("eusc-de-east-1", "", "region: "),
    ],
)  # fmt: skip
def test_what_a_region_lacks_is_refused_where_it_was_asked_for(
    mistakes: Read, region: str, more: str, problem: str
) -> None:
    """One sentence with the type, the Region and what to write."""
    found = mistakes(environment(region, more))
    assert len(found) == bool(problem)
    assert all(problem in line for line in found)


@pytest.mark.parametrize(("region", "left_out"), [("eu-west-1", False), ("eu-north-1", True)])
def test_an_account_gets_no_budget_where_there_are_none(
    stacks: Path, mistakes: Read, region: str, *, left_out: bool
) -> None:
    """Where CloudFormation has no budgets the foundation has none, and ``build`` says so."""
    assert mistakes(environment(region)) == []
    config = read_configuration(stacks)
    foundation = next(s for s in all_stacks(config) if s.key == "111111111111/foundation")
    assert ("Budget" not in to_plain(foundation.template())["Resources"]) is left_out
    assert [f"in {region}" in note for note in region_notes(config)] == [True] * left_out


def test_nobody_has_to_have_a_budget(stacks: Path) -> None:
    """``budget: null`` creates none anywhere, and nothing is said of it."""
    file = stacks / "platform.yaml"
    file.write_text(file.read_text() + "budget: null\n")
    (stacks / "environments" / "dev.yaml").write_text(environment("eu-north-1")["environments/dev.yaml"])
    config = read_configuration(stacks)
    foundations = [s for s in all_stacks(config) if s.stack == "foundation"]
    assert all("Budget" not in to_plain(s.template())["Resources"] for s in foundations)
    assert list(region_notes(config)) == []


@pytest.mark.parametrize("region", SUPPORTED)
def test_every_region_has_what_the_shipped_platform_needs(region: str) -> None:
    """Of all types that templates emit, a Region lacks only those that are left out or refused there."""
    emitted = {
        r["Type"]
        for folder in CONFIGURATIONS.values()
        for spec in all_stacks(read_configuration(folder))
        for r in to_plain(spec.template())["Resources"].values()
    }
    missing = emitted - REGIONS[region]
    assert missing <= set(OPTIONAL)
    assert all(lacks(kind, region) for kind in missing)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("load_balancer: {internal: true}\nedge: {health_check: true}", "edge.health_check: asks from Route 53's health checkers, of which each is in the internet"),
        ("load_balancer: {allow_from: [10.0.0.0/8]}\nedge: {failover: {role: primary, record: www}}", "edge.failover: asks from Route 53's health checkers, of which each is not in load_balancer.allow_from"),
        ("load_balancer: {allow_from: [10.0.0.0/8]}\nedge: {cdn: {host: a.dev.example.com}}", "edge.cdn: asks from CloudFront, which is not in load_balancer.allow_from"),
        ("load_balancer: {allow_from: [10.0.0.0/8]}\nedge: {cdn: {paths: []}}", ""),
        ("load_balancer: {allow_from: [10.0.0.0/8, 0.0.0.0/0]}\nedge: {health_check: true}", ""),
        ("load_balancer: {internal: true}", ""),
    ],
)  # fmt: skip
def test_a_closed_load_balancer_is_not_asked_from_outside(mistakes: Read, more: str, problem: str) -> None:
    """Route 53's checkers and CloudFront would be shut out: the service would count as down, or the pages as missing."""
    found = mistakes(environment("eu-west-1", more))
    assert len(found) == bool(problem)
    assert all(problem in line for line in found)
