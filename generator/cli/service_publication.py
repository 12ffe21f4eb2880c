"""``slipway publish --alone``: a service's own repository publishes its image, without ``stacks/``."""

import argparse
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.output import Output
from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.release.model.version import Base

# An image in the registry of home: account, Region, platform and service stand in its address.
_IMAGE = re.compile(
    r"(?P<service>[a-z0-9-]+)=(?P<uri>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/"
    r"(?P<platform>[a-z0-9-]+)/(?P<repository>[a-z0-9-]+)@sha256:[0-9a-f]{64})"
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--alone",
        action="store_true",
        help="in a service's own repository: publish its image on the templates that the platform published last",
    )


def publish(args: argparse.Namespace, out: Output) -> int:
    """Publish the one image that ``--image`` names. Return 0 if published (a repetition does no harm), 1 if AWS or a version refuses.

    Raises:
        UsageError: as :func:`_published`.
    """
    from generator.release.errors import ReleaseError

    try:
        return _published(args, out)
    except ReleaseError as error:
        out.error(str(error))
        return 1


def _published(args: argparse.Namespace, out: Output) -> int:
    """The version, from the one image that is named.

    Raises:
        UsageError: there is not exactly one image in home's registry, or the platform has published nothing yet.
    """
    from generator.aws.objects import Objects
    from generator.aws.service_versions import Published, ServicePublisher, service_version
    from generator.aws.session import Session
    from generator.aws.signing_key import SigningKey
    from generator.aws.versions import S3Versions
    from generator.cli.publish import builder, commit_of
    from generator.release.model.version import Image

    named = _IMAGE.fullmatch(args.image[0]) if len(args.image) == 1 else None
    if named is None or named["service"] != named["repository"] or args.code or args.site:
        raise UsageError(
            "--alone publishes one image of home's registry; write --image "
            "SERVICE=ACCOUNT.dkr.ecr.REGION.amazonaws.com/PLATFORM/SERVICE@sha256:DIGEST"
        )
    service, home = named["service"], f"{named['platform']}-home"
    session = Session(named["region"])
    objects = Objects(session.api("s3"), f"{home}-artifacts-{named['account']}-{named['region']}")
    kms = session.api("kms")
    base = next(S3Versions(objects, SigningKey(kms, f"alias/{home}-versions")).newest(), None)
    if base is None:
        raise UsageError("the platform has not published a version yet; publish its repository first")
    image = Image(uri=named["uri"], base=_base(args.base, service))
    about = Published(commit_of(args), image, builder(os.environ))
    key = SigningKey(kms, f"alias/{home}-versions-{service}")
    version = ServicePublisher(objects, service, key).publish(service_version(base, service, about, time.time()))
    if out.json:
        from generator.cli.documents.release_documents import VersionDocument

        out.data(VersionDocument(version=version))
    else:
        out.text(
            f"published {version.id} ({version.commit.subject}): an image of {service} on the templates of {base.short}"
        )
        out.progress(
            f"Next: slipway deploy {service} ENV, where the platform's stacks/ are, or /deploy {service} ENV in chat"
        )
    return 0


def _base(given: list[str], service: str) -> "Base | None":
    """What ``--base`` says of the base image, if it is given."""
    from generator.preview import base_images

    for text in given:
        name, _, file = text.partition("=")
        path = Path(file)
        if name != service or not path.is_file() or path.stat().st_size > base_images.MOST:
            raise UsageError(f"--base {text}: write {service}=FILE, a file of at most 1 MiB")
        try:
            # The architecture is that of the templates; which of the base's images it was decides nothing here.
            return base_images.parse_inspect_output(path.read_bytes(), "", time.time())
        except ValueError as error:
            raise UsageError(f"--base {text}: {error}") from error
    return None
