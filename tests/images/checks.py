"""What is held of every image that was built: its files, its configuration, and that it starts as it will in ECS."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.images.isolation import started
from tests.images.recipes import Recipe

SHELLS = ("bash", "dash", "rbash", "sh")
# What creating a user and running under chroot leave behind, beside the additions of an image.
_TRACES = re.compile(r"(etc/(group|passwd|shadow|gshadow|subuid|subgid)-?|etc/\.pwd\.lock|run/.*|proc|sys|dev)")
_UNWANTED = re.compile(
    r"(^|/)(\.git|\.env|\.venv|node_modules|tests?|\.pytest_cache|.*\.lock|pip|npm|.*\.pem|id_rsa)(/|$)"
)
# Test suites that packages carry in their wheels, and Alembic's own `testing`, are theirs.
_PACKAGES = re.compile(r"^opt/[a-z]+/lib/python3[.0-9]*/site-packages/")
_LABELS = ("title", "description", "licenses")
_DEFAULT = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def files(root: Path) -> dict[str, int]:
    """Paths of all files below a folder with their sizes; links count as files."""
    return {
        str(path.relative_to(root)): path.lstat().st_size
        for path in root.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def of_files(recipe: Recipe, found: dict[str, int], base: dict[str, int]) -> Iterator[str]:
    """What is wrong with the files of a prod image, beside those of its base."""
    added = [path for path in found if path not in base and not _TRACES.fullmatch(path)]
    strange = [path for path in added if not path.startswith(tuple(f"{top}/" for top in recipe.additions))]
    if strange:
        yield f"adds files outside of {', '.join(recipe.additions)}: {strange[:5]}"
    unwanted = [path for path in added if _UNWANTED.search(path) and not _PACKAGES.match(path)]
    if unwanted:
        yield f"holds what is no part of the service: {unwanted[:5]}"
    shells = [
        path for path in found if path.rpartition("/")[2] in SHELLS and path.rpartition("/")[0] in {"bin", "usr/bin"}
    ]
    if shells and not recipe.shells:
        yield f"has a shell: {shells}"
    gone = [path for path in base if path not in found and path.rpartition("/")[2] not in SHELLS]
    if [path for path in gone if not _TRACES.fullmatch(path)]:
        yield f"lost files of its base: {gone[:5]}"


def of_configuration(target: str, config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the configuration of an image, as Docker keeps it."""
    user = config.get("User", "")
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", user):
        yield f"runs as {user or 'root'!r}, and not as a numbered user"
    if not config.get("Healthcheck", {}).get("Test"):
        yield "has no health check"
    missing = [name for name in _LABELS if not (config.get("Labels") or {}).get(f"org.opencontainers.image.{name}")]
    if target == "prod" and missing:
        yield f"lacks the labels {missing}"


def of_start(recipe: Recipe, root: Path, config: dict[str, Any]) -> Iterator[str]:
    """What is wrong when a prod image starts with a root that can't be written."""
    kind, *check = config["Healthcheck"]["Test"]
    if kind != "CMD":
        yield "its health check needs a shell"
        return
    spec = {
        "command": [*(config.get("Entrypoint") or []), *config["Cmd"]],
        "check": check,
        "user": config["User"],
        "environ": [_DEFAULT, *(config.get("Env") or []), *recipe.environ],
        "folder": config.get("WorkingDir") or "/",
        # Docker's default where the Dockerfile names none.
        "signal": config.get("StopSignal") or "SIGTERM",
    }
    found = started(root, spec)
    if not found.healthy:
        yield f"its health check never passed; it said:\n{found.output}"
    if found.wrote:
        yield "could write to its root file system"
    if found.code != 0:
        yield f"ended with {found.code} when it was asked to stop; it said:\n{found.output}"
