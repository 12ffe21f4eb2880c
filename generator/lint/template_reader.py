"""Reads a template that anyone may have written, and refuses what would hurt or hang a linter."""

from __future__ import annotations

import json
import os
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

# CloudFormation takes 1 MB by URL (AWS CloudFormation quotas); indented text that a tool compacts on upload may be larger.
MAX_BYTES = 4 * 1024 * 1024
# Deepest template that cfn-lint and cloudformation-validate read without running out of stack.
MAX_DEPTH = 100
# Nodes after every alias is followed; a template of 1 MB has about 60,000.
MAX_NODES = 400_000

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = [1 if byte in b"[{" else -1 for byte in range(256)]
_YAML_TEMPLATE = re.compile(rb"""(?m)^["']?(?:Resources|AWSTemplateFormatVersion)["']?\s*:""")


class UnreadableError(Exception):
    """A file that cannot be linted; the text says why and what to do."""


class _Loader(Protocol):
    def check_event(self) -> bool: ...
    def get_event(self) -> Any: ...


def read(path: str) -> bytes:
    """Return the bytes of a template.

    Raises:
        UnreadableError: the file is missing, no file, unreadable, too large, or :func:`refuse_harmful` objects.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms of an editor's patience
            if (size := os.fstat(file.fileno()).st_size) > MAX_BYTES:
                raise UnreadableError(f"{size:,} bytes; CloudFormation takes 1 MB: split it into several stacks")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableError(f"cannot be read: {reason}; check the path and its permissions") from error
    refuse_harmful(content)
    return content


def refuse_harmful(content: bytes) -> None:
    """Refuse text that is empty, binary, not UTF-8, nested too deep, or explodes when its YAML aliases are followed.

    Raises:
        UnreadableError: one sentence that says which, and what to do.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableError("larger than 4 MiB; CloudFormation takes 1 MB: split it into several stacks")
    if not content.strip():
        raise UnreadableError("empty; a template needs at least Resources")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("UTF-16; save it as UTF-8")
    if b"\0" in content:
        raise UnreadableError("binary; give a JSON or YAML template")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(f"not UTF-8 (line {line}); save it as UTF-8") from error
    if _suspicious(content):
        _refuse_explosive(content)


def _suspicious(content: bytes) -> bool:
    """Whether to look closer, which takes 20 ms: aliases, or marks of deep nesting in JSON, flow style or block style."""
    brackets = content.translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH // 2 or b"\n" + b" " * 120 in content:
        return True
    if looks_like_json(content):
        return False
    if b"*" in content and b"&" in content:
        return True
    # `- - - - x` nests a level with every dash, and 100,000 of them crash cloudformation-validate 1.14.
    return any(line.count(b"-") > 40 for line in content.splitlines() if len(line) > 80)


def looks_like_json(content: bytes) -> bool:
    """Whether the text starts as a JSON object does; YAML's flow style looks the same, and parses as YAML later."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and content.rstrip()[-1:] == b"}"


def is_template(content: bytes) -> bool:
    """Whether a file found in a folder is a template: an object with resources, in JSON or YAML."""
    if looks_like_json(content) and b'"Resources"' in content:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return True  # a broken template deserves a finding rather than silence
        resources = document.get("Resources") if isinstance(document, dict) else None
        return isinstance(resources, dict)
    return _YAML_TEMPLATE.search(content) is not None


def _refuse_explosive(content: bytes) -> None:
    import yaml

    # JSON is YAML for this purpose: only brackets count. PyYAML's C parser walks events without building anything.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(content)
    try:
        _measure(_events(loader))
    except yaml.YAMLError:
        # Not YAML: cfn-lint says where and why. Only depth can still hurt, and it was looked at as far as it parsed.
        return
    finally:
        loader.dispose()


def _events(loader: _Loader) -> Iterator[Any]:
    while loader.check_event():
        yield loader.get_event()


def _measure(events: Iterator[Any]) -> None:
    import yaml

    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append((event.anchor, total))
            if len(open_nodes) > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise UnreadableError(f"nested more than {MAX_DEPTH} levels deep (line {line}); no template needs that")
            total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor:
                sizes[anchor] = total - before
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            total += sizes.get(event.anchor or "", 1)
        if total > MAX_NODES:
            raise UnreadableError(
                f"its YAML aliases stand for more than {MAX_NODES:,} values; write them out or use fewer"
            )
