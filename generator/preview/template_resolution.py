"""Templates with their functions evaluated as far as parameters allow; the rest stays as text that can be compared.

A reference that only AWS can resolve becomes ``${LogicalId}`` or ``${LogicalId.Attribute}`` inside its string, so that
equal text means the same thing on both sides. Source: CloudFormation Template Reference, "Intrinsic functions".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from generator.preview.bounds import DEPTH, copy_counted, spend_characters
from generator.release.errors import TooLarge

Json = Any
_TOKEN = re.compile(r"\$\{(!?)([^}]*)\}")
NO_VALUE = object()
_UNKNOWN_PARAMETER = "****"  # what AWS tells of a NoEcho parameter


class Template:
    """One side of a change. ``parameters`` are the values known of it; others stay symbolic.

    Resolution never fails: what it can't evaluate becomes text of its own.
    """

    def __init__(
        self,
        body: Mapping[str, Json],
        parameters: Mapping[str, str],
        *,
        region: str,
        account: str = "",
        stack: str = "",
    ) -> None:
        self.body = body
        self.partition = (
            "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        )
        self._known: dict[str, Json] = {
            "AWS::Region": region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com",
            "AWS::NoValue": NO_VALUE,
        }
        if account:
            self._known["AWS::AccountId"] = account
        if stack:
            self._known["AWS::StackName"] = stack
        declared = _mapping(body.get("Parameters"))
        for name, definition in declared.items():
            value = parameters.get(name)
            if value is not None and value != _UNKNOWN_PARAMETER:
                listed = "List" in str(_mapping(definition).get("Type", ""))
                self._known[name] = [part.strip() for part in value.split(",")] if listed else value
        self._conditions: dict[str, bool | None] = {}
        self._depth = 0
        self._resources: dict[str, dict[str, Json]] = {}
        self.resources: Mapping[str, Mapping[str, Json]] = {
            name: row for name, row in _mapping(body.get("Resources")).items() if isinstance(row, Mapping)
        }

    def there(self, name: str) -> bool | None:
        """Whether the side has this resource; None if its condition can't be decided."""
        row = self.resources.get(name)
        if row is None:
            return False
        condition = row.get("Condition")
        return self.condition(condition) if isinstance(condition, str) else True

    def type_of(self, name: str) -> str:
        """The type of a resource, ``""`` if it is not there."""
        return str(self.resources.get(name, {}).get("Type", ""))

    def of(self, *kinds: str) -> list[str]:
        """Logical ids of the resources of some types that are there or may be, sorted."""
        return sorted(
            name for name, row in self.resources.items() if row.get("Type") in kinds and self.there(name) is not False
        )

    def properties(self, name: str) -> dict[str, Json]:
        """A resource's properties, evaluated. Empty if there is no such resource."""
        if name not in self._resources:
            found = self.value(self.resources.get(name, {}).get("Properties") or {})
            self._resources[name] = found if isinstance(found, dict) else {}
        return self._resources[name]

    def condition(self, name: str) -> bool | None:
        """A condition's value, None if it depends on what is not known."""
        if name not in self._conditions:
            self._conditions[name] = None  # a circle stays undecided
            self._depth += 1
            if self._depth > DEPTH:
                raise TooLarge(f"its conditions refer to each other more than {DEPTH} levels deep")
            self._conditions[name] = self._holds(_mapping(self.body.get("Conditions")).get(name))
            self._depth -= 1
        return self._conditions[name]

    def _holds(self, node: Json) -> bool | None:  # noqa: PLR0911 - one case for each function
        match node:
            case {"Fn::Equals": [left, right]}:
                a, b = self.value(left), self.value(right)
                if a == b:
                    return True
                return None if is_symbolic(a) or is_symbolic(b) else _plain(a) == _plain(b)
            case {"Fn::Not": [inner]}:
                found = self._holds(inner)
                return None if found is None else not found
            case {"Fn::And": list(parts)}:
                found_parts = [self._holds(part) for part in parts]
                return False if False in found_parts else None if None in found_parts else True
            case {"Fn::Or": list(parts)}:
                found_parts = [self._holds(part) for part in parts]
                return True if True in found_parts else None if None in found_parts else False
            case {"Condition": str(name)}:
                return self.condition(name)
        return None

    def value(self, node: Json) -> Json:
        """A node with its functions evaluated."""
        if isinstance(node, str | int | float) or node is None:
            return node
        if isinstance(node, dict) or isinstance(node, Mapping):  # noqa: SIM101 - the first is quick, and nearly always true
            if len(node) == 1:
                ((key, inner),) = node.items()
                if key == "Ref" or (isinstance(key, str) and key.startswith("Fn::")):
                    return self._function(key, inner)
            found = {}
            for key, part in node.items():
                value = self.value(part)
                if value is not NO_VALUE:
                    found[str(key)] = value
            return found
        if isinstance(node, list | tuple):
            return [part for part in map(self.value, node) if part is not NO_VALUE]
        return node

    def _function(self, key: str, inner: Json) -> Json:  # noqa: C901, PLR0911, PLR0912 - one case for each function
        """A function's value. Each part is evaluated once, so that nested functions take no longer than they are long."""
        match key, inner:
            case "Ref", str(name):
                return copy_counted(self._known.get(name, f"${{{name}}}"))
            case "Fn::GetAtt", [str(name), str(attribute)]:
                return f"${{{name}.{attribute}}}"
            case "Fn::GetAtt", str(dotted):
                return f"${{{dotted}}}"
            case "Fn::Sub", str(text):
                return self._sub(text, {})
            case "Fn::Sub", [str(text), Mapping() as own]:
                return self._sub(text, own)
            case "Fn::Join", [str(glue), parts]:
                found = self.value(parts)
                if isinstance(found, list) and all(isinstance(part, str | int | float) for part in found):
                    texts = [_plain(part) for part in found]
                    spend_characters(sum(map(len, texts)) + len(glue) * len(texts))
                    return glue.join(texts)
                return _told(key, [glue, found])
            case "Fn::If", [str(name), yes, no]:
                holds = self.condition(name)
                if holds is not None:
                    return self.value(yes if holds else no)
                a, b = self.value(yes), self.value(no)
                return a if a == b else _told(key, [name, a, b])
            case "Fn::Select", [index, items]:
                found, place = self.value(items), self.value(index)
                number = _plain(place)
                if isinstance(found, list) and number.isdecimal() and len(number) < 6 and int(number) < len(found):
                    return found[int(number)]
                return _told(key, [place, found])
            case "Fn::Split", [str(glue), text]:
                found = self.value(text)
                if isinstance(found, str) and glue and not is_symbolic(found):
                    return copy_counted(found.split(glue))
                return _told(key, [glue, found])
            case "Fn::FindInMap", [*keys]:
                keys = [self.value(part) for part in keys]
                row: Json = _mapping(self.body.get("Mappings"))
                for part in keys[:3]:
                    row = row.get(part) if isinstance(row, Mapping) and isinstance(part, str) else None
                return copy_counted(row) if row is not None and len(keys) >= 3 else _told(key, keys)
            case "Fn::ToJsonString", _:
                found = json.dumps(self.value(inner), sort_keys=True, default=str)
                spend_characters(len(found))
                return found
        return _told(key, self.value(inner))

    def _sub(self, text: str, own: Mapping[str, Json]) -> str:
        def put(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return f"${{{name}}}"
            if name in own and name not in named:
                named[name] = self.value(own[name])
            value = named[name] if name in own else self._known.get(name, f"${{{name}}}")
            said = _plain(value) if isinstance(value, str | int | float) else json.dumps(value, default=str)
            spend_characters(len(said))
            return said

        named: dict[str, Json] = {}
        return _TOKEN.sub(put, text)


def _told(key: str, inner: Json) -> str:
    """A function that only AWS can evaluate, as text: inside of it another one stands as it is."""
    if isinstance(inner, list):
        inner = [part for part in inner if part is not NO_VALUE]
    text = f"${{{key} {_json(inner)}}}".replace("}}", "} }")
    spend_characters(len(text))
    return text


def _json(value: Json) -> str:
    match value:
        case str() if value.startswith("${Fn::") and value.endswith("}"):
            return value
        case Mapping():
            return "{" + ", ".join(f"{json.dumps(key)}: {_json(part)}" for key, part in sorted(value.items())) + "}"
        case list():
            return "[" + ", ".join(map(_json, value)) + "]"
    return json.dumps(value, default=str)


def is_symbolic(value: Json) -> bool:
    """Whether something in a value is known to AWS alone."""
    match value:
        case str():
            return "${" in value or "{{changeSet:" in value or "{{resolve:" in value
        case Mapping():
            return any(is_symbolic(part) for part in value.values())
        case list() | tuple():
            return any(is_symbolic(part) for part in value)
    return False


def unresolved_parts(value: Json) -> set[str]:
    """The parts of a value that a function left open (``Fn::If`` with an unknown condition) or that AWS cut short.

    A reference to one resource is settled enough: the same text is the same thing.
    """
    match value:
        case str():
            return {value} if "${Fn::" in value or value.startswith("(Truncated") else set()
        case Mapping():
            return {part for inner in value.values() for part in unresolved_parts(inner)}
        case list() | tuple():
            return {part for inner in value for part in unresolved_parts(inner)}
    return set()


def references(node: Json) -> set[str]:
    """Logical ids and ``Id.Attribute`` that an evaluated value still names."""
    match node:
        case str():
            return {name for _, name in _TOKEN.findall(node)}
        case Mapping():
            return {name for part in node.values() for name in references(part)}
        case list() | tuple():
            return {name for part in node for name in references(part)}
    return set()


def _plain(value: Json) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def scalars_as_text(value: Json) -> Json:
    """A value with every scalar as text, as CloudFormation compares and tells them."""
    match value:
        case Mapping():
            return {key: scalars_as_text(part) for key, part in value.items()}
        case list() | tuple():
            return [scalars_as_text(part) for part in value]
        case None:
            return ""
    return _plain(value)


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
