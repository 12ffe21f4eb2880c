"""Holds what a command prints with ``--json`` against the schema that docs/schemas/ has of it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.json_schemas import file_of

ROOT = Path(__file__).parents[1]


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one document, such as ``release/1``."""
    return Draft202012Validator(json.loads((ROOT / file_of(name)).read_text()))


def checked(text: str) -> Any:
    """The document in ``text``, which is as its schema says, or the lines of a log."""
    document = json.loads(text)
    name = document.get("document", "log-line/1")
    faults = [f"{name} {error.json_path}: {error.message}" for error in validator(name).iter_errors(document)]
    assert not faults, faults
    return document


def check_printed(argv: list[str], text: str) -> None:
    """Check what a command line printed, if it printed a document."""
    # These write formats of their own: JSON lines, SARIF, a schema.
    if "--json" not in argv or not text or argv[0] == "logs" or (argv[0] == "schema" and argv[1:2] != ["--json"]):
        return
    if text.startswith("usage:"):
        return
    checked(text)
