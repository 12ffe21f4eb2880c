"""What a Region lacks, by the resource schemas that AWS publishes for each, and the partitions that are not supported.

``build`` leaves out what nobody asked for and says so, and refuses what somebody asked for.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path as File

from generator.config.model import Environment
from generator.config.problems import Parts, Path, Problem

DATA = File(__file__).parents[1] / "data" / "regions.json"
BUDGET = "AWS::Budgets::Budget"
# Partitions whose service principals, endpoint names and services differ, and where no template here was ever read
# against their data (Amazon Web Services in China: Endpoints and ARNs).
_REFUSED = {"cn-": "China", "us-iso": "AWS's isolated Regions", "eu-iso": "AWS's isolated Regions"}  # fmt: skip


@cache
def _lacking() -> dict[str, list[str]]:
    """Type to the Regions that lack it: written by ``python -m tests.aws_tables`` from cfn-lint's resource schemas."""
    rows: dict[str, list[str]] = json.loads(DATA.read_bytes())["rows"]
    return rows


def lacks(kind: str, region: str) -> bool:
    """Whether CloudFormation has no resource type ``kind`` in a Region."""
    return region in _lacking().get(kind, ())


def check(parts: Parts) -> Iterator[Problem]:
    """Yield environments in partitions that are not supported, and what they ask for that their Region lacks."""
    for name, env in parts.environments.items():
        place = next((place for start, place in _REFUSED.items() if env.region.startswith(start)), "")
        if place:
            problem = f"{env.region} is in {place}, whose principals and endpoint names Slipway does not write"
            fix = "write a Region of the partition aws or aws-us-gov"
            yield Problem("environment", name, (("region",),), problem, fix)
        else:
            for path, kind in _asked(env):
                if lacks(kind, env.region):
                    problem = f"needs {kind}, which CloudFormation does not have in {env.region}"
                    yield Problem(
                        "environment", name, (path, ("region",)), problem, "remove it, or write another Region"
                    )


def _asked(env: Environment) -> Iterator[tuple[Path, str]]:
    """What an environment asks for that not every Region has: the key, and a type that it takes."""
    if env.chaos is not None:
        yield ("chaos",), "AWS::FIS::ExperimentTemplate"
    if env.edge.cdn is not None:
        yield ("edge", "cdn"), "AWS::CloudFront::OriginAccessControl"
    if env.sites:
        yield ("sites",), "AWS::CloudFront::Function"
    if env.edge.accelerator:
        yield ("edge", "accelerator"), "AWS::GlobalAccelerator::Accelerator"
