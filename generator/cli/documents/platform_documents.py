"""Documents about the checkout: its templates, their cost, the lint rules, files that were written."""

from typing import Any

import msgspec

from generator.cli.documents import Document
from generator.cost.model import Range, Unknown
from generator.lint.catalogue import RuleInfo


class BuiltStack(msgspec.Struct, frozen=True, kw_only=True):
    """A template. ``digest`` is that of its canonical JSON, ``size`` its bytes, ``change`` what happened to its file."""

    key: str
    stack_name: str
    account: str
    region: str
    change: str
    digest: str
    size: int
    resources: int
    capabilities: tuple[str, ...]


class BuildDocument(Document, tag="build/1"):
    """The templates of the chosen stacks, and the files that were removed."""

    stacks: tuple[BuiltStack, ...]
    removed: tuple[str, ...]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """``consumer`` uses these outputs of ``producer``."""

    producer: str
    consumer: str
    names: tuple[str, ...]


class GraphDocument(Document, tag="graph/1"):
    """Stacks in an order in which they can be deployed, and what feeds what."""

    order: tuple[str, ...]
    edges: tuple[Edge, ...]


class PricedResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource with its cost a month in USD. ``verified`` is false for a price that was not looked up."""

    resource: str
    type: str
    what: str
    cost: Range
    verified: bool


class PricedStack(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of a stack a month in USD, and of each of its resources."""

    cost: Range
    resources: tuple[PricedResource, ...]


class CostEstimate(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of an environment, of home or of an account. ``priced_as`` is the Region whose prices were taken."""

    group: str
    region: str
    priced_as: str
    prices_of: str
    currency: str
    total: Range
    stacks: dict[str, PricedStack]
    unknown: tuple[Unknown, ...]


class CostDocument(Document, tag="cost/1"):
    """An estimate for each environment, home and account, or for the one that was named."""

    estimates: tuple[CostEstimate, ...]


class ExplainedRule(RuleInfo, frozen=True, kw_only=True):
    """A rule, with a template that breaks it and one that does not, where it is ours."""

    fails: dict[str, Any] | None = None
    passes: dict[str, Any] | None = None


class RulesDocument(Document, tag="rules/1"):
    """The lint rules, or those that were named."""

    rules: tuple[ExplainedRule, ...]


class SchemaFilesDocument(Document, tag="schema-files/1"):
    """Schema files: those that were written, or those that are not up to date."""

    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


class WrittenDocument(Document, tag="written/1"):
    """The files that were written."""

    written: tuple[str, ...]


class CompletionDocument(Document, tag="completion/1"):
    """The script that completes in a shell."""

    shell: str
    script: str


class GlossaryDocument(Document, tag="glossary/1"):
    """Words with their meanings."""

    words: dict[str, str]
