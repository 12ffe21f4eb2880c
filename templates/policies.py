"""IAM documents through awacs, with the traps of awacs closed in one place.

awacs sets no Version by default, accepts statements without Action or Resource, and keeps only the last of two
condition blocks that use the same operator; these functions do not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from awacs import aws
from awacs.aws import Action, Allow, AWSPrincipal, Condition, Deny, PolicyDocument, Principal, Statement


def actions(service: str, *names: str) -> list[Action]:
    """``actions("ecs", "DescribeServices", "ListTasks")``."""
    return [Action(service, name) for name in names]


def condition(tests: Mapping[str, Mapping[str, Any]]) -> Condition:
    """A condition block from ``{"StringEquals": {"aws:SourceAccount": ...}}``; a mapping can't repeat an operator.

    Raises:
        ValueError: an operator that IAM does not know.
    """
    unknown = sorted(name for name in tests if not _is_operator(getattr(aws, name, None)))
    if unknown:
        raise ValueError(f"unknown condition operator {', '.join(unknown)}; see the classes of awacs.aws")
    return Condition([getattr(aws, name)(dict(keys)) for name, keys in tests.items()])


def _is_operator(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, aws.ConditionElement)


def _statement(effect: str, sid: str, acts: Iterable[Action], fields: dict[str, Any]) -> Statement:
    acts = list(acts)
    if not acts:
        raise ValueError(f"statement {sid} names no action")
    return Statement(Sid=sid, Effect=effect, Action=acts, **fields)


def allow(
    sid: str, acts: Iterable[Action], resources: Sequence[Any], when: Mapping[str, Mapping[str, Any]] | None = None
) -> Statement:
    """An Allow on named resources."""
    return _resourced(Allow, sid, acts, resources, when)


def deny(
    sid: str, acts: Iterable[Action], resources: Sequence[Any], when: Mapping[str, Mapping[str, Any]] | None = None
) -> Statement:
    """A Deny on named resources."""
    return _resourced(Deny, sid, acts, resources, when)


def _resourced(effect: str, sid: str, acts: Iterable[Action], resources: Sequence[Any], when: Any) -> Statement:
    if not resources:
        raise ValueError(f"statement {sid} names no resource")
    fields: dict[str, Any] = {"Resource": list(resources)}
    if when:
        fields["Condition"] = condition(when)
    return _statement(effect, sid, acts, fields)


def grant(  # noqa: PLR0913, PLR0917 - a statement has these six parts
    sid: str,
    principal: Principal,
    acts: Iterable[Action],
    when: Mapping[str, Mapping[str, Any]] | None = None,
    resources: Sequence[Any] = (),
    effect: str = Allow,
) -> Statement:
    """A statement of a resource policy or a trust policy; ``resources`` is left out of trust policies."""
    fields: dict[str, Any] = {"Principal": principal}
    if resources:
        fields["Resource"] = list(resources)
    if when:
        fields["Condition"] = condition(when)
    return _statement(effect, sid, acts, fields)


def document(*statements: Statement) -> PolicyDocument:
    """A policy document of version 2012-10-17 (without it policy variables are plain text)."""
    sids = [s.Sid for s in statements]
    if len(set(sids)) != len(sids):
        raise ValueError(f"repeated statement id in {sids}")
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def trust(service: str, when: Mapping[str, Mapping[str, Any]] | None = None) -> PolicyDocument:
    """A trust policy for one AWS service, such as ``ecs-tasks.amazonaws.com``."""
    return document(grant("Assume", Principal("Service", service), actions("sts", "AssumeRole"), when))


def account_root(account: Any) -> AWSPrincipal:
    """The principal that stands for a whole account: its own IAM policies decide who."""
    return AWSPrincipal(account)
