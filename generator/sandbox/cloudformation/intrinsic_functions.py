"""Intrinsic functions, evaluated against parameters, conditions and what is deployed.

Source: AWS CloudFormation User Guide, "Intrinsic function reference". What can't be known before a change set runs is
`KNOWN_AFTER_APPLY`, the text that AWS shows, and every function of it is too.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.sandbox.cloudformation.template_values import (
    KNOWN_AFTER_APPLY,
    NO_VALUE,
    as_text,
    function_of,
    invalid,
    unknown,
)
from generator.sandbox.server.errors import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VARIABLE = re.compile(r"\$\{(!?)([^${}]+)\}")


class Known(NamedTuple):
    """What `Ref` and `Fn::GetAtt` may use of a resource."""

    physical_id: str
    attributes: Mapping[str, Any]


class StackLocation(NamedTuple):
    """Where a stack is: the pseudo parameters."""

    account: str
    region: str
    stack_name: str
    stack_id: str
    notification_arns: tuple[str, ...] = ()


class Environment:
    """A template with the values that its functions need.

    Args:
        template: The parsed template.
        parameters: Values of the parameters: text, or a list of texts for list types.
        place: The pseudo parameters.
        resources: What is deployed. A resource that is missing here is `KNOWN_AFTER_APPLY`.
        exports: The value of an export of this account and region, or None.
        outputs: The value of another stack's output (`Fn::GetStackOutput`), or None.
    """

    def __init__(  # noqa: PLR0913 - what the functions can refer to
        self,
        template: dict[str, Any],
        parameters: Mapping[str, Any],
        place: StackLocation,
        *,
        resources: Mapping[str, Known],
        exports: Callable[[str], str | None],
        outputs: Callable[[dict[str, str]], str | None],
    ) -> None:
        self.template = template
        self.parameters = parameters
        self.place = place
        self.resources = resources
        self._exports = exports
        self._outputs = outputs
        self._conditions: dict[str, bool] = {}
        self.imported: set[str] = set()

    def value(self, node: Any) -> Any:
        """A node with all functions evaluated; keys whose value is `AWS::NoValue` are left out.

        Raises:
            AwsError: `ValidationError` in AWS's words for what can't be evaluated.
        """
        name = function_of(node)
        if name is not None:
            return self._call(name, node[name])
        if isinstance(node, dict):
            parts = {str(key): self.value(part) for key, part in node.items()}
            return {key: part for key, part in parts.items() if part is not NO_VALUE}
        if isinstance(node, list):
            return [part for part in (self.value(item) for item in node) if part is not NO_VALUE]
        return node

    def condition(self, name: Any) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._conditions:
            declared = self.template.get("Conditions") or {}
            if name not in declared:
                raise invalid(f"Template format error: Unresolved condition dependency {name} in the template")
            self._conditions[name] = self._truth(declared[name])
        return self._conditions[name]

    def exists(self, logical_id: str) -> bool:
        """Whether a resource's own condition holds."""
        definition = self.template["Resources"].get(logical_id)
        if definition is None:
            return False
        return "Condition" not in definition or self.condition(definition["Condition"])

    def active(self) -> list[str]:
        """The logical ids of the resources whose condition holds, as the template orders them."""
        return [name for name in self.template["Resources"] if self.exists(name)]

    def _truth(self, node: Any) -> bool:
        if not isinstance(node, dict) or len(node) != 1:
            raise invalid("Template format error: Every Condition member must be a condition function.")
        name, argument = next(iter(node.items()))
        match name:
            case "Condition":
                return self.condition(argument)
            case "Fn::Equals":
                left, right = (self.value(part) for part in argument)
                return as_text(left) == as_text(right)
            case "Fn::Not":
                return not self._truth(argument[0])
            case "Fn::And":
                return all(self._truth(part) for part in argument)
            case "Fn::Or":
                return any(self._truth(part) for part in argument)
        raise invalid(f"Template error: {name} is not a condition function; use Fn::Equals, Fn::And, Fn::Or or Fn::Not")

    def _call(self, name: str, argument: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - one line for each function
        match name:
            case "Ref":
                return self.ref(str(argument))
            case "Fn::GetAtt":
                target, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(str(target), str(self.value(attribute)))
            case "Fn::If":
                return self.value(argument[1] if self.condition(argument[0]) else argument[2])
            case "Fn::Sub":
                return self._sub(argument)
            case "Fn::Join":
                return self._join(argument)
            case "Fn::Select":
                return self._select(argument)
            case "Fn::Split":
                text = self.value(argument[1])
                return text if unknown(text) else str(text).split(argument[0])
            case "Fn::FindInMap":
                return self._find_in_map(argument)
            case "Fn::ImportValue":
                return self._import(self.value(argument))
            case "Fn::GetStackOutput":
                return self._stack_output(self.value(argument))
            case "Fn::Base64":
                text = self.value(argument)
                return text if unknown(text) else base64.b64encode(str(text).encode()).decode()
            case "Fn::GetAZs":
                region = self.value(argument) or self.place.region
                return [f"{region}{zone}" for zone in "abc"]
            case "Fn::Cidr":
                return _cidr([self.value(part) for part in argument])
            case "Fn::ToJsonString":
                value = self.value(argument)
                return KNOWN_AFTER_APPLY if unknown(value) else json.dumps(value, separators=(",", ":"))
            case "Fn::Length":
                return len(self.value(argument))
            case "Fn::And" | "Fn::Or" | "Fn::Not" | "Fn::Equals":
                return self._truth({name: argument})
        if name.startswith(("Fn::Transform", "Fn::ForEach")):
            raise refused(name, "expand the template before you send it")
        raise invalid(f"Template error: {name} is not a function of CloudFormation")

    def ref(self, name: str) -> Any:  # noqa: PLR0911 - one line for each pseudo parameter
        """The value of `Ref`."""
        if name in self.parameters:
            return self.parameters[name]
        place = self.place
        match name:
            case "AWS::NoValue":
                return NO_VALUE
            case "AWS::Region":
                return place.region
            case "AWS::AccountId":
                return place.account
            case "AWS::Partition":
                return "aws"
            case "AWS::URLSuffix":
                return "amazonaws.com"
            case "AWS::StackName":
                return place.stack_name
            case "AWS::StackId":
                return place.stack_id
            case "AWS::NotificationARNs":
                return list(place.notification_arns)
        found = self.resources.get(name)
        return found.physical_id if found is not None else KNOWN_AFTER_APPLY

    def attribute(self, name: str, attribute: str) -> Any:
        """The value of `Fn::GetAtt`."""
        found = self.resources.get(name)
        if found is None:
            return KNOWN_AFTER_APPLY
        if attribute in found.attributes:
            return found.attributes[attribute]
        value: Any = found.attributes
        for part in attribute.split("."):
            if not isinstance(value, dict) or part not in value:
                raise invalid(
                    f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
                )
            value = value[part]
        return value

    def _sub(self, argument: Any) -> str:
        text, local = (argument, {}) if isinstance(argument, str) else argument
        parts: dict[str, Any] = {}
        for literal, name in _VARIABLE.findall(text):
            if literal:
                continue
            if name in local:
                parts[name] = self.value(local[name])
            elif "." in name:
                parts[name] = self.attribute(*name.split(".", 1))
            else:
                parts[name] = self.ref(name)
        if any(unknown(part) for part in parts.values()):
            return KNOWN_AFTER_APPLY

        def put(match: re.Match[str]) -> str:
            return f"${{{match[2]}}}" if match[1] else as_text(parts[match[2]])

        return _VARIABLE.sub(put, text)

    def _join(self, argument: Any) -> str:
        separator, items = argument[0], self.value(argument[1])
        return KNOWN_AFTER_APPLY if unknown(items) else str(separator).join(as_text(item) for item in items)

    def _select(self, argument: Any) -> Any:
        index, items = self.value(argument[0]), self.value(argument[1])
        if unknown(index) or items == KNOWN_AFTER_APPLY:
            return KNOWN_AFTER_APPLY
        try:
            return items[int(index)]
        except (IndexError, ValueError) as error:
            raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {index}") from error

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (str(self.value(part)) for part in argument[:3])
        try:
            return self.template["Mappings"][name][first][second]
        except KeyError as error:
            if len(argument) > 3 and isinstance(argument[3], dict) and "DefaultValue" in argument[3]:
                return self.value(argument[3]["DefaultValue"])
            raise invalid(f"Template error: Unable to get mapping for {name}::{first}::{second}") from error

    def _import(self, name: Any) -> str:
        if unknown(name):
            return KNOWN_AFTER_APPLY
        value = self._exports(str(name))
        if value is None:
            raise invalid(f"No export named {name} found. Rollback requested by user.")
        self.imported.add(str(name))
        return value

    def _stack_output(self, query: Any) -> str:
        value = self._outputs({key: str(part) for key, part in query.items()})
        if value is None:
            raise invalid(f"Stack {query.get('StackName')} has no output named {query.get('OutputName')}")
        return value


def _cidr(parts: list[Any]) -> Any:
    block, count, bits = parts[0], int(parts[1]), int(parts[2]) if len(parts) > 2 else None
    if unknown(block):
        return KNOWN_AFTER_APPLY
    network = ipaddress.ip_network(str(block))
    prefix = network.max_prefixlen - bits if bits is not None else network.prefixlen + (count - 1).bit_length()
    subnets = network.subnets(new_prefix=prefix)
    return [str(next(subnets)) for _ in range(count)]
