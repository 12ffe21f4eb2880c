"""Compute: tasks, instances, functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.cost.model import Charge, Range, steady
from generator.cost.price_table import Unpriced
from generator.cost.template_resources import Context, Resource, number, tasks_of, text


def service(r: Resource, c: Context) -> Iterator[Charge]:
    """An ECS service: its tasks on Fargate and Fargate Spot. Tasks on instances cost with the instances."""
    tasks = tasks_of(r)
    definition = _task_definition(r)
    cpu = number(definition.get("Cpu"), "Cpu") / 1024
    memory = number(definition.get("Memory"), "Memory") / 1024
    arm = definition.get("RuntimePlatform", {}).get("CpuArchitecture") == "ARM64"
    kind = "arm" if arm else "x86"
    strategy = _strategy(r, c)
    spot_share = c.rates.price("fargate_spot_share")
    for provider in ("FARGATE", "FARGATE_SPOT"):
        counts = Range(*(placed(strategy, n)[provider] for n in (tasks.min, tasks.typical, tasks.max)))
        if not counts.max:
            continue
        hours = counts * c.usage.hours
        size = f"{cpu:g} vCPU, {memory:g} GB, {'ARM' if arm else 'x86'}"
        spot = provider == "FARGATE_SPOT"
        charge = c.rates.charge(
            f"{_count(counts)} of {size}{' Spot' if spot else ''}",
            (f"fargate_{kind}_vcpu_hour", hours * cpu),
            (f"fargate_{kind}_gb_hour", hours * memory),
        )
        if spot:
            charge = Charge(charge.what, charge.cost * spot_share.usd, charge.verified and spot_share.verified)
        yield charge


def _count(tasks: Range) -> str:
    low, high = f"{tasks.min:g}", f"{tasks.max:g}"
    return f"{low} task{'' if low == '1' else 's'}" if low == high else f"{low} to {high} tasks"


def _task_definition(r: Resource) -> Mapping[str, Any]:
    named = r.props.get("TaskDefinition")
    if isinstance(named, dict):
        named = named.get("Ref")
    if isinstance(named, str):
        found = r.siblings.get(named.removeprefix("${").removesuffix("}"), {})
        if found.get("Type") == "AWS::ECS::TaskDefinition":
            properties: Mapping[str, Any] = found.get("Properties", {})
            return properties
    raise Unpriced("its task definition is in another template")


def _strategy(r: Resource, c: Context) -> list[tuple[str, float, float]]:
    """``(provider, base, weight)`` of what places the tasks: the service's own, or the cluster's default."""
    if r.props.get("LaunchType") in ("FARGATE", "EC2"):
        return [(r.props["LaunchType"], 0.0, 1.0)]
    entries = r.props.get("CapacityProviderStrategy") or c.strategy
    if not entries:
        return [("FARGATE", 0.0, 1.0)]
    return [
        (
            e["CapacityProvider"] if isinstance(e.get("CapacityProvider"), str) else "instances",
            number(e.get("Base", 0), "Base"),
            number(e.get("Weight", 0), "Weight"),
        )
        for e in entries
    ]


def placed(strategy: list[tuple[str, float, float]], tasks: float) -> dict[str, float]:
    """Tasks by provider: the bases first, the rest by weight. Fractions are averages over time."""
    counts = {"FARGATE": 0.0, "FARGATE_SPOT": 0.0}
    left = tasks
    for provider, base, _ in strategy:
        taken = min(base, left)
        counts[provider] = counts.get(provider, 0.0) + taken
        left -= taken
    weights = sum(weight for _, _, weight in strategy)
    for provider, _, weight in strategy:
        if weights:
            counts[provider] = counts.get(provider, 0.0) + left * weight / weights
    return counts


def group(r: Resource, c: Context) -> Iterator[Charge]:
    """An Auto Scaling group: its instances with 30 GB each, the size of the ECS-optimized image's disk."""
    least, most = number(r.props.get("MinSize"), "MinSize"), number(r.props.get("MaxSize"), "MaxSize")
    count = Range(least, least, most)
    for _, template in r.of("AWS::EC2::LaunchTemplate"):
        kind = text(template.get("LaunchTemplateData", {}).get("InstanceType"), "InstanceType")
        yield c.rates.charge(
            f"{least:g} to {most:g} {kind}",
            (f"ec2:{kind}", count * c.usage.hours),
            ("ebs_gp3_gb", count * 30.0),
        )


def function(r: Resource, c: Context) -> Iterator[Charge]:
    """A Lambda function: requests and the memory's time."""
    memory = number(r.props.get("MemorySize", 128), "MemorySize") / 1024
    kind = "arm" if r.props.get("Architectures") == ["arm64"] else "x86"
    calls = c.usage.function_million
    yield c.rates.charge(
        "requests",
        ("lambda_million", calls),
        (f"lambda_{kind}_gb_second", calls * (1e6 * c.usage.function_seconds * memory)),
    )


def insights(r: Resource, c: Context) -> Iterator[Charge]:
    """Container Insights: metrics whose number depends on what runs."""
    del c
    for setting in r.props.get("ClusterSettings", []):
        if setting.get("Name") == "containerInsights" and setting.get("Value") != "disabled":
            raise Unpriced(f"Container Insights is {setting['Value']}: it costs by the number of metrics")
    yield from ()


def one(name: str, what: str = "") -> Any:
    """A rule for resources that cost a fixed amount each."""

    def rule(r: Resource, c: Context) -> Iterator[Charge]:
        del r
        yield c.rates.charge(what, (name, steady(1)))

    return rule
