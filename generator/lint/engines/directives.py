"""What a template's own metadata asks linters to leave out: `Metadata: {cfn-lint: {config: {ignore_checks: [...]}}}`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.lint.findings import Finding


def ignored(content: bytes) -> Callable[[Finding], bool]:
    """A test for one template: whether its author asked not to see a finding.

    As in cfn-lint, the template's list holds prefixes and a resource's list whole ids. An id that starts with F counts as
    the E of the same number. A template that does not parse ignores nothing.
    """
    template = _load(content)
    everywhere = tuple(_checks(template))
    resources = template.get("Resources")
    inside = {
        name: frozenset(_checks(body)) for name, body in (resources.items() if isinstance(resources, dict) else ())
    }

    def test(finding: Finding) -> bool:
        ids = (finding.id, "E" + finding.id[1:]) if finding.id.startswith("F") else (finding.id,)
        if any(name.startswith(everywhere) for name in ids):
            return True
        return finding.resource is not None and not inside.get(finding.resource, frozenset()).isdisjoint(ids)

    return test


def _checks(node: Any) -> list[str]:
    for key in ("Metadata", "cfn-lint", "config", "ignore_checks"):
        node = node.get(key) if isinstance(node, dict) else None
    return [check for check in node if isinstance(check, str)] if isinstance(node, list) else []


def _load(content: bytes) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.load(content, _loader())  # noqa: S506 - a SafeLoader that reads short tags as plain values
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


@cache
def _loader() -> Any:
    import yaml

    class Lenient(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Takes any tag for the plain value below it: only the metadata is of interest."""

    def plain(loader: Any, _suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return node.value

    Lenient.add_multi_constructor("!", plain)
    return Lenient
