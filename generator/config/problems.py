"""What the cross checks work on, and what they report: values that are valid alone but not together."""

from typing import Any

from msgspec import Struct

from generator.config.model import Configuration, Environment, Platform
from generator.config.sources import Kind
from templates.params.base import Section

Path = tuple[str | int, ...]
# A key in another file: its kind, its name, the key's path.
Cause = tuple[Kind, str, Path]


class Placement(Section):
    """The two keys of a service or function that say where it runs and what differs there. Names may be unknown."""

    deploy_to: tuple[str, ...] | None = None
    environments: dict[str, dict[str, Any]] = {}


class Workload(Struct, frozen=True):
    """A service or function: ``base`` as its file gives it, ``variants`` by environment with the overrides applied.

    An environment without an override shares ``base``. Both hold a ``ServiceSpec`` or a ``FunctionSpec``.
    """

    kind: Kind
    name: str
    placement: Placement
    base: Any
    variants: dict[str, Any]


class Parts(Struct):
    """The configuration before its parts are known to fit. ``names`` holds every environment that has a file."""

    platform: Platform | None
    names: tuple[str, ...]
    environments: dict[str, Environment]
    workloads: list[Workload]
    # Function name to its inline source, or to what is wrong with the file and what to do.
    code: dict[str, str | tuple[str, str]]

    def configuration(self) -> Configuration:
        """The valid whole.

        Raises:
            ValueError: there is no platform.
        """
        if self.platform is None:
            raise ValueError("no platform")
        services: dict[str, dict[str, Any]] = {name: {} for name in self.environments}
        functions: dict[str, dict[str, Any]] = {name: {} for name in self.environments}
        for workload in self.workloads:
            target = services if workload.kind == "service" else functions
            for environment, spec in workload.variants.items():
                target[environment][workload.name] = spec
        code = {name: text for name, text in self.code.items() if isinstance(text, str)}
        return Configuration(self.platform, self.environments, services, functions, code)


class Problem(Struct, frozen=True):
    """Something that does not fit, in the file of ``kind`` and ``name``.

    ``paths`` holds the keys that cause it, the first one named in the message unless only another is written down.
    ``environment`` names the variant of a service or function it was found in; ``also`` names causes in other files.
    """

    kind: Kind
    name: str
    paths: tuple[Path, ...]
    problem: str
    fix: str
    environment: str | None = None
    also: tuple[Cause, ...] = ()


def one_of(names: Any, wrong: str = "") -> str:
    """``write 'prod'`` for a near miss, else the names there are."""
    from difflib import get_close_matches

    choices = sorted(names)
    near = get_close_matches(wrong, choices, 1, 0.6)
    return f"write {near[0]}" if near else f"write one of {', '.join(choices)}" if choices else ""
