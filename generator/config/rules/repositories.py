"""Services in repositories of their own: each is a service, and each repository is trusted for what it is named for."""

from collections.abc import Iterator

from generator.config.problems import Cause, Parts, Path, Problem, one_of


def check(parts: Parts) -> Iterator[Problem]:
    """Yield repositories of services that are not there, and the platform's own repository."""
    if parts.platform is None:
        return
    services = [workload.name for workload in parts.workloads if workload.kind == "service"]
    owners: dict[int, str] = {}
    for name, repository in parts.platform.repositories.items():
        path: Path = ("repositories", name)
        first = owners.setdefault(repository.repository_id, name)
        if first != name:
            problem = f"{first} lives in the repository {repository.repository_id} too, and its commits name the versions of one service"
            fix = "write another repository, or build both services in the platform's own"
            yield Problem("platform", "platform", ((*path, "repository_id"),), problem, fix)
        if name not in services:
            fix = one_of(services, name) or "write its file below services/ first"
            yield Problem("platform", "platform", (path,), f"there is no service {name!r}", fix)
        if repository.repository_id == parts.platform.github.repository_id:
            also: tuple[Cause, ...] = (("platform", "platform", ("github", "repository_id")),)
            problem = f"{repository.repository_id} is the platform's own repository, which may push every image already"
            fix = "write the number of the service's repository (gh api repos/OWNER/NAME --jq .id), or remove it"
            yield Problem("platform", "platform", ((*path, "repository_id"),), problem, fix, also=also)
