"""One plain document of YAML to the typed value that it describes, overrides applied."""

from typing import Any

import msgspec

from generator.config.model import Environment, Platform
from generator.config.problems import Parts, Placement, Workload
from generator.config.sources import FileProblemError, Source, read_file
from templates.params.function import FunctionSpec
from templates.params.service import ServiceSpec

# What CloudFormation takes as inline code (AWS::Lambda::Function Code, ZipFile).
MAX_CODE_BYTES = 4096


def add(parts: Parts, root: str, source: Source, document: Any) -> None:
    """Convert one plain document and add it to ``parts``. Environments come before what runs in them.

    Raises:
        msgspec.ValidationError: a value does not fit its field.
        TypeError: the document is not a mapping.
    """
    match source.kind:
        case "platform":
            parts.platform = msgspec.convert(document, Platform)
        case "environment":
            parts.environments[source.name] = msgspec.convert(document, Environment)
        case "service":
            parts.workloads.append(_workload(source, document, ServiceSpec, parts.names))
        case "function":
            workload = _workload(source, document, FunctionSpec, parts.names)
            parts.workloads.append(workload)
            if workload.base.code is not None:
                parts.code[source.name] = _code(f"{root}/functions", workload.base.code)


def _workload(source: Source, document: Any, model: type, environments: tuple[str, ...]) -> Workload:
    if not isinstance(document, dict):
        raise TypeError(document)
    placement = _PLACED_ANYWHERE
    fields = document
    if "deploy_to" in document or "environments" in document:
        fields = dict(document)
        placement = msgspec.convert({k: fields.pop(k) for k in ("deploy_to", "environments") if k in fields}, Placement)
    base: Any = msgspec.convert(fields, model)
    overrides = placement.environments
    variants = {
        name: msgspec.convert(patched(fields, overrides[name]), model) if name in overrides else base
        for name in environments
        if placement.deploy_to is None or name in placement.deploy_to
    }
    return Workload(source.kind, source.name, placement, base, variants)


_PLACED_ANYWHERE = Placement()


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


def _code(folder: str, name: str) -> str | tuple[str, str]:
    """The text of a function's inline code, or what is wrong with the file and what to do."""
    fix = f"write the path of a file inside {folder}, of at most {MAX_CODE_BYTES} bytes; larger code is published as an artifact by CI"
    try:
        text = read_file(folder, f"{folder}/{name}", MAX_CODE_BYTES).decode() if not name.startswith("/") else None
    except FileProblemError as error:
        return error.problem, fix
    except UnicodeDecodeError:
        return "is not UTF-8", "save the file as UTF-8"
    if text is None:
        return f"lies outside {folder}", fix
    return text if text.strip() else ("is empty", "write the function's code")
