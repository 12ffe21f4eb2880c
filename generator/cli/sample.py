"""The options ``--sample`` and ``--service`` of ``slipway publish``: a version of sample images, for the sandbox."""

import argparse
from typing import TYPE_CHECKING

from generator.cli import release_command, site_option
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.release.model.version import Version
    from generator.wiring.built_platform import BuiltPlatform


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--sample", metavar="KIND", help="with --sandbox: push a sample image that is or does this: good, better, "
        "slow, crashes, unhealthy, errors, leaks",
    )  # fmt: skip
    parser.add_argument("--service", metavar="SERVICE", help="the service that --sample is for (default: all)")


def check(args: argparse.Namespace) -> None:
    """Refuse ``--sample`` without ``--sandbox``.

    Raises:
        UsageError: that is so.
    """
    instead = "push an image and name it with --image"
    release_command.in_sandbox_alone(args, "--sample", given=bool(args.sample), instead=instead)


def published(application: Application, platform: "BuiltPlatform", args: argparse.Namespace) -> "Version | None":
    """Publish the checkout with sample images. None if images were named, or in AWS.

    Raises:
        UsageError: there is no such sample or service.
    """
    if not args.sandbox or args.image or args.base:
        return None
    from generator.catalog.stack_names import unknown
    from generator.sandbox.samples import SAMPLES
    from generator.wiring import sandbox_preparation

    sample = args.sample or "good"
    if sample not in SAMPLES:
        raise UsageError(unknown("sample", sample, list(SAMPLES)))
    rows = application.facts.stacks.values()
    services = sorted({f.ref.service for f in rows if f.ref.service and not f.ref.stack.startswith("site-")})
    if args.service and args.service not in services:
        raise UsageError(unknown("service", args.service, services))
    chosen = [args.service] if args.service else services
    unchanged = {
        name: image for name, image in sandbox_preparation.running_images(application).items() if name not in chosen
    }
    verb = sample if sample in {"crashes", "leaks"} else f"is {sample}"
    subject = args.subject or f"A sample that {verb}"
    sites = sandbox_preparation.running_sites(application) | site_option.published(platform, args.site)
    return sandbox_preparation.publish(application, platform, dict.fromkeys(chosen, sample), subject, unchanged, sites)
