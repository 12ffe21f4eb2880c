"""A configuration that has been built, with the means to create its stacks."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from generator.build.build import Build
from generator.catalog.stack_spec import StackSpec, home_environment
from generator.catalog.stacks import stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.wiring.application import Application, Tools


class BuiltPlatform(NamedTuple):
    """A built configuration and the means to create its stacks; ``bodies`` and ``specs`` are by the stack's key."""

    config: Configuration
    result: Build
    bodies: Mapping[str, bytes]
    specs: Mapping[str, StackSpec]
    tools: Tools


def build_platform(application: Application, out: Path) -> BuiltPlatform:
    """Build the configuration into ``out``.

    Raises:
        BuildError: the configuration can't be built.
        UsageError: the application has no access to AWS.
    """
    from generator.build.publish import build_with_bodies

    result, bodies = build_with_bodies(application.config, out)
    if application.tools is None:
        raise UsageError("this command has no AWS access; use --sandbox, or AWS credentials")
    return BuiltPlatform(
        application.config, result, bodies, {spec.key: spec for spec in stacks(application.config)}, application.tools
    )


def amis(platform: BuiltPlatform) -> dict[str, str]:
    """The newest AMI of each stack with container instances, by AWS's public parameters, which every account may read.

    Raises:
        UsageError: there is none for a Region.
    """
    from generator.build.machine_images import machine_images

    home = home_environment(platform.config).account

    def look_up(region: str, name: str) -> str:
        return str(platform.tools.calls("ssm", home, region)("get_parameter", Name=name)["Parameter"]["Value"])

    released = {s.artifact.key: s.artifact.interface.released for s in platform.result.stacks}
    return machine_images(platform.specs, released, look_up)
