"""Whatever options are combined, the stacks link, hang together without a circle, and fit."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.build.artifact import MAX_BODY
from generator.build.build import build_graph
from generator.build.json_encoder import to_bytes
from generator.catalog.stacks import stacks
from generator.config.model import Configuration, Environment, Platform
from templates.params.service import ServiceSpec

flags = st.booleans()
certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555"
zone = {"hosted_zone_id": "Z0123456789ABCDEFGHIJ"}


def indexed(*names: str) -> dict[str, Any]:
    """A table with these indexes, each with a key of its own."""
    return {"items": {"indexes": {name: {"partition_key": {"name": name}} for name in names}}}


data = st.fixed_dictionaries(
    {
        "database": st.sampled_from([None, {}, {"engine": "mysql"}]),
        "tables": st.sampled_from(
            [{}, {"items": {}}, indexed("by_user", "by_day"), indexed("by_day", "by_kind", "by_place")]
        ),
        "buckets": st.sampled_from([{}, {"files": {}}]),
    }
)
edge = st.fixed_dictionaries(
    {
        "records": flags,
        "health_check": flags,
        "failover": st.sampled_from(
            [None, {"role": "primary", "record": "www"}, {"role": "secondary", "record": "www"}]
        ),
        "cdn": st.sampled_from([None, {}]),
        "accelerator": flags,
    }
)
rollouts = st.sampled_from(
    [{"strategy": s, "pause": p} for s in ("blue-green", "canary", "linear") for p in (None, {})]
    + [{"strategy": "rolling"}]
)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    kept = draw(data)
    count = draw(st.integers(0, 3))
    spot, ec2 = draw(flags), draw(flags)
    database = kept["database"] is not None
    environment = {
        "account": "111122223333",
        "region": "eu-west-1",
        "domain": "x.example.com",
        **draw(st.sampled_from([zone, {**zone, "certificate_arn": certificate}, {"certificate_arn": certificate}])),
        "protected": draw(flags),
        "network": {
            "zones": draw(st.sampled_from([2, 3])),
            "nat": draw(st.sampled_from(["per-zone", "one", "none"])),
            "flow_logs": {"enabled": draw(flags)},
            "endpoints": {
                "gateway": draw(st.sampled_from([[], ["s3"]])),
                "interface": draw(st.sampled_from([[], ["ecr.api", "logs"]])),
            },
        },
        "cluster": {"spot": {} if spot else None, "ec2": {} if ec2 else None},
        "load_balancer": {
            "access_logs": draw(flags),
            "internal": draw(flags),
            "waf": draw(st.sampled_from([None, {}])),
        },
        "data": kept,
        "alerts": {"emails": draw(st.sampled_from([[], ["a@example.com"]]))},
        "observability": {"dashboard": draw(flags), "audit_alarms": draw(flags)},
        "edge": draw(edge),
        # Experiments need something to break: the reader refuses them without a service.
        "chaos": None
        if not count
        else draw(
            st.sampled_from(
                [None, {"experiments": ["kill-tasks", "zone-loss", *(["database-latency"] if database else [])]}]
            )
        ),
    }
    service = {
        "port": 8080,
        "launch": draw(st.sampled_from(["default", "fargate", *(["spot"] if spot else []), *(["ec2"] if ec2 else [])])),
        "rollout": draw(rollouts),
        "uses": {"database": database, "tables": list(kept["tables"]), "buckets": list(kept["buckets"])},
        "exec": draw(flags),
    }
    services = {f"s{i}": msgspec.convert(service, ServiceSpec) for i in range(count)}
    platform = {
        "name": "plat",
        "owner": "o",
        "github": {
            "repository": "a/b",
            "repository_id": 1,
            "owner_id": 2,
            "oidc_provider": draw(st.sampled_from(["create", "existing"])),
        },
        "bot": {"environment": "x", "spot": draw(flags) and spot},
    }
    if "hosted_zone_id" not in environment:
        environment["edge"] = {"records": False}
    return Configuration(
        platform=msgspec.convert(platform, Platform),
        environments={"x": msgspec.convert(environment, Environment)},
        services={"x": services},
        functions={"x": {}},
        sources={},
    )


@pytest.mark.no_cover
@settings(max_examples=30)
@given(configurations())
def test_every_combination_links_and_fits(config: Configuration) -> None:
    """Each parameter has exactly one giver, no circle closes, and every template can travel inline."""
    graph = build_graph(config, "x")
    place = {key: i for i, key in enumerate(graph.order)}
    assert all(place[e.producer] < place[e.consumer] for e in graph.edges)
    for spec in stacks(config):
        assert len(to_bytes(spec.template())) <= MAX_BODY
