"""Configurations that follow the schemas of `stacks/schema`, and what `slipway build` may answer to one. `python -m tests.fuzz.configurations 20000` is a part of ``make fuzz``.

Each takes a small platform that builds, and writes some of its keys anew with whatever the schema of the file allows.
"""

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from generator.build.artifact import Artifact, build_artifact
from generator.build.graph import link
from generator.catalog.stack_spec import StackSpec
from generator.catalog.stacks import HOME, stacks
from generator.config.errors import ConfigurationError
from generator.config.read import read_configuration
from generator.errors import BuildError

Json = Any
SCHEMAS = Path(__file__).parents[2] / "stacks" / "schema"
BASE: Mapping[str, tuple[str, Json]] = {
    "platform.yaml": (
        "platform",
        {
            "name": "shop",
            "owner": "shop",
            "github": {"repository": "acme/shop", "repository_id": 1, "owner_id": 2},
            "bot": {"environment": "dev"},
        },
    ),
    "environments/dev.yaml": (
        "environment",
        {
            "account": "111111111111",
            "region": "eu-west-1",
            "domain": "dev.example.com",
            "hosted_zone_id": "Z0111111DEVZONE",
            "protected": False,
            "data": {
                "database": {"engine": "postgres", "name": "app"},
                "tables": {"items": {"partition_key": {"name": "id"}}},
                "buckets": {"files": {}},
            },
        },
    ),
    "services/app.yaml": ("service", {"port": 8080, "uses": {"tables": ["items"], "database": True}}),
    "functions/tidy.yaml": ("function", {"code": "tidy.py", "handler": "index.handler", "schedule": "rate(1 day)"}),
}
CODE = "def handler(event, context):\n    return event\n"


@cache
def _schema(kind: str) -> Json:
    return json.loads((SCHEMAS / f"{kind}.json").read_text())


@cache
def _pattern(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern)


def _values(schema: Json, root: Json) -> st.SearchStrategy[Json]:
    """Whatever a schema allows; of the JSON Schema vocabulary that part which `slipway schema` writes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: _values(root["$defs"][name], root))
    if "anyOf" in schema:
        return st.one_of([_values(part, root) for part in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _KINDS[schema["type"]](schema, root)


def _number(schema: Json, root: Json) -> st.SearchStrategy[float]:
    del root
    low, open_ = schema.get("minimum", schema.get("exclusiveMinimum")), "exclusiveMinimum" in schema
    return st.floats(low, schema.get("maximum"), exclude_min=open_, allow_nan=False, allow_infinity=False)


def _array(schema: Json, root: Json) -> st.SearchStrategy[list[Json]]:
    few = min(schema.get("maxItems", 4), 4)
    return st.lists(_values(schema["items"], root), min_size=schema.get("minItems", 0), max_size=few)


def _text(schema: Json, root: Json) -> st.SearchStrategy[str]:
    del root
    low, high = schema.get("minLength", 0), schema.get("maxLength", 300)
    if "pattern" not in schema:
        return st.text(min_size=low, max_size=min(high, 12))
    return _pattern(schema["pattern"]).filter(lambda text: low <= len(text) <= high)


def patterns() -> set[str]:
    """Every pattern of the schemas."""
    found: set[str] = set()
    open_: list[Json] = [_schema(kind) for kind, _ in BASE.values()]
    while open_:
        part = open_.pop()
        if isinstance(part, dict):
            if isinstance(part.get("pattern"), str):
                found.add(part["pattern"])
            open_ += part.values()
        elif isinstance(part, list):
            open_ += part
    return found


def _object(schema: Json, root: Json) -> st.SearchStrategy[Json]:
    if "properties" in schema:
        known = {name: _values(part, root) for name, part in schema["properties"].items()}
        must = {name: known[name] for name in schema.get("required", ())}
        rest = {name: each for name, each in known.items() if name not in must}
        return (
            st.lists(st.sampled_from(sorted(rest)), max_size=3, unique=True).flatmap(
                lambda chosen: st.fixed_dictionaries(must | {name: rest[name] for name in chosen})
            )
            if rest
            else st.fixed_dictionaries(must)
        )
    keys = _text(schema["propertyNames"], root) if "propertyNames" in schema else st.text(min_size=1, max_size=12)
    values = (
        _values(schema["additionalProperties"], root)
        if isinstance(schema.get("additionalProperties"), dict)
        else st.none()
    )
    return st.dictionaries(keys, values, max_size=3)


_KINDS: Mapping[str, Callable[[Json, Json], st.SearchStrategy[Json]]] = {
    "null": lambda _, __: st.none(),
    "boolean": lambda _, __: st.booleans(),
    "integer": lambda schema, _: st.integers(schema.get("minimum"), schema.get("maximum")),
    "number": _number,
    "string": _text,
    "array": _array,
    "object": _object,
}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Json]:
    """File to its document: the base, with one to three keys of one file written anew."""
    documents = {file: dict(document) for file, (_, document) in BASE.items()}
    file = draw(st.sampled_from(sorted(BASE)))
    root = _schema(BASE[file][0])
    for key in draw(st.lists(st.sampled_from(sorted(root["properties"])), min_size=1, max_size=3, unique=True)):
        documents[file][key] = draw(_values(root["properties"][key], root))
    return documents


def built(folder: Path, documents: Mapping[str, Json]) -> str:
    """Build a configuration in a folder; "refused" or "built".

    Raises:
        AssertionError: a mistake is told without its file and line, or only while a template is made.
    """
    for file, document in documents.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    (folder / "functions" / "tidy.py").write_text(CODE)
    try:
        config = read_configuration(folder)
    except ConfigurationError as error:
        for mistake, line in zip(error.errors, str(error).split("\n"), strict=True):
            assert re.match(r"[\w./-]+:[1-9]\d*: ", line), f"a mistake without file and line: {line}"
            assert mistake.fix, f"a mistake without what to write: {line}"
            assert line.isprintable(), f"a line that steers a terminal: {line!r}"
        return "refused"
    try:
        specs = list(stacks(config))
        made = {spec.key: _artifact(spec).interface for spec in specs}
        accounts = {name: env.account for name, env in config.environments.items()}
        link(made, {HOME: accounts[config.platform.bot.environment]} | accounts)
    except BuildError as error:
        raise AssertionError(f"accepted, and refused without file and line when it is built: {error}") from error
    return "built"


_EVERY = 1000  # configurations after which a long run says how far it is
_KNOWN: dict[bytes, Artifact] = {}


def _artifact(spec: StackSpec) -> Artifact:
    key = spec.key.encode() + msgspec.json.encode(spec.params, order="sorted")
    if key not in _KNOWN:
        _KNOWN[key] = build_artifact(spec, "")[0]
    return _KNOWN[key]


def _counts(outcomes: Counter[str]) -> str:
    return ", ".join(f"{many} {outcome}" for outcome, many in sorted(outcomes.items()))


def main(count: int) -> int:
    """Try so many configurations; each kind of fault is printed once with what caused it."""
    outcomes: Counter[str] = Counter()
    faults: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:

        @settings(
            max_examples=count,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(configurations())
        def run(documents: dict[str, Json]) -> None:
            try:
                outcomes[built(Path(name), documents)] += 1
                if outcomes.total() % _EVERY == 0:
                    sys.stdout.write(f"{outcomes.total()} of {count}: {_counts(outcomes)}\n")
                    sys.stdout.flush()
            except Exception as error:  # noqa: BLE001 - a traceback is what is looked for
                outcomes["failed"] += 1
                changed = {file: document for file, document in documents.items() if document != BASE[file][1]}
                faults.setdefault(f"{type(error).__name__}: {str(error)[:200]}", json.dumps(changed))

        run()
    for fault, cause in faults.items():
        sys.stdout.write(f"{fault}\n    {cause}\n")
    sys.stdout.write(_counts(outcomes) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    # The profile of all tests: no example fails because the machine is busy.
    import tests.conftest  # noqa: F401 - it loads the profile

    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
