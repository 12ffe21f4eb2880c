"""Load balancers, listeners, rules and target groups as the proxy needs them: values."""

from __future__ import annotations

from typing import NamedTuple


class Check(NamedTuple):
    """The health check of a target group; times are seconds, `codes` is the matcher (`200-299`)."""

    path: str
    codes: str
    interval: float
    timeout: float
    healthy: int
    unhealthy: int


class Group(NamedTuple):
    """A target group. `delay` and `slow_start` are seconds, `name` is its dimension in CloudWatch."""

    arn: str
    name: str
    check: Check
    delay: float
    slow_start: int
    least_requests: bool


class Rule(NamedTuple):
    """A rule, in the order of its priority among those of its listener.

    Attributes:
        arn: Its ARN; "" of the listener's own actions.
        hosts: Patterns of the host; empty is every host.
        paths: Patterns of the path; empty is every path.
        forward: Target groups with their weights.
        answer: A fixed response (status, content type, body), or None.
        redirect: (status, protocol, port) of a redirect to the same address, or None.
    """

    arn: str
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    forward: tuple[tuple[str, int], ...] = ()
    answer: tuple[int, str, str] | None = None
    redirect: tuple[int, str, str] | None = None


class Listener(NamedTuple):
    """A listener with its rules; the last one always matches. `idle` is the load balancer's idle timeout in seconds."""

    arn: str
    balancer: str
    port: int
    tls: bool
    idle: float
    rules: tuple[Rule, ...]


class Traffic(NamedTuple):
    """Everything that a proxy serves."""

    listeners: tuple[Listener, ...]
    groups: tuple[Group, ...]
