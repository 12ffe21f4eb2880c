"""Reads ``stacks/`` in one go. What is wrong is found here and explained, with lines, in ``explain``."""

from pathlib import Path
from typing import Any

import msgspec

from generator.config.errors import ConfigError, ConfigurationError
from generator.config.model import Configuration, Environment, Platform
from generator.config.sources import Source, gather
from generator.config.yaml import SuspectError, plain
from templates.params.base import Name, Section
from templates.params.function import FunctionSpec
from templates.params.service import ServiceSpec


class Placement(Section):
    """The two keys of a service or function that say where it runs and what differs there."""

    deploy_to: tuple[Name, ...] | None = None
    environments: dict[Name, dict[str, object]] = {}


def read_configuration(folder: Path) -> Configuration:
    """Read and validate everything below ``folder`` (``stacks/``).

    Names are sorted; overrides are applied, so that ``services[environment][name]`` is what runs there.

    Raises:
        ConfigurationError: every mistake in every file, each with file, line, key and what to write instead.
    """
    sources, errors = gather(folder)
    if errors:
        raise ConfigurationError(tuple(errors))
    try:
        return assemble([(source, plain(source.data)) for source in sources])
    except (SuspectError, msgspec.ValidationError, TypeError) as error:
        raise ConfigurationError((ConfigError(str(folder), 1, 1, "", str(error), "correct it"),)) from error


def assemble(documents: list[tuple[Source, Any]]) -> Configuration:
    """Convert plain documents and apply overrides.

    Raises:
        msgspec.ValidationError: a value does not fit its field.
    """
    platform: Platform | None = None
    environments: dict[str, Environment] = {}
    services: dict[str, dict[str, ServiceSpec]] = {}
    functions: dict[str, dict[str, FunctionSpec]] = {}
    sources: dict[str, str] = {}
    for source, document in documents:
        match source.kind:
            case "platform":
                platform = msgspec.convert(document, Platform)
            case "environment":
                environments[source.name] = msgspec.convert(document, Environment)
                services[source.name] = {}
                functions[source.name] = {}
            case "service":
                for name, spec in variants(document, ServiceSpec, list(environments)).items():
                    services[name][source.name] = spec
            case "function":
                for name, function in variants(document, FunctionSpec, list(environments)).items():
                    functions[name][source.name] = function
                    if function.code is not None and source.name not in sources:
                        sources[source.name] = (Path(source.file).parent / function.code).read_text()
    assert platform is not None
    return Configuration(platform, environments, services, functions, sources)


def variants(document: Any, kind: Any, environments: list[str]) -> dict[str, Any]:
    """Where a service or function runs, and its value there."""
    fields = dict(document)
    placement = msgspec.convert({k: fields.pop(k) for k in ("deploy_to", "environments") if k in fields}, Placement)
    base = msgspec.convert(fields, kind)
    wanted = (
        environments if placement.deploy_to is None else [name for name in environments if name in placement.deploy_to]
    )
    return {
        name: msgspec.convert(patched(fields, placement.environments[name]), kind)
        if name in placement.environments
        else base
        for name in wanted
    }


def patched(base: Any, patch: Any) -> Any:
    """Apply an override as a JSON merge patch (RFC 7396): mappings merge, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = patched(merged.get(key), value)
    return merged
