"""Static sites: what CloudFront and DNS need, and names and hosts that belong to one of them only."""

from collections.abc import Iterator

from generator.config.model import Environment
from generator.config.problems import Cause, Parts, Path, Problem
from generator.config.rules.names import COMMANDS, STACKS, malformed


def check(parts: Parts) -> Iterator[Problem]:
    """Yield what a site can't have in its environment, and what two environments say differently of one site."""
    hashed: dict[str, tuple[str, str]] = {}
    for environment, env in parts.environments.items():
        hosts: dict[str, str] = {}
        for name, site in env.sites.items():
            at: Path = ("sites", name)
            for path, problem, fix in (
                *_named(parts, environment, name),
                *_placed(env, site.host),
            ):
                yield Problem("environment", environment, ((*at, *path),), problem, fix)
            if hosts.setdefault(site.host, name) != name:
                problem = f"the site {hosts[site.host]} has the host {site.host} too"
                yield Problem("environment", environment, ((*at, "host"),), problem, "write another host")
            folder, where = hashed.setdefault(name, (site.hashed, environment))
            if folder != site.hashed:
                cause: Cause = ("environment", where, (*at, "hashed"))
                problem = f"is {folder} in {where}, and every environment gets the same files"
                fix = f"write hashed: {folder}, or give the site another name"
                yield Problem("environment", environment, ((*at, "hashed"), at), problem, fix, also=(cause,))


def _named(parts: Parts, environment: str, name: str) -> Iterator[tuple[Path, str, str]]:
    if problem := malformed(name):
        yield (), problem, "write another name"
    elif name in COMMANDS or name in STACKS:
        kind = "a word of the chat commands" if name in COMMANDS else "the name of a stack that environments have"
        yield (), f"{name} is {kind}", f"write another name, for example {name[:12]}-site"
    for workload in parts.workloads:
        if workload.name == name and environment in workload.variants:
            fix = f"write another name, or deploy_to without {environment} in the {workload.kind}'s file"
            yield (), f"a {workload.kind} is called {name} too", fix


def _placed(env: Environment, host: str) -> Iterator[tuple[Path, str, str]]:
    if env.hosted_zone_id is None and env.edge.records:
        yield (
            ("host",),
            "needs a hosted zone for its record",
            "write hosted_zone_id at the top level of the file, or `edge: { records: false }`",
        )
    if not f".{host}".endswith(f".{env.domain}"):
        yield ("host",), f"is not in the domain {env.domain}", f"write a name that ends in {env.domain}"
