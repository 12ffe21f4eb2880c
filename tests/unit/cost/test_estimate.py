"""What the monthly estimate tells."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cli.cost import templates
from generator.config.read import read_configuration
from generator.cost.compute import placed
from generator.cost.estimate import FREE, PRICED, estimate
from generator.cost.model import Estimate, Range, steady
from generator.cost.price_table import load
from generator.cost.usage import Usage

ROOT = Path(__file__).parents[3]
Json = dict[str, Any]
HOURS = 730


def priced(resources: Json, region: str = "eu-west-1", **usage: Any) -> Estimate:
    """The estimate of one stack that holds ``resources``."""
    return estimate("dev", region, {"stack": {"Resources": resources}}, load(), Usage(**usage))


def resource(kind: str, **props: Any) -> Json:
    """A resource as it stands in a template."""
    return {"Type": f"AWS::{kind}", "Properties": props}


def service(tasks: tuple[int, int] = (2, 10), **props: Any) -> Json:
    """A service with its task definition and scaling."""
    return {
        "Task": resource("ECS::TaskDefinition", Cpu="256", Memory="512", RuntimePlatform={"CpuArchitecture": "ARM64"}),
        "Service": resource("ECS::Service", TaskDefinition={"Ref": "Task"}, **props),
        "Scaling": resource(
            "ApplicationAutoScaling::ScalableTarget",
            MinCapacity=tasks[0],
            MaxCapacity=tasks[1],
            ResourceId={"Fn::Sub": "service/${Cluster}/${Service.Name}"},
        ),
    }


def balancer(**props: Any) -> Json:
    """A load balancer."""
    return {"Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Type="application", **props)}


@pytest.mark.parametrize(("environment", "limit"), [("dev", 90), ("prod", 160)])
def test_the_shipped_environments_cost_what_is_promised(environment: str, limit: int) -> None:
    """A typical month of the shipped dev stays under 90 USD and of prod under 160, with everything priced."""
    config = read_configuration(ROOT / "stacks")
    ((group, region, stacks),) = templates(config, environment)
    found = estimate(group, region, stacks, load())
    assert found.unknown == ()
    assert found.total.min <= found.total.typical < limit


def test_every_shipped_resource_type_is_priced_free_or_said() -> None:
    """Nothing in the fullest configuration falls through as a type that no rule knows."""
    config = read_configuration(ROOT / "tests" / "stacks" / "full")
    for group, region, stacks in templates(config, None):
        found = estimate(group, region, stacks, load())
        assert [u for u in found.unknown if u.why == "no rule prices this type"] == []


def test_a_nat_gateway_by_hand() -> None:
    """Two gateways in Ireland: 0.048 USD an hour each, and their shares of the traffic add up to the whole."""
    gateways = {"A": resource("EC2::NatGateway"), "B": resource("EC2::NatGateway")}
    found = priced({**gateways, **service((2, 2))}, nat_gb_per_task=Range(0, 10, 100))
    lines = [line for line in found.lines if line.type == "AWS::EC2::NatGateway"]
    assert sum(line.cost.typical for line in lines) == pytest.approx(2 * HOURS * 0.048 + 2 * 10 * 0.048)
    assert sum(line.cost.min for line in lines) == pytest.approx(2 * HOURS * 0.048)


def test_tasks_by_hand() -> None:
    """Two to ten ARM tasks of a quarter vCPU and half a GB, all on demand."""
    found = priced(service())
    (line,) = found.lines
    hour = 0.25 * 0.03238 + 0.5 * 0.00356
    assert line.cost.typical == line.cost.min == pytest.approx(2 * HOURS * hour)
    assert line.cost.max == pytest.approx(10 * HOURS * hour)
    assert line.what == "2 to 10 tasks of 0.25 vCPU, 0.5 GB, ARM"
    assert line.verified


def test_spot_is_cheaper_and_said_to_be_a_guess() -> None:
    """The price of Spot moves, so a line with Spot in it is never called verified."""
    strategy = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    (on_demand,) = priced(service()).lines
    (spot,) = priced(service(CapacityProviderStrategy=strategy)).lines
    assert spot.cost.typical < on_demand.cost.typical / 2
    assert (on_demand.verified, spot.verified) == (True, False)


def test_the_clusters_strategy_holds_for_services_without_their_own() -> None:
    """The default strategy stands in the cluster's stack, the service in another."""
    provider = resource(
        "ECS::ClusterCapacityProviderAssociations",
        DefaultCapacityProviderStrategy=[
            {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1},
            {"CapacityProvider": "FARGATE_SPOT", "Weight": 3},
        ],
    )
    stacks = {"cluster": {"Resources": {"P": provider}}, "service": {"Resources": service((5, 5))}}
    lines = estimate("dev", "eu-west-1", stacks, load()).lines
    assert [line.what.split(" of ")[0] for line in lines] == ["2 tasks", "3 tasks"]


@given(
    st.lists(st.tuples(st.sampled_from(["FARGATE", "FARGATE_SPOT", "x"]), st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=3),
    st.integers(0, 100),
)  # fmt: skip
def test_every_task_isplaced_once(strategy: list[tuple[str, float, float]], tasks: int) -> None:
    """However bases and weights are set, no task is counted twice or lost."""
    assert sum(placed(strategy, tasks).values()) == pytest.approx(tasks)


def test_a_load_balancer_by_hand() -> None:
    """Hours, one address in each of two zones, capacity units for one request a second and task, 100 GB out free."""
    target = {"LoadBalancers": [{"ContainerName": "app"}]}
    found = priced({**balancer(), **service((4, 4), **target)}, requests_per_second=Range(0, 1, 1))
    costs = {line.what: line.cost for line in found.lines if line.resource == "Balancer"}
    assert costs["hours"] == steady(HOURS * 0.0252)
    assert costs["2 public IPv4 addresses"] == steady(2 * HOURS * 0.005)
    assert costs["capacity units"].typical == pytest.approx(4 / 25 * 0.008 * HOURS)
    out_gb = 4 * 3600 * HOURS * 10 / 1e6
    assert costs["answers to the Internet"].typical == pytest.approx((out_gb - 100) * 0.09)
    assert costs["answers to the Internet"].min == 0


def test_services_without_a_load_balancer_bring_no_traffic() -> None:
    """A worker or a bot takes no requests, so it adds nothing to the load balancer."""
    alone = priced(balancer()).total
    with_worker = [line for line in priced({**balancer(), **service()}).lines if line.resource == "Balancer"]
    assert sum(line.cost.max for line in with_worker) == pytest.approx(alone.max)


def test_an_internal_load_balancer_has_no_public_address() -> None:
    """Nothing is paid for addresses or Internet traffic that do not exist."""
    found = priced(balancer(Scheme="internal"))
    assert {line.what for line in found.lines} == {"hours", "capacity units"}


@pytest.mark.parametrize(
    ("props", "usd"),
    [
        ({"Period": 60}, 0.10),
        ({"Period": 10}, 0.30),
        ({"Metrics": [{"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}, {"Id": "c", "Expression": "a+b"}]}, 0.20),
    ],
)  # fmt: skip
def test_an_alarm_costs_by_the_metrics_that_it_reads(props: Json, usd: float) -> None:
    """An expression over two metrics costs twice, a period under a minute thrice."""
    assert priced({"Alarm": resource("CloudWatch::Alarm", **props)}).total.typical == pytest.approx(usd)


def test_target_tracking_brings_its_own_alarms() -> None:
    """AWS makes two alarms for a target tracking policy, one where it may not scale in; they are on the bill."""
    kind = "ApplicationAutoScaling::ScalingPolicy"
    both = resource(kind, PolicyType="TargetTrackingScaling")
    out = resource(
        kind,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"DisableScaleIn": True},
    )
    step = resource(kind, PolicyType="StepScaling")
    assert [priced({"P": p}).total.typical for p in (both, out, step)] == [0.2, 0.1, 0.0]


def test_multi_az_doubles_a_database() -> None:
    """Both instances and both copies of the storage are paid; storage may grow to its limit."""
    props = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20", "MaxAllocatedStorage": 100}
    one, two = (priced({"Db": resource("RDS::DBInstance", MultiAZ=multi, **props)}).total for multi in (False, True))
    assert one.typical == pytest.approx(0.017 * HOURS + 20 * 0.127)
    assert one.max == pytest.approx(0.017 * HOURS + 100 * 0.127)
    assert two.typical == pytest.approx(2 * one.typical)
    assert two.max == pytest.approx(2 * one.max)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (resource("RDS::DBInstance", DBInstanceClass="db.x9.huge", AllocatedStorage=20), "no rds db.x9.huge"),
        (resource("RDS::DBInstance", DBInstanceClass={"Ref": "Class"}, AllocatedStorage=20), "DBInstanceClass"),
        (resource("Kinesis::Stream"), "no rule"),
        (resource("CloudFront::Distribution"), "1 TB"),
        (
            resource("ECS::Cluster", ClusterSettings=[{"Name": "containerInsights", "Value": "enhanced"}]),
            "number of metrics",
        ),
        (resource("ECS::Service", TaskDefinition={"Ref": "Elsewhere"}), "another template"),
        (resource("ECS::Service", DesiredCount={"Ref": "Count"}), "DesiredCount"),
    ],
)
def test_what_is_not_known_is_said_and_not_zero(found: Json, why: str) -> None:
    """A type, a class or a number without a price stands in the list of unknowns, with the reason."""
    result = priced({"Thing": found})
    assert result.lines == ()
    assert [(u.resource, why in u.why) for u in result.unknown] == [("Thing", True)]


def test_gateway_endpoints_are_free_and_interface_endpoints_cost_in_each_zone() -> None:
    """Three zones cost three times one zone's hours."""
    subnets = {f"S{i}": resource("EC2::Subnet", AvailabilityZone={"Fn::Select": [i, "zones"]}) for i in range(3)}
    gateway = resource("EC2::VPCEndpoint", VpcEndpointType="Gateway")
    interface = resource("EC2::VPCEndpoint", VpcEndpointType="Interface")
    assert priced({"E": gateway}).lines == ()
    (line,) = priced({**subnets, "E": interface}, endpoint_gb=steady(0)).lines
    assert line.cost.typical == pytest.approx(3 * HOURS * 0.011)


def test_dead_letter_queues_are_not_polled() -> None:
    """Only the queue that somebody reads costs."""
    queues = {
        "Work": resource("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}),
        "Dead": resource("SQS::Queue"),
    }
    assert {line.resource for line in priced(queues).lines} == {"Work"}


def test_tasks_log_with_their_traffic() -> None:
    """The log group of a task definition grows with requests; an idle one takes next to nothing."""
    parts = service((1, 1), LoadBalancers=[{}])
    parts["Task"]["Properties"]["ContainerDefinitions"] = [{"LogConfiguration": {"Group": {"Ref": "Logs"}}}]
    found = priced({**parts, "Logs": resource("Logs::LogGroup")})
    (logs,) = [line for line in found.lines if line.resource == "Logs"]
    assert logs.what == "log lines of tasks"
    assert logs.cost.min < 0.05 < logs.cost.typical < logs.cost.max


def test_regions_without_prices_say_whose_were_taken() -> None:
    """Europe is priced as Ireland, the rest as North Virginia, and the estimate says so."""
    assert [priced({}, r).priced_as for r in ("eu-west-1", "eu-central-1", "ap-southeast-2")] == [
        "eu-west-1", "eu-west-1", "us-east-1",
    ]  # fmt: skip


@given(st.integers(0, 20), st.integers(0, 20))
def test_idle_never_costs_more_than_typical_nor_that_more_than_full(least: int, more: int) -> None:
    """Whatever the scaling, min, typical and max are in order, line by line."""
    parts = {**service((least, least + more), LoadBalancers=[{}]), **balancer(), "Nat": resource("EC2::NatGateway")}
    for line in priced(parts).lines:
        assert 0 <= line.cost.min <= line.cost.typical <= line.cost.max


def test_the_total_is_the_sum_of_the_stacks() -> None:
    """Nothing is counted twice or left out between lines, stacks and total."""
    ((group, region, stacks),) = templates(read_configuration(ROOT / "stacks"), "dev")
    found = estimate(group, region, stacks, load())
    assert sum(cost.typical for cost in found.stacks().values()) == pytest.approx(found.total.typical)
    assert sum(line.cost.max for line in found.lines) == pytest.approx(found.total.max)


def test_no_type_is_both_free_and_priced() -> None:
    """The two lists contradict each other nowhere."""
    assert not FREE & set(PRICED)


def test_the_documentation_gives_the_figures_of_the_shipped_platform() -> None:
    """The table in docs/cost.md is what the command says, within 5 %."""
    text = (ROOT / "docs" / "cost.md").read_text()
    rows = re.findall(r"^\| (dev|staging|prod) +\| +(\d+) +\| +(\d+) +\| +(\d+) +\|", text, re.MULTILINE)
    assert [name for name, *_ in rows] == ["dev", "staging", "prod"]
    config = read_configuration(ROOT / "stacks")
    for name, *figures in rows:
        ((group, region, stacks),) = templates(config, name)
        total = estimate(group, region, stacks, load()).total
        assert [float(f) for f in figures] == pytest.approx([total.min, total.typical, total.max], rel=0.05)
