"""The option ``--site`` of ``slipway publish``: the files of a static site."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import UsageError

if TYPE_CHECKING:
    from generator.release.model.version import SiteFiles
    from generator.wiring.built_platform import BuiltPlatform


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the option."""
    parser.add_argument(
        "--site",
        action="append",
        default=[],
        metavar="SITE=DIR",
        help="the files of a static site, in the folder that a build tool wrote; may be repeated",
    )


def published(platform: "BuiltPlatform", given: list[str]) -> "dict[str, SiteFiles]":
    """Store the files that ``--site`` names, by site.

    Raises:
        UsageError: there is no such site, or its folder can't be published.
    """
    from generator.build.site_folder import read_site
    from generator.catalog.stack_names import unknown

    sites = {name: site for env in platform.config.environments.values() for name, site in env.sites.items()}
    found: dict[str, SiteFiles] = {}
    for text in given:
        name, _, folder = text.partition("=")
        if not sites:
            raise UsageError(f"--site {text}: no environment has sites; write them under `sites:` of an environment")
        if name not in sites:
            raise UsageError(f"--site {text}: {unknown('site', name, sorted(sites))}")
        files = read_site(Path(folder), sites[name].hashed)
        found[name] = platform.tools.publisher.site(name, files)
    return found
