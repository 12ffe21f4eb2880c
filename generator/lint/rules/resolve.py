"""Evaluate intrinsic functions in one scenario, as far as the template alone tells."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from generator.lint.rules.values import Unknown, known, scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NO_VALUE = object()
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NO_VALUE_REF = "AWS::NoValue"


def function(node: Any) -> str | None:
    """The name of the intrinsic function that a raw node is, or None if it is data.

    An object with a macro or loop among its keys counts as that function, since its other keys are not final.
    """
    if not isinstance(node, dict):
        return None
    if len(node) == 1:
        key = next(iter(node))
        return key if isinstance(key, str) and (key == "Ref" or key.startswith("Fn::")) else None
    for key in node:
        if isinstance(key, str) and key.startswith(("Fn::Transform", "Fn::ForEach")):
            return key
    return None


class Resolver:
    """Evaluates raw nodes for one choice of conditions and parameter values.

    `asked` collects the parameters and (as `Condition:NAME`) the conditions that were looked at, so that results can be shared.
    """

    def __init__(
        self,
        conditions: Mapping[str, bool],
        parameters: Mapping[str, Any],
        mappings: Mapping[str, Any],
    ) -> None:
        self.conditions = conditions
        self.parameters = parameters
        self.mappings = mappings
        self.asked: set[str] = set()

    def value(self, node: Any) -> Any:
        """Evaluate a node: plain data, `Unknown`, or `NO_VALUE` for what CloudFormation leaves out."""
        if isinstance(node, dict):
            name = function(node)
            if name is not None:
                return self._call(name, node)
            pairs = ((key, self.value(item) if isinstance(item, dict | list) else item) for key, item in node.items())
            return {key: item for key, item in pairs if item is not NO_VALUE}
        if isinstance(node, list):
            values = [self.value(item) if isinstance(item, dict | list) else item for item in node]
            return [item for item in values if item is not NO_VALUE]
        return node

    def branch(self, node: Any) -> int | None:
        """Which element of an `Fn::If` is taken, 1 or 2; None if that cannot be told."""
        arguments = node["Fn::If"]
        if not isinstance(arguments, list) or len(arguments) != 3 or not isinstance(arguments[0], str):
            return None
        chosen = self.conditions.get(arguments[0])
        self.asked.add(f"Condition:{arguments[0]}")
        return None if chosen is None else (1 if chosen else 2)

    def _call(self, name: str, node: dict[str, Any]) -> Any:
        evaluate = _FUNCTIONS.get(name)
        result = evaluate(self, node[name], node) if evaluate else None
        return Unknown(node, text="${" + name + "}") if result is None else result

    def _ref(self, name: Any, node: Any) -> Any:
        if not isinstance(name, str):
            return None
        if name == _NO_VALUE_REF:
            return NO_VALUE
        if name in self.parameters:
            self.asked.add(name)
            value = self.parameters[name]
            if value is not None:
                return value
        return Unknown(node, target=name, text="${" + name + "}")

    def _get_att(self, arguments: Any, node: Any) -> Any:
        parts = arguments.split(".", 1) if isinstance(arguments, str) else arguments
        if not isinstance(parts, list) or len(parts) < 2 or not all(isinstance(part, str) for part in parts):
            return None
        attribute = ".".join(parts[1:])
        return Unknown(node, target=parts[0], attribute=attribute, text=f"${{{parts[0]}.{attribute}}}")

    def _if(self, _arguments: Any, node: Any) -> Any:
        branch = self.branch(node)
        return None if branch is None else self.value(node["Fn::If"][branch])

    def _join(self, arguments: Any, node: Any) -> Any:
        if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[0], str):
            return None
        parts = self.value(arguments[1])
        return self._text(arguments[0].join, parts, node) if isinstance(parts, list) else None

    def _text(self, combine: Callable[[list[str]], str], parts: list[Any], node: Any) -> Any:
        texts = [part.text if isinstance(part, Unknown) else scalar(part) for part in parts]
        whole = [text for text in texts if text is not None]
        if len(whole) != len(texts):
            return None
        text = combine(whole)
        unknown = [part for part in parts if isinstance(part, Unknown)]
        if not unknown:
            return text
        if len(unknown) == 1 and text == unknown[0].text:
            return Unknown(node, unknown[0].target, unknown[0].attribute, text)
        return Unknown(node, text=text)

    def _sub(self, arguments: Any, node: Any) -> Any:
        text, local = arguments, {}
        if isinstance(arguments, list) and len(arguments) == 2 and isinstance(arguments[1], dict):
            text, local = arguments[0], arguments[1]
        if not isinstance(text, str):
            return None
        pieces = _VARIABLE.split(text)
        parts: list[Any] = []
        for index, piece in enumerate(pieces):
            if index % 2 == 0:
                parts.append(piece)
            elif piece.startswith("!"):
                parts.append("${" + piece[1:] + "}")
            else:
                parts.append(self._variable(piece.strip(), local))
        return self._text("".join, parts, node)

    def _variable(self, name: str, local: dict[str, Any]) -> Any:
        if name in local:
            return self.value(local[name])
        if "." in name:
            return self._get_att(name, {"Fn::GetAtt": name})
        return self._ref(name, {"Ref": name})

    def _find_in_map(self, arguments: Any, _node: Any) -> Any:
        if not isinstance(arguments, list) or len(arguments) < 3:
            return None
        found: Any = self.mappings
        for argument in arguments[:3]:
            key = scalar(self.value(argument))
            if key is None or not isinstance(found, dict) or key not in found:
                return None
            found = found[key]
        return found

    def _select(self, arguments: Any, _node: Any) -> Any:
        if not isinstance(arguments, list) or len(arguments) != 2:
            return None
        index, choices = scalar(self.value(arguments[0])), self.value(arguments[1])
        if index is None or not index.isdecimal() or not isinstance(choices, list) or int(index) >= len(choices):
            return None
        return choices[int(index)]

    def _split(self, arguments: Any, _node: Any) -> Any:
        if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[0], str):
            return None
        whole = self.value(arguments[1])
        return whole.split(arguments[0]) if isinstance(whole, str) and arguments[0] else None

    def _json(self, arguments: Any, _node: Any) -> Any:
        value = self.value(arguments)
        return json.dumps(value) if known(value) and value is not NO_VALUE else None


_FUNCTIONS: dict[str, Callable[[Resolver, Any, Any], Any]] = {
    "Ref": Resolver._ref,  # noqa: SLF001 - the table belongs to the class
    "Fn::GetAtt": Resolver._get_att,  # noqa: SLF001
    "Fn::If": Resolver._if,  # noqa: SLF001
    "Fn::Join": Resolver._join,  # noqa: SLF001
    "Fn::Sub": Resolver._sub,  # noqa: SLF001
    "Fn::FindInMap": Resolver._find_in_map,  # noqa: SLF001
    "Fn::Select": Resolver._select,  # noqa: SLF001
    "Fn::Split": Resolver._split,  # noqa: SLF001
    "Fn::ToJsonString": Resolver._json,  # noqa: SLF001
}
