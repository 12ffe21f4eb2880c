"""What Slipway knows of AWS as data: compact tables of resource schemas, IAM actions and versions, from cfn-lint and awacs.

``python -m tests.aws_tables`` writes them into ``generator/preview/data`` and ``generator/config/data``, ``--check`` says which are stale. Run it after
an upgrade of either. One line for each type and service, so that a diff shows what AWS changed.
"""

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import awacs
import cfnlint

DATA = Path(__file__).parents[1] / "generator" / "preview" / "data"
RDS_VERSIONS = Path(__file__).parents[1] / "generator" / "config" / "data" / "rds_versions.json"
REGIONS = RDS_VERSIONS.with_name("regions.json")
ENGINES = ("mysql", "postgres")
_CFNLINT = Path(cfnlint.__file__).parent / "data"


def schemas() -> dict[str, list[Any]]:
    """Type to ``[create-only, conditionally create-only, identifiers, tag property, can be updated]``.

    Paths are below the properties, parts joined by ``/``.
    """
    index = json.loads((_CFNLINT / "schemas" / "providers" / "us-east-1.json").read_bytes())
    found: dict[str, list[Any]] = {}
    for name, digest in index.items():
        if not name.startswith("AWS::"):
            continue
        raw = json.loads((_CFNLINT / "schemas" / "resources" / f"{digest}.json").read_bytes())
        handlers = raw.get("handlers")
        found[name] = [
            _paths(raw.get("createOnlyProperties")),
            _paths(raw.get("conditionalCreateOnlyProperties")),
            sorted(
                {
                    *_paths(raw.get("primaryIdentifier")),
                    *(p for ids in raw.get("additionalIdentifiers") or [] for p in _paths(ids)),
                }
            ),
            _tag_property(raw),
            int(not handlers or "update" in handlers),
        ]
    return found


def _paths(pointers: list[str] | None) -> list[str]:
    return sorted({pointer.removeprefix("/properties/") for pointer in pointers or []})


def _tag_property(raw: dict[str, Any]) -> str:
    tagging = raw.get("tagging")
    named = str(tagging.get("tagProperty", "/properties/Tags")) if isinstance(tagging, dict) else ""
    name = named.rsplit("/", 1)[-1]
    properties = raw.get("properties", {})
    return name if name in properties else "Tags" if "Tags" in properties else ""


_ROLE = re.compile(r"(?:Role|Roles|RoleArns?|RoleARNs?|RoleName|InstanceProfile(?:Name|Arn)?)$")
_PLAIN = ("string", "array")


def roles() -> dict[str, list[str]]:
    """Type to the names of the properties, at any depth, that hold the ARN or the name of a role or an instance profile.

    By name, and where they hold texts; properties of IAM's own types name whose policy it is, and are read elsewhere.
    """
    index = json.loads((_CFNLINT / "schemas" / "providers" / "us-east-1.json").read_bytes())
    found: dict[str, list[str]] = {}
    for name, digest in index.items():
        if not name.startswith("AWS::") or name.startswith("AWS::IAM::"):
            continue
        raw = json.loads((_CFNLINT / "schemas" / "resources" / f"{digest}.json").read_bytes())
        keys = sorted({key for node in _objects(raw) for key in _role_keys(node, raw)})
        if keys:
            found[name] = keys
    return found


def _objects(root: Any) -> Iterator[dict[str, Any]]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        waiting += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []


def _role_keys(node: dict[str, Any], raw: dict[str, Any]) -> Iterator[str]:
    properties = node.get("properties")
    read_only = {pointer.rsplit("/", 1)[-1] for pointer in raw.get("readOnlyProperties") or []}
    for key, part in properties.items() if isinstance(properties, dict) else ():
        if isinstance(part, dict) and _ROLE.search(key) and key not in read_only:
            kind = part.get("type", "string" if "$ref" not in part else "")
            if "enum" not in part and (kind in _PLAIN or not kind):
                yield key


def actions() -> dict[str, list[str]]:
    """Service prefix to its actions, cased as awacs writes them and in lower case where it has none."""
    policies = json.loads((_CFNLINT / "AdditionalSpecs" / "Policies.json").read_bytes())
    cased = _cased()
    found = {
        prefix: {cased.get((prefix, name), name) for name in body.get("Actions", {})}
        for prefix, body in policies.items()
    }
    for (prefix, name), shown in cased.items():
        if name not in policies.get(prefix, {}).get("Actions", {}):
            found.setdefault(prefix, set()).add(shown)
    return {prefix: sorted(names) for prefix, names in sorted(found.items()) if names}


def _cased() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for module in pkgutil.iter_modules(awacs.__path__):
        if module.name == "aws":
            continue
        loaded = importlib.import_module(f"awacs.{module.name}")
        prefix = getattr(loaded, "prefix", None)
        if not isinstance(prefix, str):
            continue
        base = loaded.Action
        for value in vars(loaded).values():
            if isinstance(value, base) and isinstance(value.action, str) and value.action != "*":
                found[prefix, value.action.lower()] = value.action
    return found


def rds_versions() -> dict[str, list[str]]:
    """Engine to every version of RDS, those too that no new instance may have; of `-rds` patches none."""
    folder = _CFNLINT / "schemas" / "extensions" / "aws_rds_dbinstance"
    found: dict[str, list[str]] = {}
    for row in json.loads((folder / "engine_version.json").read_bytes())["allOf"]:
        engine = row["if"]["properties"]["Engine"].get("const")
        if engine in ENGINES:
            listed = row["then"]["properties"]["EngineVersion"]["enum"]
            plain = [version for version in listed if re.fullmatch(r"[0-9.]+", version)]
            found[engine] = sorted(plain, key=lambda version: [int(part) for part in version.split(".")])
    return found


# Types that templates emit and that some Region lacks; a test holds that there are no others.
OPTIONAL = (
    "AWS::Budgets::Budget", "AWS::CloudFront::Distribution", "AWS::CloudFront::Function", "AWS::CloudFront::OriginAccessControl",
    "AWS::FIS::ExperimentTemplate", "AWS::GlobalAccelerator::Accelerator", "AWS::GlobalAccelerator::EndpointGroup",
    "AWS::GlobalAccelerator::Listener",
)  # fmt: skip


def region_types() -> dict[str, set[str]]:
    """Region to the types that CloudFormation has there, without the isolated Regions."""
    folder = _CFNLINT / "schemas" / "providers"
    names = sorted(path.stem for path in folder.glob("*.json") if path.stem != "sam" and "iso" not in path.stem)
    return {name: set(json.loads((folder / f"{name}.json").read_bytes())) for name in names}


def regions() -> dict[str, list[str]]:
    """Optional type to the Regions that lack it."""
    here = region_types()
    return {kind: [region for region, types in here.items() if kind not in types] for kind in OPTIONAL}


def expected() -> dict[Path, str]:
    """File to what it should hold."""
    about = f"cfn-lint {metadata.version('cfn-lint')}, awacs {metadata.version('awacs')}"
    return {
        DATA / "schemas.json": _lines(about, schemas()),
        DATA / "actions.json": _lines(about, actions()),
        DATA / "roles.json": _lines(about, roles()),
        RDS_VERSIONS: _lines(about, rds_versions()),
        REGIONS: _lines(about, regions()),
    }


def _lines(about: str, rows: dict[str, Any]) -> str:
    body = ",\n".join(
        f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in sorted(rows.items())
    )
    return f'{{"about":{json.dumps(about)},"rows":{{\n{body}\n}}}}\n'


def stale() -> list[Path]:
    """Tables that are missing or different."""
    return [path for path, text in expected().items() if not path.exists() or path.read_text() != text]


def main() -> int:
    """Write, or with ``--check`` tell."""
    found = stale()
    if "--check" in sys.argv:
        if found:
            print("stale:", *found, "run `python -m tests.aws_tables` and review the diff", sep="\n  ", file=sys.stderr)  # noqa: T201
        return 1 if found else 0
    files = expected()
    for path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
