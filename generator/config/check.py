"""Compares one file's values with the structs of the model, and finds every mistake with its position.

Runs only after msgspec has refused a file: msgspec stops at the first mistake and knows no lines.
"""

from functools import cache
from typing import Any

from msgspec import inspect

from generator.config.expectations import form_of, instead, name_of, ordered, rule, shown, stands
from generator.config.fields import core, fits, is_number, matches, takes_none
from generator.config.file_errors import Mistake
from generator.config.model import Environment, Function, Platform, Service
from generator.config.positions import Node
from generator.config.problems import Path
from generator.config.sources import Kind
from templates.params.function import FunctionSpec
from templates.params.service import ServiceSpec

MODELS: dict[Kind, type] = {"platform": Platform, "environment": Environment, "service": Service, "function": Function}
SPECS: dict[Kind, type] = {"service": ServiceSpec, "function": FunctionSpec}
# What a key is called in other tools, or by mistake so far from the word that difflib does not see it.
SYNONYMS = {
    "image": "nothing: a release sets the image, by its digest",
    "desired_count": "scaling.min",
    "count": "scaling.min",
    "replicas": "scaling.min",
    "env": "environment",
    "variables": "environment",
    "healthcheck": "health_check",
    "vpc": "network",
    "hosts": "route.hosts",
    "path": "route.paths",
}


def check(root: Node, kind: Kind) -> tuple[list[Mistake], set[Path]]:
    """Every mistake in the document ``root`` of a file of this ``kind``, and the paths that can't be judged further.

    Those are the places of the mistakes, and the keys that a typo most likely meant.
    """
    checker = _Checker()
    if root.value is None:
        required = ", ".join(f.encode_name for f in _struct(MODELS[kind]).fields if f.required)
        checker.add((), root, "the file is empty", f"write at least {required}", drop=())
        return checker.mistakes, {()}
    overrides = root.value.pop("environments", None) if kind in SPECS and isinstance(root.value, dict) else None
    checker.struct(root, _struct(MODELS[kind]), (), partial=False)
    if overrides is not None:
        root.value["environments"] = overrides
        checker.overrides(overrides.node, kind)
    return checker.mistakes, checker.guessed | {m.drop for m in checker.mistakes if m.drop is not None}


@cache
def _struct(model: type) -> inspect.StructType:
    kind = inspect.type_info(model)
    if not isinstance(kind, inspect.StructType):
        raise TypeError(model)
    return kind


class _Checker:
    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.guessed: set[Path] = set()

    def add(self, path: Path, at: Any, problem: str, fix: str, *, drop: Path | None = None) -> None:
        """Note a mistake. A list is dropped as a whole, since leaving out one entry would move the others."""
        drop = path if drop is None else drop
        lists = [i for i, part in enumerate(drop) if isinstance(part, int)]
        self.mistakes.append(Mistake(path, at.line, at.column, problem, fix, drop[: lists[0]] if lists else drop))

    def overrides(self, node: Node, kind: Kind) -> None:
        """Check ``environments:``: each environment's fields as the service's own, none of them required."""
        path: Path = ("environments",)
        if not isinstance(node.value, dict):
            self.add(
                path,
                node,
                f"is {name_of(node)}",
                "write a mapping of environment names to the fields that differ there",
            )
            return
        spec = _struct(SPECS[kind])
        for name, entry in node.value.items():
            if isinstance(entry.node.value, dict):
                self.struct(entry.node, spec, (*path, name), partial=True)
            else:
                self.add(
                    (*path, name),
                    entry,
                    f"is {name_of(entry.node)}",
                    "write the fields that differ there, or remove the key",
                )

    def value(self, node: Node, declared: inspect.Type, path: Path, *, partial: bool) -> None:
        """Check one value against the type of its field."""
        kind, about = core(declared)
        if node.value is None:
            if not takes_none(declared):
                remove = ", or remove the key" if path and isinstance(path[-1], str) else ""
                self.add(path, node, "is empty", f"write {form_of(declared)}{remove}")
            return
        match kind:
            case inspect.StructType():
                self.struct(node, kind, path, partial=partial)
            case inspect.DictType() if isinstance(node.value, dict):
                self._mapping(node, kind, path, partial=partial)
            case inspect.VarTupleType() | inspect.ListType() if isinstance(node.value, list):
                self._items(node, kind, path)
            case inspect.StrType() if isinstance(node.value, str) and not node.ambiguous:
                self._text(node, kind, path, declared, about)
            case inspect.LiteralType():
                self._literal(node, kind, path)
            case inspect.AnyType():
                self._anything(node, path)
            case _:
                self._simple(node, kind, path, declared)

    def _simple(self, node: Node, kind: inspect.Type, path: Path, declared: inspect.Type) -> None:
        if isinstance(kind, inspect.BoolType) and isinstance(node.value, bool):
            return
        if not (isinstance(kind, inspect.IntType | inspect.FloatType) and is_number(node, kind)):
            self.add(path, node, stands(node, kind), instead(node, declared))
        elif not fits(node.value, kind):
            self.add(path, node, f"{node.text} is out of range", f"write {form_of(declared)}")

    def struct(self, node: Node, kind: inspect.StructType, path: Path, *, partial: bool) -> None:
        """Check a mapping with known keys. ``partial``: an override, where nothing is required and null resets."""
        if not isinstance(node.value, dict):
            self.add(path, node, f"is {name_of(node)}", f"write {form_of(kind)}")
            return
        fields = {f.encode_name: f for f in kind.fields}
        for key, entry in node.value.items():
            here = (*path, key)
            field = fields.get(key)
            if field is None:
                self._unknown(
                    here,
                    entry,
                    [n for n in fields if n not in node.value] or list(fields),
                    top=not path or (partial and len(path) == 2),
                )
            elif partial and entry.node.value is None:
                if field.required:
                    self.add(here, entry, "has no default value", f"write {form_of(field.type)}")
            else:
                self.value(entry.node, field.type, here, partial=partial)
        if not partial:
            for name, field in fields.items():
                # What is missing because of a typo is not told a second time.
                if field.required and name not in node.value and (*path, name) not in self.guessed:
                    drop = path or (name,)
                    self.add(
                        (*path, name), node, "is missing", f"write `{name}:` with {form_of(field.type)}", drop=drop
                    )

    def _unknown(self, path: Path, entry: Any, valid: list[str], *, top: bool) -> None:
        from difflib import get_close_matches

        key = str(path[-1])
        near = get_close_matches(key.lower(), valid, 1, 0.6)
        if top and path[0] == "environments" and key in {"deploy_to", "environments"}:
            self.add(path, entry, "cannot differ by environment", "write it at the top level of the file")
        elif near:
            self.add(path, entry, "is not a known key", f"write `{near[0]}`")
            self.guessed.add((*path[:-1], near[0]))
        elif top and key in SYNONYMS:
            self.add(path, entry, "is not a known key", f"write {SYNONYMS[key]}")
        else:
            self.add(path, entry, "is not a known key", f"remove it or write one of {', '.join(sorted(valid))}")

    def _mapping(self, node: Node, kind: inspect.DictType, path: Path, *, partial: bool) -> None:
        key_type, about = core(kind.key_type)
        for key, entry in node.value.items():
            here = (*path, key)
            if isinstance(key_type, inspect.StrType) and not matches(key, key_type):
                self.add(
                    here,
                    entry,
                    "is not a valid name here",
                    f"write {form_of(kind.key_type)}" if about.get("examples") else rule(about, key_type),
                )
            elif not (partial and entry.node.value is None):
                self.value(entry.node, kind.value_type, here, partial=partial)

    def _items(self, node: Node, kind: inspect.VarTupleType | inspect.ListType, path: Path) -> None:
        if kind.min_length is not None and len(node.value) < kind.min_length:
            self.add(path, node, f"has {len(node.value)} entries", f"write at least {kind.min_length}")
        if kind.max_length is not None and len(node.value) > kind.max_length:
            self.add(path, node, f"has {len(node.value)} entries", f"write at most {kind.max_length}")
        for index, item in enumerate(node.value):
            self.value(item, kind.item_type, (*path, index), partial=False)

    def _text(
        self, node: Node, kind: inspect.StrType, path: Path, declared: inspect.Type, about: dict[str, Any]
    ) -> None:
        length = len(node.value)
        if kind.max_length is not None and length > kind.max_length:
            self.add(path, node, f"has {length} characters", f"write at most {kind.max_length}")
        elif not length:
            if not matches("", kind):
                self.add(path, node, "is empty", f"write {form_of(declared)}, or remove the key")
        elif not matches(node.value, kind):
            fix = f"write {form_of(declared)}" if about.get("examples") else rule(about, kind)
            self.add(path, node, f"{shown(node.value)} is not valid here", fix)

    def _literal(self, node: Node, kind: inspect.LiteralType, path: Path) -> None:
        if not isinstance(node.value, bool | float | dict | list) and not node.ambiguous and node.value in kind.values:
            return
        names = ordered(kind)
        fix = instead(node, kind)
        if isinstance(node.value, str) and fix.startswith("write one of"):
            from difflib import get_close_matches

            near = get_close_matches(node.value, names, 1, 0.7) or [
                n for n in names if n.lower() == node.value.lower().replace("_", "-")
            ]
            fix = f"write {near[0]}" if near else fix
        elif not isinstance(node.value, str) and str(node.value) in names and node.text in kind.values:
            fix = f'put it in quotes: "{node.text}"'
        self.add(path, node, f"is {name_of(node)}", fix)

    def _anything(self, node: Node, path: Path) -> None:
        if node.ambiguous:
            self.add(
                path,
                node,
                f"{node.text} begins with 0 and is read differently by different tools",
                f'write "{node.text}" in quotes, or the number without the 0',
            )
        children = (
            node.value.items()
            if isinstance(node.value, dict)
            else enumerate(node.value)
            if isinstance(node.value, list)
            else ()
        )
        for key, child in children:
            self._anything(child if isinstance(child, Node) else child.node, (*path, key))
