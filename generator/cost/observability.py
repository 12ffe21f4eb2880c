"""Monitoring: alarms and dashboards."""

from collections.abc import Iterator

from generator.cost.model import Charge, steady
from generator.cost.template_resources import Context, Resource


def alarm(r: Resource, c: Context) -> Iterator[Charge]:
    """An alarm costs for every metric that it reads, and thrice under a minute."""
    metrics = [m for m in r.props.get("Metrics", []) if "MetricStat" in m]
    periods = [m["MetricStat"].get("Period", 60) for m in metrics] or [r.props.get("Period", 60)]
    fast = any(isinstance(p, int) and p < 60 for p in periods)
    count = len(periods)
    what = "" if count == 1 else f"{count} metrics"
    yield c.rates.charge(what, ("alarm_fast" if fast else "alarm", steady(count)))


def scaling_policy(r: Resource, c: Context) -> Iterator[Charge]:
    """Target tracking creates two alarms of its own, one if it may not scale in."""
    if r.props.get("PolicyType") != "TargetTrackingScaling":
        return
    settings = r.props.get("TargetTrackingScalingPolicyConfiguration", {})
    count = 1 if settings.get("DisableScaleIn") in (True, "true") else 2
    what = f"{count} alarm{'' if count == 1 else 's'} of target tracking"
    yield c.rates.charge(what, ("alarm", steady(count)))
