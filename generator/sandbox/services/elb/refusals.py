"""What Elastic Load Balancing refuses: what is not there, what is used, and what clashes.

Source: Elastic Load Balancing API Reference 2015-12-01, the errors of each operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.server.errors import AwsError
from generator.sandbox.server.shapes import client
from generator.sandbox.services.request_checks import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.sandbox.server.wire import Request


_LONGEST = 32


def groups_in(node: Any) -> Iterator[str]:
    """The ARNs of the target groups that actions name, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "TargetGroupArn":
                yield str(value)
            else:
                yield from groups_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from groups_in(item)


def _short(what: str, name: str) -> None:
    """CreateTargetGroup and CreateLoadBalancer, Name: 32 characters at most."""
    if len(name) > _LONGEST:
        raise AwsError("ValidationError", f"{what} name '{name}' cannot be longer than '{_LONGEST}' characters")


@refusal("elasticloadbalancing", "CreateLoadBalancer")
def impossible_balancer(request: Request, params: dict[str, Any]) -> None:
    """A name has a limit; an application load balancer needs subnets in two zones, and a way out if it faces the internet."""
    _short("The load balancer", params["Name"])
    subnets = params.get("Subnets") or [item.get("SubnetId") for item in params.get("SubnetMappings", ())]
    found = {item["SubnetId"]: item for item in client(request, "ec2").describe_subnets()["Subnets"]}
    for subnet in subnets:
        if subnet not in found:
            raise AwsError("SubnetNotFound", f"The subnet ID '{subnet}' does not exist")
    zones = {found[subnet]["AvailabilityZone"] for subnet in subnets}
    if params.get("Type", "application") == "application" and len(zones) < 2:
        raise AwsError("ValidationError", "At least two subnets in two different Availability Zones must be specified")
    if params.get("Scheme", "internet-facing") == "internet-facing":
        vpc = found[subnets[0]]["VpcId"]
        gateways = client(request, "ec2").describe_internet_gateways()["InternetGateways"]
        if not any(item["VpcId"] == vpc for gateway in gateways for item in gateway["Attachments"]):
            raise AwsError("InvalidSubnet", f"VPC {vpc} has no internet gateway")


@refusal("elasticloadbalancing", "DeleteLoadBalancer")
def protected_balancer(request: Request, params: dict[str, Any]) -> None:
    """Deletion protection holds."""
    arn, service = params["LoadBalancerArn"], client(request, "elbv2")
    if not any(item["LoadBalancerArn"] == arn for item in service.describe_load_balancers()["LoadBalancers"]):
        return
    attributes = service.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    if {"Key": "deletion_protection.enabled", "Value": "true"} in attributes:
        raise AwsError(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )


@refusal("elasticloadbalancing", "CreateTargetGroup", alone=False)
def impossible_group(request: Request, params: dict[str, Any]) -> None:
    """A name has a limit, and a target group needs a VPC that is there."""
    _short("Target group", params["Name"])
    vpcs = [item["VpcId"] for item in client(request, "ec2").describe_vpcs()["Vpcs"]]
    if "VpcId" in params and params["VpcId"] not in vpcs:
        raise AwsError("ValidationError", f"The VPC ID '{params['VpcId']}' is not found")


@refusal("elasticloadbalancing", "DeleteTargetGroup")
def used_group(request: Request, params: dict[str, Any]) -> None:
    """A target group stays while a listener or a rule names it."""
    service, arn = client(request, "elbv2"), params["TargetGroupArn"]
    for balancer in service.describe_load_balancers()["LoadBalancers"]:
        for listener in service.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            rules = service.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            if arn in groups_in([listener, rules]):
                text = f"Target group '{arn}' is currently in use by a listener or a rule"
                raise AwsError("ResourceInUse", text)


def _present(request: Request, actions: list[dict[str, Any]]) -> None:
    live = {item["TargetGroupArn"] for item in client(request, "elbv2").describe_target_groups()["TargetGroups"]}
    if not set(groups_in(actions)) <= live:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")


@refusal("elasticloadbalancing", "CreateListener")
def impossible_listener(request: Request, params: dict[str, Any]) -> None:
    """A port is listened on once, HTTPS needs a certificate, and the target groups are there.

    The certificate is not looked for: configurations name some by ARN that no stack makes.
    """
    balancer = params["LoadBalancerArn"]
    listeners = client(request, "elbv2").describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    if any(item["Port"] == params.get("Port") for item in listeners):
        text = f"A listener already exists on this port for this load balancer '{balancer}'"
        raise AwsError("DuplicateListener", text)
    if params.get("Protocol") == "HTTPS" and not params.get("Certificates"):
        raise AwsError("ValidationError", "A certificate must be specified for HTTPS listeners")
    _present(request, params.get("DefaultActions", []))


@refusal("elasticloadbalancing", "CreateRule")
def clashing_rule(request: Request, params: dict[str, Any]) -> None:
    """A priority is given once, and the target groups are there."""
    rules = client(request, "elbv2").describe_rules(ListenerArn=params["ListenerArn"])["Rules"]
    if any(rule["Priority"] == str(params["Priority"]) for rule in rules):
        raise AwsError("PriorityInUse", f"Priority '{params['Priority']}' is currently in use")
    _present(request, params.get("Actions", []))


@refusal("elasticloadbalancing", "SetRulePriorities")
def taken_priorities(request: Request, params: dict[str, Any]) -> None:
    """Rules that the call does not name keep their priorities, and theirs can't be given."""
    wanted = {row["RuleArn"]: str(row["Priority"]) for row in params.get("RulePriorities", ())}
    service = client(request, "elbv2")
    for listener in {_listener(arn) for arn in wanted}:
        for rule in service.describe_rules(ListenerArn=listener)["Rules"]:
            if rule["RuleArn"] not in wanted and rule["Priority"] in wanted.values():
                raise AwsError("PriorityInUse", f"Priority '{rule['Priority']}' is currently in use")


def _listener(rule: str) -> str:
    """The ARN of the listener of a rule: `...:listener-rule/app/NAME/LB/LISTENER/RULE`."""
    return rule.rpartition("/")[0].replace(":listener-rule/", ":listener/")
