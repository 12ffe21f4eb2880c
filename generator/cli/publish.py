"""``slipway publish``: create a version from a commit: its templates, images by digest, and code. For use in CI."""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli import release_command, sample, service_publication, site_option
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.release.model.version import Base, Code, Commit, Image, Version
    from generator.wiring.built_platform import BuiltPlatform

EXAMPLES = [
    "slipway publish --image app=333333333333.dkr.ecr.eu-west-1.amazonaws.com/slipway/app@sha256:DIGEST",
    'slipway publish --image app=URI@sha256:DIGEST --code resize=resize.zip --commit "$GITHUB_SHA"',
    "slipway publish --image app=URI@sha256:DIGEST --base app=base.json   # what its Dockerfile's FROM was",
    "slipway publish --site web=app/frontend/dist   # the files of a static site",
    "slipway publish --alone --image shop=URI@sha256:DIGEST   # in the repository of one service",
    "slipway publish --sandbox --sample crashes --service app   # a version that fails, to see what happens",
]
DOCUMENTS = ("version",)
_URI = re.compile(r"(?P<uri>[a-z0-9.-]+(:\d+)?/[a-z0-9._/-]+)@sha256:[0-9a-f]{64}")
_INSPECT = "docker buildx imagetools inspect BASE --format '{{json .}}'"
_MOST_CODE = 50 * 1024 * 1024  # bytes; what Lambda takes of a zip (Lambda Developer Guide: quotas)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="SERVICE=URI@sha256:…",
        help="an image that was pushed; may be repeated",
    )
    parser.add_argument(
        "--base", action="append", default=[], metavar="SERVICE=FILE",
        help=f"the base image of an image: a file with the output of {_INSPECT}; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--code",
        action="append",
        default=[],
        metavar="FUNCTION=FILE",
        help="the zip file of a function; may be repeated",
    )
    site_option.arguments(parser)
    service_publication.arguments(parser)
    for name, about in (
        ("commit", "40 hexadecimal digits (default: git's HEAD)"),
        ("branch", "the branch of the commit (default: git's)"),
        ("subject", "the first line of the commit message (default: git's)"),
        ("author", "the author of the commit (default: git's)"),
    ):
        parser.add_argument(f"--{name}", metavar=name.upper(), help=about)
    sample.arguments(parser)
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to build into (default: build)")
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if published (a repetition does no harm), 1 if the commit was published with other content."""
    if args.alone:
        return service_publication.publish(args, out)
    return release_command.run_with_application(args, out, lambda application: publish(application, args, out))


def publish(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Build, compose the version and store it."""
    from generator.wiring.built_platform import build_platform

    sample.check(args)
    platform = build_platform(application, Path(args.out))
    version = sample.published(application, platform, args) or _built(application, platform, args, out)
    if out.json:
        from generator.cli.documents.release_documents import VersionDocument

        out.data(VersionDocument(version=version))
    else:
        images = ", ".join(sorted(version.images)) or "no images"
        out.text(f"published {version.id} ({version.commit.subject}): {len(version.stacks)} templates, {images}")
        services = sorted(version.images)
        if services:
            out.progress(f"Next: {application.command_line(f'deploy {args.service or services[0]} ENV')}")
    return 0


def _built(application: Application, platform: "BuiltPlatform", args: argparse.Namespace, out: Output) -> "Version":
    from generator.build.publish import Parts, create_version
    from generator.cli.carried_parts import carried
    from generator.release.policy_changes import document
    from generator.wiring.built_platform import amis

    commit = commit_of(args)
    names = {spec.scope.service or spec.stack for spec in platform.specs.values()}
    before = carried(application.versions, commit.id, application.facts.default_branch, names, out.progress)
    parts = Parts(
        before.images | _images(application, args.image, _bases(application, args.base)),
        before.code | _codes(platform, args.code),
        amis(platform),
        document(application.facts),
        builder(os.environ),
        before.sites | site_option.published(platform, args.site),
    )
    made = create_version(platform.result, platform.bodies, commit, parts, application.clock())
    version: Version = platform.tools.publisher.publish(made.version, made.bodies)
    return version


def builder(environ: "Mapping[str, str]") -> str:
    """The address of the workflow run that publishes (GitHub Docs: default environment variables). "" outside of one."""
    server, repository, run = (environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    return f"{server}/{repository}/actions/runs/{run}" if run else ""


def _bases(application: Application, given: list[str]) -> "dict[str, Base]":
    from generator.preview import base_images

    known = _architectures(application)
    found: dict[str, Base] = {}
    for text in given:
        service, _, file = text.partition("=")
        _known(service, list(known), "--base", text)
        path = Path(file)
        if not path.is_file() or path.stat().st_size > base_images.MOST:
            raise UsageError(
                f"--base {text}: {file or 'the file'} is not a file of at most 1 MiB; create it with: {_INSPECT} > FILE"
            )
        try:
            found[service] = base_images.parse_inspect_output(path.read_bytes(), known[service], application.clock())
        except ValueError as error:
            raise UsageError(f"--base {text}: {error}; write {_INSPECT} > {file}") from error
    return found


def _architectures(application: Application) -> dict[str, str]:
    """What has an image, with what that must be built for."""
    rows = application.facts.stacks.values()
    return {f.ref.service: f.architecture for f in rows if f.ref.service and f.architecture}


def _images(application: Application, given: list[str], from_bases: "dict[str, Base]") -> "dict[str, Image]":
    from generator.release.model.version import Image

    known = _architectures(application)
    found: dict[str, Image] = {}
    for text in given:
        service, _, uri = text.partition("=")
        _known(service, list(known), "--image", text)
        if not _URI.fullmatch(uri):
            raise UsageError(f"--image {text}: an image needs its digest; write {service}=REPOSITORY@sha256:DIGEST")
        found[service] = Image(uri=uri, architecture=known[service], base=from_bases.get(service))
    lonely = sorted(set(from_bases) - set(found))
    if lonely:
        raise UsageError(
            f"--base {lonely[0]}=…: its image is not published; write --image {lonely[0]}=URI@sha256:DIGEST too"
        )
    return found


def _codes(platform: "BuiltPlatform", given: list[str]) -> "dict[str, Code]":
    from templates.params.function import FunctionParams

    functions = [spec.scope.service for spec in platform.specs.values() if isinstance(spec.params, FunctionParams)]
    found: dict[str, Code] = {}
    for text in given:
        name, _, file = text.partition("=")
        _known(name, functions, "--code", text)
        path = Path(file)
        if not path.is_file() or path.stat().st_size > _MOST_CODE:
            raise UsageError(
                f"--code {text}: {file or 'the file'} is not a file of at most 50 MiB; write FUNCTION=FILE.zip"
            )
        found[name] = platform.tools.publisher.code(path.read_bytes())
    return found


def _known(name: str, names: list[str], option: str, text: str) -> None:
    from generator.catalog.stack_names import unknown

    if name not in names:
        raise UsageError(f"{option} {text}: {unknown('service or function', name, sorted(set(names)))}")


def commit_of(args: argparse.Namespace) -> "Commit":
    """The commit that is published, as the options or git say.

    Raises:
        UsageError: there is neither, or the id is not whole.
    """
    from generator.build.publish import git_commit
    from generator.release.model.version import Commit

    if args.commit and args.branch:
        commit = Commit(id=args.commit, branch=args.branch)
    else:
        commit = git_commit(Path(args.stacks).resolve().parent)
    if not re.fullmatch(r"[0-9a-f]{40}", args.commit or commit.id):
        raise UsageError(f"--commit {args.commit}: write all 40 hexadecimal digits of the commit")
    from msgspec.structs import replace

    given = {"id": args.commit, "branch": args.branch, "subject": args.subject, "author": args.author}
    return replace(commit, **{name: value for name, value in given.items() if value})
