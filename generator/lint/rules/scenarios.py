"""The scenarios of a template: which conditions can hold together, and what parameters are worth then."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from generator.lint.rules.values import scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    _Test: TypeAlias = Callable[[Mapping[str, str]], bool]

LIMIT = 16
_PRODUCT_LIMIT = 128
_OTHER = "\0any value that no condition compares"
_USES = frozenset({"Condition", "Fn::If"})
_TRUE, _FALSE = "\0true", "\0false"


class Scenario(NamedTuple):
    """One choice: the value of each condition, and of each parameter (None: known only when deploying)."""

    conditions: Mapping[str, bool]
    parameters: Mapping[str, Any]


def scenarios(template: Mapping[str, Any]) -> list[Scenario]:
    """At most 16 scenarios that differ in a condition which a resource uses, the parameters' defaults first.

    Conditions that compare the same parameter are never contradictory, and the parameter has the value that they imply.
    """
    declared = _object(template.get("Parameters"))
    defaults = {name: _default(declared[name]) for name in declared}
    conditions = _object(template.get("Conditions"))
    used = sorted(_used(template.get("Resources")) & conditions.keys()) if conditions else []
    if not used:
        return [Scenario({}, defaults)]
    algebra = _Algebra(conditions, declared)
    for name in used:
        algebra.holds(name, {})
    variables = algebra.domains(defaults)
    chosen: dict[tuple[bool, ...], dict[str, str]] = {}
    for assignment in _assignments(variables, algebra, used):
        chosen.setdefault(tuple(algebra.holds(name, assignment) for name in used), assignment)
    return [
        Scenario(dict(zip(used, vector, strict=True)), _bound(defaults, chosen[vector]))
        for vector in _sample([*chosen])
    ]


def _sample(vectors: list[tuple[bool, ...]]) -> list[tuple[bool, ...]]:
    if len(vectors) <= LIMIT:
        return vectors
    base = vectors[0]
    near = sorted(vectors, key=lambda vector: sum(a != b for a, b in zip(base, vector, strict=True)))
    return [*dict.fromkeys([base, max(vectors, key=sum), min(vectors, key=sum), *near])][:LIMIT]


def _assignments(variables: dict[str, list[str]], algebra: _Algebra, used: list[str]) -> Iterator[dict[str, str]]:
    if prod(map(len, variables.values())) <= _PRODUCT_LIMIT:
        for picked in product(*variables.values()):
            yield dict(zip(variables, picked, strict=True))
        return
    base = {name: values[0] for name, values in variables.items()}
    yield base
    for sign in (1, -1):
        extreme = dict(base)
        for name, values in variables.items():
            extreme[name] = max(
                values,
                key=lambda value: sign * sum(algebra.holds(each, {**extreme, name: value}) for each in used),
            )
        yield extreme
    for name, values in variables.items():
        for value in values[1:]:
            yield {**base, name: value}


def _bound(defaults: Mapping[str, Any], assignment: Mapping[str, str]) -> Mapping[str, Any]:
    bound = dict(defaults)
    for name in assignment.keys() & defaults.keys():
        value = assignment[name]
        if value == _OTHER:
            bound[name] = None
        elif scalar(defaults[name]) != value:
            bound[name] = value
    return bound


class _Algebra:
    """Evaluates conditions for an assignment of the things that they compare."""

    def __init__(self, conditions: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
        self.conditions = conditions
        self.declared = declared
        self.compared: dict[str, dict[str, None]] = {}
        self._tests: dict[str, _Test] = {}

    def domains(self, defaults: Mapping[str, Any]) -> dict[str, list[str]]:
        """The values that each compared thing can take, the default first."""
        return {name: self._domain(name, list(values), defaults.get(name)) for name, values in self.compared.items()}

    def _domain(self, name: str, values: list[str], default: Any) -> list[str]:
        if _TRUE in values:
            return [_TRUE, _FALSE]
        allowed = _object(self.declared.get(name)).get("AllowedValues")
        if isinstance(allowed, list) and allowed:
            texts = [scalar(item) for item in allowed]
            rest = any(text not in values for text in texts)
            values = [value for value in values if value in texts]
        else:
            rest = True
        text = scalar(default)
        if text is not None and text not in values:
            # The default is a value that no condition compares: keep it rather than an anonymous one.
            return [text, *values]
        return sorted([*values, *([_OTHER] if rest else [])], key=lambda value: (value != text, value == _OTHER))

    def holds(self, name: str, assignment: Mapping[str, str]) -> bool:
        """Whether a condition is true; things that the assignment leaves out count as false."""
        return self._compiled(name, frozenset())(assignment)

    def _compiled(self, name: str, seen: frozenset[str]) -> _Test:
        if name in seen or name not in self.conditions:
            return self._compares("Condition:" + name, _TRUE)
        test = self._tests.get(name)
        if test is None:
            test = self._tests[name] = self._compile(self.conditions[name], seen | {name})
        return test

    def _compile(self, node: Any, seen: frozenset[str]) -> _Test:
        match node:
            case {"Condition": str(name)}:
                return self._compiled(name, seen)
            case {"Fn::Not": [inner]}:
                test = self._compile(inner, seen)
                return lambda assignment: not test(assignment)
            case {"Fn::And": [*inner]}:
                tests = [self._compile(item, seen) for item in inner]
                return lambda assignment: all(each(assignment) for each in tests)
            case {"Fn::Or": [*inner]}:
                tests = [self._compile(item, seen) for item in inner]
                return lambda assignment: any(each(assignment) for each in tests)
            case {"Fn::Equals": [left, right]}:
                return self._equals(left, right)
            case _:
                return self._compares(_key(node), _TRUE)

    def _equals(self, left: Any, right: Any) -> _Test:
        text, other = scalar(left), right
        if text is None:
            text, other = scalar(right), left
        if text is None:
            same = _key(left) == _key(right)
            return (lambda _: True) if same else self._compares(_key([left, right]), _TRUE)
        literal = scalar(other)
        if literal is not None:
            equal = literal == text
            return lambda _: equal
        return self._compares(_key(other), text)

    def _compares(self, key: str, text: str) -> _Test:
        self.compared.setdefault(key, {})[text] = None
        return lambda assignment: assignment.get(key) == text


def _key(node: Any) -> str:
    match node:
        case {"Ref": str(name)} if len(node) == 1:
            return name
        case _:
            return repr(node)


def _used(node: Any) -> set[str]:
    """The conditions that resources use: their own, and those of `Fn::If` inside them."""
    found: set[str] = set()
    stack = [node]
    while stack:
        match stack.pop():
            case dict() as mapping:
                for key in mapping.keys() & _USES:
                    match mapping[key]:
                        case str(name) | [str(name), *_]:
                            found.add(name)
                stack.extend(item for item in mapping.values() if isinstance(item, dict | list))
            case list() as sequence:
                stack.extend(item for item in sequence if isinstance(item, dict | list))
    return found


def _default(declaration: Any) -> Any:
    """What Ref gives if nobody sets the parameter; None for secrets and for names of values kept in Parameter Store."""
    declaration = _object(declaration)
    kind, default = declaration.get("Type"), declaration.get("Default")
    if not isinstance(kind, str) or kind.startswith("AWS::SSM::Parameter::Value") or declaration.get("NoEcho"):
        return None
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return default.split(",") if isinstance(default, str) and default else None
    return default if scalar(default) is not None else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
