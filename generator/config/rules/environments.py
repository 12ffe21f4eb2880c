"""One environment in itself: certificate, capacity, data, edge, chaos, tags."""

from collections.abc import Iterator

from generator.config.model import Environment
from generator.config.problems import Parts, Path, Problem
from generator.config.rules.databases import data_problems
from generator.config.rules.subnets import subnet_problems
from templates.params.cluster import Cluster

# Set on every resource by the platform; a tag of the same name would hide who owns what.
OWN_TAGS = frozenset({"platform", "environment", "service", "owner", "cost-center", "Name"})
MAX_TAGS = 40
Found = tuple[tuple[Path, ...], str, str]


def check(parts: Parts) -> Iterator[Problem]:
    """Yield everything that is wrong inside an environment's own file, and with the platform's tags."""
    if parts.platform is not None:
        for path, problem, fix in _tags(parts.platform.tags):
            yield Problem("platform", "platform", (path,), problem, fix)
        yield from _bot(parts)
    for name, env in parts.environments.items():
        for paths, problem, fix in _environment(env):
            yield Problem("environment", name, paths, problem, fix)
        yield from _chaos(parts, name, env)


def _environment(env: Environment) -> Iterator[Found]:
    if env.hosted_zone_id is None and env.certificate_arn is None:
        fix = "write the Route 53 zone that holds `domain`, or certificate_arn of a certificate that is issued already"
        yield (
            (("hosted_zone_id",), ("certificate_arn",)),
            "is missing, and so is certificate_arn: HTTPS needs one of them",
            fix,
        )
    if env.certificate_arn is not None:
        _, _, _, region, account, _ = env.certificate_arn.split(":", 5)
        if region != env.region:
            fix = f"write a certificate of {env.region}"
            yield (
                (("certificate_arn",), ("region",)),
                f"is in {region}, and a load balancer takes certificates of its own Region only",
                fix,
            )
        elif account != env.account:
            fix = f"write a certificate of account {env.account}"
            yield (("certificate_arn",), ("account",)), f"belongs to account {account}", fix
    yield from subnet_problems(env.network)
    yield from _cluster(env.cluster)
    yield from data_problems(env.data)
    for path, problem, fix in _tags(env.tags):
        yield (path,), problem, fix


def _cluster(cluster: Cluster) -> Iterator[Found]:
    ec2 = cluster.ec2
    shares = {"fargate": cluster.fargate, "spot": cluster.spot}
    used = [name for name, share in shares.items() if share is not None and (share.weight or share.base)]
    if ec2 is not None:
        if ec2.min > ec2.max:
            yield (
                (("cluster", "ec2", "min"), ("cluster", "ec2", "max")),
                f"{ec2.min} is above max ({ec2.max})",
                f"write at most {ec2.max}",
            )
        if (ec2.share.weight or ec2.share.base) and used:
            # Amazon ECS Developer Guide, Amazon ECS clusters: Fargate and Auto Scaling group providers can't be mixed.
            fix = f"set the weight of {' and '.join(used)} to 0, or leave `share` out and give services `launch: ec2`"
            yield (
                (("cluster", "ec2", "share"), ("cluster", "fargate")),
                "a cluster's strategy can't mix EC2 with Fargate",
                fix,
            )
    everyone = [s for s in (*shares.values(), ec2.share if ec2 else None) if s is not None]
    if not any(share.weight for share in everyone):
        fix = "write a weight of at least 1 for fargate, or for spot"
        yield (
            (("cluster", "fargate", "weight"), ("cluster", "spot", "weight")),
            "no capacity provider has a weight, so no task would start",
            fix,
        )
    if sum(share.base > 0 for share in everyone) > 1:
        yield (
            (("cluster", "spot", "base"), ("cluster", "fargate", "base")),
            "only one capacity provider may have a base",
            "remove it",
        )


def _tags(tags: dict[str, str]) -> Iterator[tuple[Path, str, str]]:
    for key in sorted(OWN_TAGS & tags.keys()):
        yield ("tags", key), "is set on every resource already", "choose another name, or remove it"
    if len(tags) > MAX_TAGS:
        yield ("tags",), f"has {len(tags)} tags, and AWS takes 50 with Slipway's own", f"write at most {MAX_TAGS}"


def _bot(parts: Parts) -> Iterator[Problem]:
    from generator.config.rules.fargate_sizes import memory_problem

    bot = parts.platform.bot if parts.platform else None
    if bot is not None and (found := memory_problem(bot.cpu, bot.memory)):
        yield Problem("platform", "platform", (("bot", "memory"), ("bot", "cpu")), *found)


def _chaos(parts: Parts, name: str, env: Environment) -> Iterator[Problem]:
    if env.chaos is None:
        return
    at: Path = ("chaos", "experiments")
    specs = [w.variants[name] for w in parts.workloads if w.kind == "service" and name in w.variants]
    if "database-latency" in env.chaos.experiments:
        if env.chaos.agent_image is None:
            yield Problem(
                "environment",
                name,
                (at,),
                "database-latency works through the SSM agent beside each task, and agent_image is missing",
                "add agent_image: public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent@sha256:DIGEST, or remove database-latency",
            )
        if env.data.database is None:
            fix = "add data.database, or remove database-latency"
            yield Problem("environment", name, (at, ("data", "database")), "database-latency needs a database", fix)
        elif not any(spec.uses.database for spec in specs):
            fix = "write `uses: { database: true }` in a service, or remove database-latency"
            yield Problem("environment", name, (at,), "no service here uses the database", fix)
    if not specs and "kill-tasks" in env.chaos.experiments:
        yield Problem(
            "environment", name, (at,), "no service runs here whose tasks could be stopped", "remove the chaos section"
        )
