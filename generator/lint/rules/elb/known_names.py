"""Names and values that Elastic Load Balancing accepts.

Sources: Elastic Load Balancing API Reference, LoadBalancerAttribute, TargetGroupAttribute and ListenerAttribute (botocore
1.44.5), and "Security policies" for Application and Network Load Balancers; read 2026-10.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

ALB, NLB, GWLB = "application", "network", "gateway"
ANY = frozenset({ALB, NLB, GWLB})
BOTH = frozenset({ALB, NLB})


class Attribute(NamedTuple):
    """An attribute: the load balancer types that have it, and the form of its value."""

    types: frozenset[str]
    value: re.Pattern[str]
    range: tuple[int, int] | None
    says: str


def _text(types: frozenset[str]) -> Attribute:
    return Attribute(types, re.compile(r".*", re.DOTALL), None, "any text")


def _one(types: frozenset[str], *choices: str) -> Attribute:
    return Attribute(types, re.compile("|".join(map(re.escape, choices))), None, " or ".join(choices))


def _flag(types: frozenset[str]) -> Attribute:
    return _one(types, "true", "false")


def _whole(types: frozenset[str], low: int, high: int, also: str = "") -> Attribute:
    says = f"{low} to {high}" + (f" or {also}" if also else "")
    return Attribute(types, re.compile(rf"\d+|{also}" if also else r"\d+"), (low, high), says)


_A, _N, _G = frozenset({ALB}), frozenset({NLB}), frozenset({GWLB})

LOAD_BALANCER = {
    "deletion_protection.enabled": _flag(ANY),
    "load_balancing.cross_zone.enabled": _flag(ANY),
    **{f"access_logs.s3.{key}": _text(BOTH) for key in ("bucket", "prefix")},
    **{f"{kind}_logs.s3.{key}": _text(_A) for kind in ("connection", "health_check") for key in ("bucket", "prefix")},
    "access_logs.s3.enabled": _flag(BOTH),
    "connection_logs.s3.enabled": _flag(_A),
    "health_check_logs.s3.enabled": _flag(_A),
    "ipv6.deny_all_igw_traffic": _flag(BOTH),
    "zonal_shift.config.enabled": _flag(BOTH),
    "idle_timeout.timeout_seconds": _whole(_A, 1, 4000),
    "client_keep_alive.seconds": _whole(_A, 60, 604800),
    "routing.http.desync_mitigation_mode": _one(_A, "monitor", "defensive", "strictest"),
    "routing.http.drop_invalid_header_fields.enabled": _flag(_A),
    "routing.http.preserve_host_header.enabled": _flag(_A),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": _flag(_A),
    "routing.http.xff_client_port.enabled": _flag(_A),
    "routing.http.xff_header_processing.mode": _one(_A, "append", "preserve", "remove"),
    "routing.http2.enabled": _flag(_A),
    "waf.fail_open.enabled": _flag(_A),
    "dns_record.client_routing_policy": _one(
        _N, "availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"
    ),
    "secondary_ips.auto_assigned.per_subnet": _whole(_N, 0, 7),
}

_HEALTH = "target_group_health."
TARGET_GROUP = {
    "deregistration_delay.timeout_seconds": _whole(ANY, 0, 3600),
    "stickiness.enabled": _flag(ANY),
    "stickiness.type": _one(
        ANY, "lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"
    ),
    "load_balancing.cross_zone.enabled": _one(ANY, "true", "false", "use_load_balancer_configuration"),
    f"{_HEALTH}dns_failover.minimum_healthy_targets.count": _whole(BOTH, 1, 10**6, "off"),
    f"{_HEALTH}dns_failover.minimum_healthy_targets.percentage": _whole(BOTH, 1, 100, "off"),
    f"{_HEALTH}unhealthy_state_routing.minimum_healthy_targets.count": _whole(BOTH, 1, 10**6),
    f"{_HEALTH}unhealthy_state_routing.minimum_healthy_targets.percentage": _whole(BOTH, 1, 100, "off"),
    "load_balancing.algorithm.type": _one(_A, "round_robin", "least_outstanding_requests", "weighted_random"),
    "load_balancing.algorithm.anomaly_mitigation": _one(_A, "on", "off"),
    # 0 switches it off.
    "slow_start.duration_seconds": _whole(_A, 0, 900),
    "stickiness.app_cookie.cookie_name": _text(_A),
    "stickiness.app_cookie.duration_seconds": _whole(_A, 1, 604800),
    "stickiness.lb_cookie.duration_seconds": _whole(_A, 1, 604800),
    "lambda.multi_value_headers.enabled": _flag(_A),
    "deregistration_delay.connection_termination.enabled": _flag(_N),
    "preserve_client_ip.enabled": _flag(_N),
    "proxy_protocol_v2.enabled": _flag(_N),
    "target_health_state.unhealthy.connection_termination.enabled": _flag(_N),
    "target_health_state.unhealthy.draining_interval_seconds": _whole(_N, 0, 360000),
    "target_failover.on_deregistration": _one(_G, "rebalance", "no_rebalance"),
    "target_failover.on_unhealthy": _one(_G, "rebalance", "no_rebalance"),
    "send_tcp_reset.on_unhealthy.enabled": _flag(_G),
    "send_tcp_reset.on_deregistration.enabled": _flag(_G),
}

_REQUEST = ("serial_number", "issuer", "subject", "validity", "leaf")
_RESPONSE = (
    "strict_transport_security",
    "access_control_allow_origin",
    "access_control_allow_methods",
    "access_control_allow_headers",
    "access_control_allow_credentials",
    "access_control_expose_headers",
    "access_control_max_age",
    "content_security_policy",
    "x_content_type_options",
    "x_frame_options",
)
LISTENER = {
    "tcp.idle_timeout.seconds": _whole(frozenset({NLB, GWLB}), 60, 6000),
    "send_tcp_reset.on_idle_timeout.enabled": _flag(_G),
    **{f"routing.http.request.x_amzn_mtls_clientcert_{key}.header_name": _text(_A) for key in _REQUEST},
    "routing.http.request.x_amzn_mtls_clientcert.header_name": _text(_A),
    "routing.http.request.x_amzn_tls_version.header_name": _text(_A),
    "routing.http.request.x_amzn_tls_cipher_suite.header_name": _text(_A),
    "routing.http.response.server.enabled": _flag(_A),
    **{f"routing.http.response.{key}.header_value": _text(_A) for key in _RESPONSE},
}

# Policies that accept TLS 1.0 or 1.1; 2016-08 is what CloudFormation uses when none is given.
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
_POLICIES = json.loads((Path(__file__).parents[1] / "tables" / "elb_policies.json").read_text(encoding="utf-8"))
WEAK_POLICIES = frozenset(_POLICIES["weak"])
STRONG_POLICIES = frozenset(_POLICIES["strong"])
