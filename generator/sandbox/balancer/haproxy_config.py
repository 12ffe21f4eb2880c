"""HAProxy's configuration for the load balancers of an account; pure.

The options are those of the HAProxy 2.6 configuration manual. What they stand for is in the Elastic Load Balancing User
Guide for Application Load Balancers: "Listener rules", "Target groups", "Health checks", "Troubleshooting" (502, 503, 504),
"HTTP headers and Application Load Balancers" (X-Forwarded-*).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.sandbox.balancer.routes_of_traffic import Check, Group, Listener, Rule, Traffic

# Targets that a group may have at once; each waits, disabled, until a task takes it.
SLOTS = 24
SCALE = 10_000
# An Application Load Balancer waits 10 s for a connection to a target (Troubleshooting, HTTP 504).
CONNECT = 10
# Of a target that gets its full share.
WEIGHT = 100
# What follows a group's name in that of its second backend, which is asked while no target of the group is healthy.
OPEN = "o"


class Places(NamedTuple):
    """Files and ports of the proxy.

    Attributes:
        folder: Of its sockets, map and certificate.
        log_port: UDP port on 127.0.0.1 that receives each request.
        ports: ARN of a listener, or of a rule with a host, to the port on 127.0.0.1 that it has here.
        certificate: PEM file for TLS; "" where there is none, and listeners are plain.
    """

    folder: str
    log_port: int
    ports: Mapping[str, int]
    certificate: str = ""


class Seat(NamedTuple):
    """A target that takes requests while the proxy is started again: its address, and whether it is healthy."""

    group: str
    slot: int
    address: str
    healthy: bool = True


def write(traffic: Traffic, places: Places, seats: tuple[Seat, ...] = ()) -> str:
    """The whole configuration."""
    names = {group.arn: f"g{number}" for number, group in enumerate(traffic.groups)}
    parts = [_BASE.format(folder=places.folder, log=places.log_port, connect=CONNECT)]
    rules = rule_names(traffic)
    for number, listener in enumerate(traffic.listeners):
        parts.append(_frontend(f"l{number}", listener, places, names, rules))
        parts += [_door(rule, listener, places, rules, names) for rule in listener.rules if rule.arn in places.ports]
    # A target group belongs to one load balancer, whose idle timeout holds for its targets, too.
    idle = {arn: listener.idle for listener in traffic.listeners for rule in listener.rules for arn, _ in rule.forward}
    for group in traffic.groups:
        own = [seat for seat in seats if seat.group == group.arn]
        name, limit = names[group.arn], idle.get(group.arn, 60)
        parts.append(_backend(_head(name, group, limit), group.check, {s.slot: s.address for s in own if s.healthy}))
        parts.append(_seated(_head(f"{name}{OPEN}", group, limit), {s.slot: s.address for s in own}, ""))
    return "\n".join(parts)


def rule_names(traffic: Traffic) -> dict[tuple[str, str], str]:
    """The name of each rule by (listener, rule), as the log tells it."""
    pairs = [(listener.arn, rule.arn) for listener in traffic.listeners for rule in listener.rules]
    return {pair: f"r{number}" for number, pair in enumerate(pairs)}


def weights(traffic: Traffic) -> dict[str, int]:
    """The map of weights: for each group of a rule but the last, below which random number it is chosen."""
    names, found = rule_names(traffic), {}
    for listener in traffic.listeners:
        for rule in listener.rules:
            total, so_far = sum(weight for _, weight in rule.forward), 0
            for number, (_, weight) in enumerate(rule.forward[:-1]):
                so_far += weight
                found[f"{names[listener.arn, rule.arn]}.{number}"] = SCALE * so_far // total if total else 0
    return found


def shape(traffic: Traffic) -> Traffic:
    """What a running proxy can't be told: everything but weights. Two that are equal need no new start."""
    return traffic._replace(
        listeners=tuple(
            listener._replace(
                rules=tuple(r._replace(forward=tuple((g, 0) for g, _ in r.forward)) for r in listener.rules)
            )
            for listener in traffic.listeners
        ),
        groups=tuple(group._replace(delay=0, slow_start=0) for group in traffic.groups),
    )


# No retries and no redispatch: what fails is seen. Idle connections to targets are kept for as long as the load balancer
# keeps them, and those of clients are not cut by a new start, but closed with the next answer.
_BASE = """global
  log 127.0.0.1:{log} len 1024 format raw local0 info
  stats socket {folder}/admin.sock mode 600 level admin expose-fd listeners
  nbthread 1
  maxconn 4000
  hard-stop-after 120s

defaults
  mode http
  log global
  retries 0
  no option redispatch
  option http-keep-alive
  option idle-close-on-response
  http-reuse always
  timeout connect {connect}s
  log-format "R %Ts%ms %f %b %s %ST %Tr %Ta %tsc %[var(txn.target)] %[var(txn.rule)]"
"""


def _frontend(
    name: str, listener: Listener, places: Places, names: Mapping[str, str], rules: Mapping[tuple[str, str], str]
) -> str:
    tls = bool(listener.tls and places.certificate)
    secure = f" ssl crt {places.certificate} alpn h2,http/1.1" if tls else ""
    lines = [
        f"frontend {name}",
        f"  bind 127.0.0.1:{places.ports[listener.arn]}{secure}",
        f"  timeout client {listener.idle:g}s",
        f"  timeout http-keep-alive {listener.idle:g}s",
        "  option forwardfor",
        f"  http-request set-header X-Forwarded-Proto {'https' if listener.tls else 'http'}",
        f"  http-request set-header X-Forwarded-Port {listener.port}",
        f"  http-request set-var(txn.random) rand({SCALE})",
        "  http-request set-var(txn.began) date(0,ms)",
    ]
    own = [(rules[listener.arn, rule.arn], rule) for rule in listener.rules]
    lines += [f"  http-request set-var(txn.rule) str({key}) if {_condition(rule)}" for key, rule in own]
    return _routed(lines, own, places, names)


def _door(
    rule: Rule, listener: Listener, places: Places, rules: Mapping[tuple[str, str], str], names: Mapping[str, str]
) -> str:
    """A port for a browser of this machine, which can't ask for the rule's host: what comes here is the rule's."""
    key = rules[listener.arn, rule.arn]
    lines = [
        f"frontend d{key}",
        f"  bind 127.0.0.1:{places.ports[rule.arn]}",
        f"  timeout client {listener.idle:g}s",
        "  option forwardfor",
        f"  http-request set-header Host {_quoted(rule.hosts[0].replace('*', 'any'))}",
        "  http-request set-header X-Forwarded-Proto http",
        f"  http-request set-var(txn.random) rand({SCALE})",
        f"  http-request set-var(txn.rule) str({key})",
        "  http-request set-var(txn.began) date(0,ms)",
    ]
    return _routed(lines, [(key, rule)], places, names)


def _routed(lines: list[str], own: list[tuple[str, Rule]], places: Places, names: Mapping[str, str]) -> str:
    """A frontend with what its rules do."""
    for key, rule in own:
        chosen = f"{{ var(txn.rule) -m str {key} }}"
        if rule.answer:
            status, kind, body = rule.answer
            content = f" content-type {_quoted(kind)} string {_quoted(body)}" if body else ""
            lines.append(f"  http-request return status {status}{content} if {chosen}")
        elif rule.redirect:
            status, protocol, port = rule.redirect
            place = f"{protocol.lower()}://%[req.hdr(host),field(1,:)]:{port}%[pathq]"
            lines.append(f"  http-request redirect location {place} code {status} if {chosen}")
    for key, rule in own:
        chosen = f"{{ var(txn.rule) -m str {key} }}"
        known = [names[arn] for arn, _ in rule.forward if arn in names]
        for number, group in enumerate(known[:-1]):
            cut = f"txn.cut{number}"
            lines.append(
                f"  http-request set-var({cut}) str({key}.{number}),map_str_int({places.folder}/weights.map,0) if {chosen}"
            )
            lines += _used(group, f"{chosen} {{ var(txn.random),sub({cut}) lt 0 }}")
        lines += _used(known[-1], chosen) if known else []
    # HAProxy decides about backends after all http-request rules, and wants them written so.
    lines.sort(key=lambda line: line.startswith("  use_backend"))
    return "\n".join(lines) + "\n"


def _used(group: str, when: str) -> list[str]:
    """Ask a group's healthy targets; where it has none, the load balancer fails open (Health checks for target groups)."""
    return [
        f"  use_backend {group}{OPEN} if {when} {{ nbsrv({group}) eq 0 }} {{ nbsrv({group}{OPEN}) gt 0 }}",
        f"  use_backend {group} if {when}",
    ]


def _condition(rule: Rule) -> str:
    """The conditions of a rule; one that was found before, with a smaller priority, wins."""
    parts = ["!{ var(txn.rule) -m found }"]
    if rule.hosts:
        patterns = " ".join(_quoted(_regex(host.lower())) for host in rule.hosts)
        parts.append(f"{{ req.hdr(host),field(1,:),lower -m reg {patterns} }}")
    if rule.paths:
        parts.append(f"{{ path -m reg {' '.join(_quoted(_regex(path)) for path in rule.paths)} }}")
    return " ".join(parts)


def _regex(pattern: str) -> str:
    """A pattern of a rule as a regular expression: `*` is any text, `?` any character; "" matches nothing."""
    if not pattern:
        return "^$a"
    return "^" + "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern) + "$"


def _quoted(text: str) -> str:
    """Text as one word of the configuration: strong quotes take everything as it is but themselves and line ends."""
    return "'" + text.replace("'", "").replace("\n", " ") + "'"


def _backend(head: list[str], check: Check, seats: Mapping[int, str]) -> str:
    lines = [
        *head,
        f"  timeout check {check.timeout:g}s",
        "  option httpchk",
        f"  http-check send meth GET uri {_quoted(check.path)} ver HTTP/1.1 hdr Host target hdr User-Agent ELB-HealthChecker/2.0",
        f"  http-check expect status {check.codes}",
        f"  default-server inter {check.interval:g}s rise {check.healthy} fall {check.unhealthy}",
    ]
    return _seated(lines, seats, " check")


def _head(name: str, group: Group, idle: float) -> list[str]:
    """What a group's two backends have in common: the second has the same targets, without health checks."""
    # A target that refuses or resets is 502 for the load balancer, one that can't be connected to in time 504, and 503 is a
    # group without targets (Troubleshooting).
    mine = "if { status 503 } !{ var(txn.target) -m found } { nbsrv gt 0 }"
    late = f"{{ date(0,ms),sub(txn.began) ge {1000 * CONNECT} }}"
    return [
        f"backend {name}",
        f"  balance {'leastconn' if group.least_requests else 'roundrobin'}",
        f"  timeout server {idle:g}s",
        f"  timeout tunnel {idle:g}s",
        "  http-response set-var(txn.target) int(1)",
        f"  http-after-response set-status 504 {mine} {late}",
        f"  http-after-response set-status 502 {mine}",
        f"  default-server pool-purge-delay 60s weight {WEIGHT}",
    ]


def _seated(lines: list[str], seats: Mapping[int, str], check: str) -> str:
    for slot in range(SLOTS):
        address = seats.get(slot)
        lines.append(f"  server s{slot} {address or '127.0.0.1:1'}{check}{'' if address else ' disabled'}")
    return "\n".join(lines) + "\n"
