"""What makes a first deployment into an account fail, looked at before anything is made.

Every check answers a :class:`Check` that ends with what to do. What we may not look at is a warning, never "passed".
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from generator.aws.calls import Api, Said
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.release import Check

Apis = Callable[[str], Api]
_ISSUER = "token.actions.githubusercontent.com"
# Roles that services make at their first use, but not always when CloudFormation is the first (IAM User Guide:
# Service-linked roles).
_LINKED = {
    "AWSServiceRoleForECS": "ecs.amazonaws.com",
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
    "AWSServiceRoleForApplicationAutoScaling_ECSService": "ecs.application-autoscaling.amazonaws.com",
    "AWSServiceRoleForRDS": "rds.amazonaws.com",
}
_STUCK = {
    "ROLLBACK_COMPLETE": "its creation failed; delete it: aws cloudformation delete-stack --stack-name {}",
    "ROLLBACK_FAILED": "its creation failed and something stayed; delete it: aws cloudformation delete-stack --stack-name {}",
    "DELETE_FAILED": "it could not be deleted; read its events and delete it: aws cloudformation delete-stack --stack-name {}",
    "UPDATE_ROLLBACK_FAILED": "its roll-back is stuck; go on with: aws cloudformation continue-update-rollback --stack-name {}",
}


class Needs(NamedTuple):
    """What is to be made: elastic addresses, networks, reserved Lambda concurrency."""

    addresses: int = 0
    networks: int = 0
    concurrency: int = 0


class Name(NamedTuple):
    """A name of ours that must be free, or belong to one of our stacks."""

    kind: Literal["bucket", "role", "table"]
    name: str


def checks(
    apis: Apis,
    *,
    stacks: Sequence[str],
    names: Sequence[Name] = (),
    needs: Needs | None = None,
    own_provider: bool = True,
) -> list[Check]:
    """All checks in one account and Region.

    Args:
        apis: clients there, with the administrator's rights.
        stacks: names of the stacks that will be made.
        names: fixed names of what they hold.
        needs: what counts against quotas.
        own_provider: whether foundation makes GitHub's identity provider (``oidc_provider: create``).
    """
    needs = needs or Needs()
    rows: list[tuple[str, Callable[[], Iterator[Check]]]] = [
        ("github provider", lambda: _provider(apis("iam"), apis("cloudformation"), own=own_provider)),
        ("service-linked roles", lambda: _linked(apis("iam"))),
        ("addresses", lambda: _addresses(apis, needs.addresses)),
        ("networks", lambda: _networks(apis, needs.networks)),
        ("lambda concurrency", lambda: _concurrency(apis("lambda"), needs.concurrency)),
        ("stacks", lambda: _stacks(apis("cloudformation"), stacks)),
        ("leftovers", lambda: _leftovers(apis, names)),
    ]
    found: list[Check] = []
    for name, ask in rows:
        try:
            found += list(ask())
        except (Denied, Invalid, Unavailable) as error:
            found.append(Check(name=name, result="warning", text=f"could not be looked at: {error}"))
    return found


def make_linked_role(iam: Api, name: str) -> None:
    """Make a service-linked role that :func:`checks` misses; no error if it is there."""
    try:
        iam("create_service_linked_role", AWSServiceName=_LINKED[name])
    except Said as said:
        if said.code != "EntityAlreadyExists" and "has been taken" not in said.message:
            raise


def _provider(iam: Api, cloudformation: Api, *, own: bool) -> Iterator[Check]:
    arns = [row["Arn"] for row in iam("list_open_id_connect_providers").get("OpenIDConnectProviderList", ())]
    there = next((arn for arn in arns if arn.endswith(f"/{_ISSUER}")), "")
    if own and there and not _stack_of(cloudformation, there):
        text = f"{there} is there and no stack's; write oidc_provider: existing under github: in stacks/platform.yaml"
        yield Check(name="github provider", result="failed", text=text)
    elif not own and not there:
        text = "there is none; write oidc_provider: create under github: in stacks/platform.yaml"
        yield Check(name="github provider", result="failed", text=text)
    else:
        yield Check(name="github provider", result="passed")


def _linked(iam: Api) -> Iterator[Check]:
    for name, service in _LINKED.items():
        # By path: GetRole would ask for the very spelling of the name.
        if iam("list_roles", PathPrefix=f"/aws-service-role/{service}/", MaxItems=1)["Roles"]:
            yield Check(name=name, result="passed")
        else:
            text = f"{name} is not there; make it: aws iam create-service-linked-role --aws-service-name {service}"
            yield Check(name=name, result="warning", text=text)


def _addresses(apis: Apis, needed: int) -> Iterator[Check]:
    if needed:
        used = len(apis("ec2")("describe_addresses", Filters=[{"Name": "domain", "Values": ["vpc"]}])["Addresses"])
        yield _room(apis, "elastic IP addresses", ("ec2", "L-0263D0A3"), (used, needed))


def _networks(apis: Apis, needed: int) -> Iterator[Check]:
    if needed:
        yield _room(apis, "VPCs", ("vpc", "L-F678F1CE"), (len(apis("ec2").pages("describe_vpcs", "Vpcs")), needed))


def _room(apis: Apis, what: str, quota: tuple[str, str], counts: tuple[int, int]) -> Check:
    service, code = quota
    used, needed = counts
    limit = apis("service-quotas")("get_service_quota", ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    if used + needed <= limit:
        return Check(name=what, result="passed")
    more = f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code}"
    text = f"{used} of {limit:.0f} are used and {needed} more are needed; ask for more: {more} --desired-value {used + needed}"
    return Check(name=what, result="failed", text=text)


def _concurrency(api: Api, needed: int) -> Iterator[Check]:
    if not needed:
        return
    limit: dict[str, Any] = api("get_account_settings")["AccountLimit"]
    # Lambda keeps 100 for functions that reserve none (Lambda Developer Guide: Reserved concurrency).
    free = int(limit["UnreservedConcurrentExecutions"]) - 100
    if free >= needed:
        yield Check(name="lambda concurrency", result="passed")
    else:
        text = f"{max(0, free)} can be reserved and {needed} are needed; ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384"
        yield Check(name="lambda concurrency", result="failed", text=text)


def _stacks(api: Api, names: Sequence[str]) -> Iterator[Check]:
    for name in names:
        try:
            status = str(api("describe_stacks", StackName=name)["Stacks"][0]["StackStatus"])
        except Said as said:
            if "does not exist" not in said.message:
                raise
            status = ""
        if status in _STUCK:
            yield Check(name=name, result="failed", text=f"the stack is {status}: {_STUCK[status].format(name)}")
        elif status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            yield Check(name=name, result="failed", text=f"the stack is {status}: wait until it is at rest")
        elif status == "REVIEW_IN_PROGRESS":
            text = "the stack waits for a change set that nobody executed; it will be created by this command"
            yield Check(name=name, result="warning", text=text)
        else:
            yield Check(name=name, result="passed")


def _leftovers(apis: Apis, names: Sequence[Name]) -> Iterator[Check]:
    for what in names:
        try:
            match what.kind:
                case "bucket":
                    apis("s3")("head_bucket", Bucket=what.name)
                case "role":
                    apis("iam")("get_role", RoleName=what.name)
                case "table":
                    apis("dynamodb")("describe_table", TableName=what.name)
        except Said as said:
            if said.code not in {
                "404",
                "NoSuchBucket",
                "NoSuchEntity",
                "NoSuchEntityException",
                "ResourceNotFoundException",
            }:
                raise
            yield Check(name=what.name, result="passed")
            continue
        except Denied:
            text = f"the {what.kind} is there and somebody else's; choose another platform name in stacks/platform.yaml"
            yield Check(name=what.name, result="failed", text=text)
            continue
        stack = _stack_of(apis("cloudformation"), what.name)
        if stack:
            yield Check(name=what.name, result="passed", text=f"belongs to {stack}")
        else:
            text = f"the {what.kind} is there and no stack's; look at what it holds, then rename or delete it"
            yield Check(name=what.name, result="failed", text=text)


def _stack_of(cloudformation: Api, physical_id: str) -> str:
    """The stack that a resource belongs to, "" for none."""
    try:
        rows = cloudformation("describe_stack_resources", PhysicalResourceId=physical_id)["StackResources"]
    except Said as said:
        if "does not exist" in said.message:
            return ""
        raise
    return str(rows[0]["StackName"]) if rows else ""
