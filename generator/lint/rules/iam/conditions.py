"""IAM: conditions that do not say what they seem to say."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from generator.lint.rules.iam.known_names import condition_keys
from generator.lint.rules.iam.statements import Statement, Test, documents, statements
from generator.lint.rules.partial_values import shown
from generator.lint.rules.rule import rule
from generator.lint.rules.values import scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import TemplateView

_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_OPERATORS = f"{_GUIDE}reference_policies_elements_condition_operators.html"
_VERSION = f"{_GUIDE}reference_policies_elements_version.html"
# Keys whose values may hold an asterisk that is meant as such.
_LITERAL = ("s3:prefix", "s3:delimiter", "sts:externalid")


def _unknown_keys(view: TemplateView) -> Iterator[tuple[Statement, Test]]:
    for each in statements(view):
        for test in each.tests():
            if ":" in test.key and "${" not in test.key and not condition_keys().knows(test.key):
                yield each, test


@rule(
    "E9611",
    severity="error",
    title="A global condition key that does not exist",
    why="IAM accepts the policy, but the key is never in a request: an Allow never applies and a Deny never protects.",
    source=f"IAM User Guide: AWS global condition context keys, {_GUIDE}reference_policies_condition-keys.html",
    fix="Take a key from that page; the prefix aws: is for global keys only.",
)
def global_key(view: TemplateView) -> Iterator[Problem]:
    """A key `aws:...` that is not in the list of global keys."""
    for each, test in _unknown_keys(view):
        if test.key.lower().startswith("aws:"):
            near = condition_keys().near(test.key)
            yield each.problem(*test.path, message=f'There is no global condition key "{test.key}"{near}')


@rule(
    "W9612",
    severity="warning",
    title="A condition key that the service does not list",
    why="A key that is never in a request makes an Allow that never applies, or a Deny that never protects.",
    source="Service Authorization Reference, "
    "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html",
    fix="Take a key from the page of the service.",
)
def service_key(view: TemplateView) -> Iterator[Problem]:
    """A key of a service whose keys are known, and it is not among them."""
    for each, test in _unknown_keys(view):
        if not test.key.lower().startswith("aws:"):
            near = condition_keys().near(test.key)
            yield each.problem(*test.path, message=f'The service lists no condition key "{test.key}"{near}')


@rule(
    "W9613",
    severity="warning",
    title="A wildcard where none is understood",
    why="StringEquals and its kin compare letter by letter: a value with an asterisk is equal to nothing.",
    source=f"IAM User Guide: String condition operators, {_OPERATORS}#Conditions_String",
    fix="Use StringLike or StringNotLike, or ArnLike for an ARN.",
)
def literal_wildcard(view: TemplateView) -> Iterator[Problem]:
    """An asterisk in the value of a string operator other than StringLike."""
    for each in statements(view):
        for test in each.tests():
            operator = test.operator.rpartition(":")[2].removesuffix("IfExists").lower()
            if not operator.startswith("string") or "like" in operator or test.key.lower() in _LITERAL:
                continue
            for value in test.values:
                if "*" in shown(value).replace("${*}", ""):
                    yield each.problem(*test.path, message=f'{test.operator} takes "{shown(value)}" literally')
                    break


@rule(
    "E9614",
    severity="error",
    title="Bool or Null with something else than true or false",
    why="Both operators know two values; with any other the condition is never met.",
    source=f"IAM User Guide: Boolean condition operators, {_OPERATORS}#Conditions_Boolean",
    fix='Write "true" or "false".',
)
def two_values(view: TemplateView) -> Iterator[Problem]:
    """A known value of Bool or Null that is neither true nor false."""
    for each in statements(view):
        for test in each.tests():
            if test.operator.rpartition(":")[2].removesuffix("IfExists").lower() not in {"bool", "null"}:
                continue
            known = [text for text in map(scalar, test.values) if text is not None and "${" not in text]
            if any(text.lower() not in {"true", "false"} for text in known):
                yield each.problem(*test.path, message=f"{test.operator} is compared with {', '.join(known)}")


@rule(
    "E9615",
    severity="error",
    title="ForAllValues in a trust policy",
    why="ForAllValues is true when the key is missing: a token without the claim may assume the role.",
    source="IAM User Guide: Set operators for multivalued context keys, "
    f"{_GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
    fix="Use the plain operator: claims and tags of a session have one value.",
)
def for_all_values(view: TemplateView) -> Iterator[Problem]:
    """ForAllValues in an Allow of a trust policy, except on the list of tag keys."""
    for each in statements(view):
        if each.document.kind != "trust" or not each.allows:
            continue
        for test in each.tests():
            listed = test.key.lower() in {"aws:tagkeys", "sts:transitivetagkeys"}
            if test.operator.lower().startswith("forallvalues:") and not listed:
                yield each.problem(*test.path, message=f"{test.operator} lets in anyone who has no {test.key}")


@rule(
    "E9616",
    severity="error",
    title="Two conditions on one key that exclude each other",
    why="All operators of a condition block must hold at once, so the statement never applies.",
    source="IAM User Guide: Conditions with multiple context keys or values, "
    f"{_GUIDE}reference_policies_condition-logic-multiple-context-keys-or-values.html",
    fix="Keep one operator for the key, with all its values in one list.",
)
def contradiction(view: TemplateView) -> Iterator[Problem]:
    """Equals and Like on the same key without a value that meets both."""
    for each in statements(view):
        seen: dict[str, list[Test]] = {}
        for test in each.tests():
            if test.operator in {"StringEquals", "StringLike", "ArnEquals", "ArnLike"}:
                seen.setdefault(test.key.lower(), []).append(test)
        for first, *rest in seen.values():
            for other in rest:
                if _apart(first.values, other.values):
                    message = f"No {first.key} can meet both {first.operator} and {other.operator}"
                    yield each.problem(*other.path, message=message)


def _apart(left: list[Any], right: list[Any]) -> bool:
    """Whether no pair of known values, at most one of them a pattern, fits."""
    if not all(isinstance(value, str) and "${" not in value for value in (*left, *right)):
        return False
    return not any(fnmatchcase(a, b) or fnmatchcase(b, a) or ("*" in a and "*" in b) for a in left for b in right)


def _variables(node: Any) -> bool:
    match node:
        case str():
            return any(mark in node.lower() for mark in ("${aws:", "${saml:", "${cognito-identity", "${sts:"))
        case dict():
            return any(map(_variables, node.values()))
        case list():
            return any(map(_variables, node))
        case _:
            return False


@rule(
    "W9617",
    severity="warning",
    title="A policy without Version",
    why="Without Version a policy is read by the grammar of 2008, which knows no policy variables.",
    source=f"IAM User Guide: Version, {_VERSION}",
    fix='Add Version: "2012-10-17".',
)
def no_version(view: TemplateView) -> Iterator[Problem]:
    """A document that has statements, uses no variables and names no Version."""
    for each in documents(view):
        if each.body.get("Statement") and "Version" not in each.body and not _variables(each.body["Statement"]):
            yield each.problem(message="The policy names no Version, so it is read as 2008-10-17")


@rule(
    "E9618",
    severity="error",
    title="Policy variables in a policy of 2008",
    why="Before 2012-10-17 a variable such as ${aws:username} is plain text that matches nothing.",
    source=f"IAM User Guide: Version, {_VERSION}",
    fix='Set Version: "2012-10-17".',
)
def dead_variables(view: TemplateView) -> Iterator[Problem]:
    """Variables in a document whose Version is missing or 2008-10-17."""
    for each in documents(view):
        if each.body.get("Version", "2008-10-17") == "2008-10-17" and _variables(each.body.get("Statement")):
            yield each.problem("Version", message="The policy uses variables that its Version does not know")
