"""Checks for what makes the first deployment into an account fail, before anything is created."""

from collections.abc import Callable, Iterator
from typing import Any

from generator.apply.account_rehearsal import people, policies, rights, templates
from generator.apply.administrator import Administrator
from generator.apply.former_roles import former_roles
from generator.apply.prerequisites import administrator_stack, administrators_stacks
from generator.apply.session_names import session_checks
from generator.catalog.stack_spec import home_environment
from generator.release.errors import Denied, ReleaseError
from generator.release.model.release import Check
from generator.wiring.built_platform import BuiltPlatform
from templates.params.account import PermissionsParams

_ISSUER = "token.actions.githubusercontent.com"
# Service-linked roles that a first service, load balancer or scaling policy needs (IAM User Guide: services with
# service-linked roles); the execution role may not make them.
_LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}
_ADDRESSES = "L-0263D0A3"  # Service Quotas: EC2-VPC Elastic IPs
_LAMBDA_KEPT = 100  # Lambda leaves so many executions unreserved in any case


def checks(platform: BuiltPlatform, admin: Administrator, account: str, *, validate: bool = True) -> Iterator[Check]:
    """Every check of an account with its result. A check that could not be carried out has failed.

    ``validate`` also lets Access Analyzer read every policy, which takes a call for each.
    """
    region = next(env.region for env in platform.config.environments.values() if env.account == account)

    def calls(service: str) -> Any:
        return platform.tools.calls(service, account, region)

    looks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("credentials", lambda: _credentials(calls, account)),
        ("GitHub's provider", lambda: _provider(platform, admin, calls, account)),
        ("service-linked roles", lambda: _linked(calls)),
        ("addresses", lambda: _addresses(platform, calls, account)),
        ("Lambda concurrency", lambda: _lambda(platform, calls, account)),
        ("roles", lambda: _roles(platform, calls, account)),
        ("leftovers", lambda: _leftovers(platform, admin, calls, account)),
        *_rehearsal(platform, calls, account, validate=validate),
    )
    for name, look in looks:
        try:
            found = look()
        except ReleaseError as error:
            # Without credentials nothing else can be known.
            if name == "credentials" and isinstance(error, Denied):
                yield Check(name=name, result="failed", text=str(error))
                return
            # What nobody could look at may fail later: it is no reason to start.
            yield Check(name=name, result="failed", text=f"could not be checked: {error}")
            continue
        yield found
        if found.name == "credentials" and found.result == "failed":
            return
    if home_environment(platform.config).account != account:
        return
    # People send to the queue from home's account, so the roles of their sessions are there.
    try:
        yield from session_checks(platform.config.platform.people, calls("iam"))
    except ReleaseError as error:
        yield Check(name="people", result="failed", text=f"could not be checked: {error}")


def _rehearsal(
    platform: BuiltPlatform, calls: Callable[[str], Any], account: str, *, validate: bool
) -> Iterator[tuple[str, Callable[[], Check]]]:
    """What AWS simulates and validates; only AWS itself does that, and only for a caller with limits."""
    from generator.wiring.adapters import partition

    if not platform.tools.simulates:
        return
    stacks = [administrator_stack(platform, key) for key in administrators_stacks(platform.config, [account])]
    home = home_environment(platform.config)
    if home.account == account:
        yield "you", lambda: people(platform, calls)
    yield "your rights", lambda: rights(calls, platform.config.platform.name, account, partition(home.region))
    yield "templates", lambda: templates(calls, stacks)
    if validate:
        yield "policies", lambda: policies(calls, stacks)


def _credentials(calls: Callable[[str], Any], account: str) -> Check:
    me = calls("sts")("get_caller_identity")
    if me["Account"] != account:
        text = f"these credentials belong to account {me['Account']}; sign in to {account} and try again"
        return Check(name="credentials", result="failed", text=text)
    return Check(name="credentials", result="passed", text=str(me["Arn"]))


def _provider(platform: BuiltPlatform, admin: Administrator, calls: Callable[[str], Any], account: str) -> Check:
    """An account can have one provider for an issuer. A second one makes the stack fail."""
    name = "GitHub's provider"
    rows = calls("iam")("list_open_id_connect_providers")["OpenIDConnectProviderList"]
    there = any(row["Arn"].endswith(f"/{_ISSUER}") for row in rows)
    ours = admin.exists(administrator_stack(platform, f"{account}/foundation"))
    keeps = platform.config.platform.github.oidc_provider == "existing"
    if there and not ours and not keeps:
        text = "the account already has one; write `github: { oidc_provider: existing }` in platform.yaml"
        return Check(name=name, result="failed", text=text)
    if keeps and not there:
        text = "platform.yaml says that it exists, but it does not; remove `oidc_provider: existing`"
        return Check(name=name, result="failed", text=text)
    return Check(name=name, result="passed")


def _linked(calls: Callable[[str], Any]) -> Check:
    name = "service-linked roles"
    rows = calls("iam").pages("list_roles", "Roles", token="Marker", PathPrefix="/aws-service-role/")  # noqa: S106
    there = {row["RoleName"] for row in rows}
    missing = [service for service, role in _LINKED.items() if role not in there]
    if missing:
        commands = "; ".join(f"aws iam create-service-linked-role --aws-service-name {s}" for s in missing)
        return Check(
            name=name,
            result="warning",
            text=f"missing, and their creation may take a while; create them with: {commands}",
        )
    return Check(name=name, result="passed")


def _addresses(platform: BuiltPlatform, calls: Callable[[str], Any], account: str) -> Check:
    """A NAT gateway needs a public address, and an account has five in each Region."""
    name = "addresses"
    here = [env for env in platform.config.environments.values() if env.account == account]
    needed = sum({"none": 0, "one": 1}.get(env.network.nat, env.network.zones) for env in here)
    if not needed:
        return Check(name=name, result="passed")
    used = len(calls("ec2")("describe_addresses")["Addresses"])
    quota = int(calls("service-quotas")("get_service_quota", ServiceCode="ec2", QuotaCode=_ADDRESSES)["Quota"]["Value"])
    if used + needed > quota and not used:
        text = (
            f"{needed} are needed and {quota} are allowed; request more: aws service-quotas "
            "request-service-quota-increase"
        )
        return Check(name=name, result="failed", text=text)
    if used + needed > quota:
        return Check(name=name, result="warning", text=f"{used} of {quota} are used, and a new network needs {needed}")
    return Check(name=name, result="passed", text=f"{used} of {quota} are used, and {needed} more are needed")


def _lambda(platform: BuiltPlatform, calls: Callable[[str], Any], account: str) -> Check:
    """A new account may have ten concurrent executions, and a function can't reserve any of the last hundred."""
    name = "Lambda concurrency"
    reserved = sum(
        spec.concurrency
        for env, functions in platform.config.functions.items()
        if platform.config.environments[env].account == account
        for spec in functions.values()
    )
    limit = int(calls("lambda")("get_account_settings")["AccountLimit"]["ConcurrentExecutions"])
    if reserved and limit - reserved < _LAMBDA_KEPT:
        text = (
            f"the account has {limit} and the functions reserve {reserved}: write `concurrency: 0`, or request "
            "a higher quota"
        )
        return Check(name=name, result="failed", text=text)
    return Check(name=name, result="passed")


def _roles(platform: BuiltPlatform, calls: Callable[[str], Any], account: str) -> Check:
    """Roles of an earlier version have a path that all environments share, until an update replaces them."""
    name = "roles"
    params = [spec.params for spec in platform.specs.values() if spec.group == account]
    own = [p for p in params if isinstance(p, PermissionsParams) and p.name == p.environment]
    kept = {p.name: found for p in own if (found := former_roles(calls("iam"), p))}
    if kept:
        told = "; ".join(f"{len(found)} of {env}: slipway apply {env}" for env, found in sorted(kept.items()))
        text = f"roles of an earlier version are still there ({told}); then run bootstrap again"
        return Check(name=name, result="warning", text=text)
    return Check(name=name, result="passed")


def _leftovers(platform: BuiltPlatform, admin: Administrator, calls: Callable[[str], Any], account: str) -> Check:
    """Resources of an earlier home, which are never deleted, prevent the creation of a new one."""
    name = "leftovers"
    for key in administrators_stacks(platform.config, [account]):
        found = admin.stack(administrator_stack(platform, key))
        if found is not None and found.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}:
            text = (
                f"{found.name} is {found.status}; delete it: aws cloudformation delete-stack --stack-name {found.name}"
            )
            return Check(name=name, result="failed", text=text)
    home = f"{platform.config.platform.name}-home-"
    if "home/home" in administrators_stacks(platform.config, [account]) and not admin.exists(
        administrator_stack(platform, "home/home")
    ):
        buckets = [row["Name"] for row in calls("s3")("list_buckets")["Buckets"] if row["Name"].startswith(home)]
        if buckets:
            text = f"{', '.join(buckets)} exist without their stack; import them, or empty and delete them first"
            return Check(name=name, result="failed", text=text)
    return Check(name=name, result="passed")
