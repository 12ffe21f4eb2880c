"""What tasks can reach: without NAT there is no way out but the VPC endpoints; and names that reach too far."""

from collections.abc import Iterator
from itertools import permutations

from generator.config.model import Environment
from generator.config.problems import Parts, Problem
from templates.params.service import ServiceSpec

# What Fargate itself calls to start a task in a subnet without internet access (Amazon ECR User Guide, "Amazon ECR
# interface VPC endpoints": image layers come from S3), and CloudWatch Logs for what it prints.
TO_START = ("ecr.api", "ecr.dkr", "logs")
# AWS Certificate Manager API Reference, RequestCertificate: the first domain name has at most 64 octets.
MAX_DOMAIN = 64
# One policy says which role goes with which stacks, and takes 6,144 characters (IAM User Guide: IAM and STS quotas).
MAX_ENVIRONMENTS = 16


def check(parts: Parts) -> Iterator[Problem]:
    """Yield environments whose tasks could not start, bots that could not reach Slack, and names that overlap."""
    for name, env in parts.environments.items():
        if env.network.nat == "none":
            yield from _closed(parts, name, env)
        if env.certificate_arn is None and len(env.domain) > MAX_DOMAIN:
            problem = f"has {len(env.domain)} characters, and a certificate takes {MAX_DOMAIN}"
            yield Problem("environment", name, (("domain",),), problem, "write a shorter one, or certificate_arn")
    for shorter, longer in permutations(parts.environments, 2):
        same = parts.environments[shorter].account == parts.environments[longer].account
        if same and longer.startswith(f"{shorter}-"):
            problem = f"begins with {shorter}-, and permissions in an account depend on the start of names"
            yield Problem(
                "environment", longer, ((),), problem, "rename the file so that neither begins with the other"
            )
    yield from _crowded(parts)


def _crowded(parts: Parts) -> Iterator[Problem]:
    """Yield the first environment of an account that is one too many."""
    found: dict[str, list[str]] = {}
    for name, env in parts.environments.items():
        found.setdefault(env.account, []).append(name)
    for account, names in found.items():
        if len(names) > MAX_ENVIRONMENTS:
            problem = (
                f"{len(names)} environments are in {account}, and the policies of an account take {MAX_ENVIRONMENTS}"
            )
            yield Problem(
                "environment", names[MAX_ENVIRONMENTS], (("account",),), problem, "give some of them another account"
            )


def _closed(parts: Parts, name: str, env: Environment) -> Iterator[Problem]:
    if parts.platform is not None and parts.platform.bot.environment == name:
        problem = "gives the bot no network path to Slack"
        yield Problem(
            "environment", name, (("network", "nat"),), problem, ("write one, or move the bot to another environment")
        )
    services = [
        spec
        for workload in parts.workloads
        if workload.kind == "service" and isinstance(spec := workload.variants.get(name), ServiceSpec)
    ]
    if not services:
        return
    interface = set(TO_START)
    gateway = {"s3"}
    if any(s.secrets or s.uses.database for s in services):
        interface.add("secretsmanager")
    if any(s.uses.tables for s in services):
        gateway.add("dynamodb")
    endpoints = env.network.endpoints
    for kind, expected, there in (
        ("interface", interface, endpoints.interface),
        ("gateway", gateway, endpoints.gateway),
    ):
        missing = sorted(expected - set(there))
        if missing:
            problem = f"none gives tasks no network path to {', '.join(missing)}"
            fix = f"add {'them' if len(missing) > 1 else 'it'} to network.endpoints.{kind}, or write one"
            yield Problem("environment", name, (("network", "nat"),), problem, fix)
