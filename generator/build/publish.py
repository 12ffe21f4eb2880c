"""From a build to a version: what CI publishes, and what the sandbox publishes from its checkout."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from generator.build.build import Build, build
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.release.digests import canonical, hex_digest, template_digest
from generator.release.model.version import Body, Code, Commit, Image, SiteFiles, Version

BODIES = "versions/bodies"
POLICY = "policy"  # its name among the bodies, where every stack has a slash


class VersionWithBodies(NamedTuple):
    """A version and the bytes of its templates, by stack, and of its policy."""

    version: Version
    bodies: dict[str, bytes]


class Parts(NamedTuple):
    """The contents of a version besides the templates: images by service, code by function, AMIs by stack, files by site, release policy.

    ``policy`` is :func:`generator.release.policy_changes.document`, ``builder`` the run of CI that publishes.
    """

    images: Mapping[str, Image] = {}
    code: Mapping[str, Code] = {}
    amis: Mapping[str, str] = {}
    policy: Mapping[str, Any] = {}
    builder: str = ""
    sites: Mapping[str, SiteFiles] = {}


def build_with_bodies(config: Configuration, out: Path) -> tuple[Build, dict[str, bytes]]:
    """Build everything and read it back, by stack.

    Raises:
        BuildError: as :func:`generator.build.build.build`.
    """
    result = build(config, out)
    return result, {s.artifact.key: (out / f"{s.artifact.key}.json").read_bytes() for s in result.stacks}


def create_version(
    result: Build, bodies: Mapping[str, bytes], commit: Commit, parts: Parts, published: float
) -> VersionWithBodies:
    """The version of a commit. Pure."""
    stacks: dict[str, Body] = {}
    for stack in result.stacks:
        artifact = stack.artifact
        stacks[artifact.key] = Body(
            digest=artifact.digest,
            key=f"{BODIES}/{artifact.digest.removeprefix('sha256:')}.json",
            capabilities=artifact.capabilities,
            sources=result.graph.sources(artifact.key),
            released=artifact.interface.released,
        )
    policy: Body | None = None
    if parts.policy:
        content = template_digest(parts.policy)
        policy = Body(digest=content, key=f"{BODIES}/{content.removeprefix('sha256:')}.json")
        bodies = {**bodies, POLICY: canonical(parts.policy)}
    version = Version(
        commit=commit,
        published=published,
        builder=parts.builder,
        policy=policy,
        images=dict(parts.images),
        code=dict(parts.code),
        amis=dict(parts.amis),
        sites=dict(parts.sites),
        stacks=stacks,
        order=result.graph.order,
    )
    return VersionWithBodies(version, dict(bodies))


def content_commit(result: Build, parts: Parts, subject: str, branch: str) -> Commit:
    """A commit id computed from content: 40 digits that are the same for the same content, like git's.

    For what was never committed: the working tree that a sandbox deploys.
    """
    content: dict[str, Any] = {
        "stacks": {s.artifact.key: s.artifact.digest for s in result.stacks},
        "images": {name: [image.uri, msgspec.to_builtins(image.base)] for name, image in parts.images.items()},
        "code": {name: code.digest for name, code in parts.code.items()},
        "amis": dict(parts.amis),
        "subject": subject,
        "policy": parts.policy,
        **({"sites": {name: site.path for name, site in parts.sites.items()}} if parts.sites else {}),
    }
    return Commit(id=hex_digest(content)[:40], branch=branch, subject=subject)


def git_commit(folder: Path) -> Commit:
    """The commit that is checked out.

    Raises:
        UsageError: it is not a checkout, or git is missing.
    """
    asked = ["log", "-1", "--format=%H%n%an%n%ct%n%s"]
    lines = _git(folder, *asked).split("\n", 3)
    branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD").strip()
    commit, author, at, subject = lines
    return Commit(id=commit, branch=branch, subject=subject.strip()[:200], author=author[:100], time=float(at))


def git_subject(folder: Path) -> str:
    """The subject of the commit that is checked out. "" if there is none."""
    try:
        return git_commit(folder).subject
    except UsageError:
        return ""


def _git(folder: Path, *arguments: str) -> str:
    try:
        run = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(
            f"{folder} is not a git checkout with a commit; name the commit with --commit, --branch and --subject"
        ) from error
    return run.stdout
