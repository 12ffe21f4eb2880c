"""The CloudWatch dashboard: traffic, errors, latency, CPU, memory, tasks, deployments, database, NAT, cost.

Graphs search for their metrics (CloudWatch User Guide: "Use search expressions in graphs"): one line a service, a new
service shows up by itself, and the body has the same size for two services as for twenty. Body syntax: CloudWatch
User Guide, "Dashboard body structure and syntax". Values known at deploy time enter through ``Fn::Sub``, so what is
meant for CloudWatch, such as ``${PROP(...)}``, is written with ``${!``.
"""

import json
from typing import Any

from troposphere import GetAtt, Sub, cloudwatch

from templates.params.operations import ObservabilityParams
from templates.stack import Stack, logical

WIDTH = 24  # columns of a dashboard
Widget = dict[str, Any]


def dashboard(s: Stack, p: ObservabilityParams) -> None:
    """Add the dashboard ``PLATFORM-ENV``. Gives ``DashboardName``."""
    values: dict[str, Any] = {
        "Lb": s.need("LoadBalancerFullName", about="Load balancer, as CloudWatch names it"),
        "Cluster": s.need("ClusterName", about="Name of the ECS cluster"),
    }
    rows = [_services(p, values), _traffic(p), _load(), _deployments(s)]
    if p.functions:
        values |= {f"{logical(n)}Fn": s.need(f"{logical(n)}FunctionName", about=f"Function {n}") for n in p.functions}
        rows.append(_functions(p.functions))
    if p.has_database:
        values["Db"] = s.need("DatabaseIdentifier", about="The database instance, as CloudWatch names it")
        rows.append(_database())
    rows.append(_money(p))
    body = {"start": "-PT3H", "periodOverride": "inherit", "widgets": _placed(rows)}
    s.add(
        cloudwatch.Dashboard(
            "Dashboard",
            DashboardName=p.scope.prefix,
            DashboardBody=Sub(json.dumps(body, separators=(",", ":")), values),
        ),
        "One page says how the environment is doing.",
    )
    s.give("DashboardName", p.scope.prefix, "Name of the dashboard")


def _placed(rows: list[list[Widget]]) -> list[Widget]:
    """Give each widget its place: rows below each other, widgets of a row side by side."""
    placed, y = [], 0
    for row in rows:
        width, height = WIDTH // len(row), max(w["height"] for w in row)
        placed += [{**w, "x": i * width, "y": y, "width": width, "height": height} for i, w in enumerate(row)]
        y += height
    return placed


def _graph(title: str, metrics: list[Any], *, region: str = "${AWS::Region}", **more: Any) -> Widget:
    properties = {"title": title, "region": region, "metrics": metrics, "period": 60, **more}
    return {"type": "metric", "height": 6, "properties": properties}


def _axis(label: str, **bounds: int) -> dict[str, Any]:
    return {"yAxis": {"left": {"label": label, "showUnits": False, "min": 0, **bounds}}}


def _each_target(metric: str, stat: str, label: str = "") -> list[Any]:
    """One line a target group of the load balancer; ``label`` stands before its name."""
    search = f'{{AWS/ApplicationELB,LoadBalancer,TargetGroup}} LoadBalancer="${{Lb}}" MetricName="{metric}"'
    name = f"{label} ${{!PROP('Dim.TargetGroup')}}".lstrip()
    return [{"expression": f"SEARCH('{search}', '{stat}', 60)", "label": name}]


def _each_service(metric: str) -> list[Any]:
    """One line an ECS service of the cluster."""
    search = f'{{AWS/ECS,ClusterName,ServiceName}} ClusterName="${{Cluster}}" MetricName="{metric}"'
    return [{"expression": f"SEARCH('{search}', 'Average', 60)", "label": "${!PROP('Dim.ServiceName')}"}]


def _services(p: ObservabilityParams, values: dict[str, Any]) -> list[Widget]:
    """Which services stand here, how they roll out, and which of them are in trouble."""
    lines = [f"## {p.scope.platform} {p.scope.environment}", "", "service | rollout | tasks", "---|---|---"]
    lines += [f"{w.name} | {w.strategy} | {w.min_tasks} to {w.max_tasks}" for w in p.services]
    text: Widget = {"type": "text", "height": 5, "properties": {"markdown": "\n".join(lines)}}
    if not p.services:
        return [text]
    keys = [f"{logical(w.name)}Health" for w in p.services]
    values |= {key: GetAtt(key, "Arn") for key in keys}
    alarms = {"title": "Health of the services", "alarms": [f"${{{key}}}" for key in keys]}
    return [text, {"type": "alarm", "height": 5, "properties": alarms}]


def _traffic(p: ObservabilityParams) -> list[Widget]:
    lb = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", "${Lb}"]
    errors = [
        *([line] for line in _each_target("HTTPCode_Target_5XX_Count", "Sum", "5xx")),
        [*lb, {"label": "5xx of the load balancer", "stat": "Sum", "color": "#ff7f0e"}],
    ]
    env = p.scope.environment
    return [
        _graph(f"{env}: traffic", [_each_target("RequestCount", "Sum")], **_axis("requests a minute")),
        _graph(f"{env}: errors", errors, **_axis("a minute")),
        _graph(
            f"{env}: latency",
            [_each_target("TargetResponseTime", "p99", "p99"), _each_target("TargetResponseTime", "p50", "p50")],
            **_axis("seconds"),
        ),
    ]


def _load() -> list[Widget]:
    return [
        _graph("CPU", [_each_service("CPUUtilization")], **_axis("%", max=100)),
        _graph("Memory", [_each_service("MemoryUtilization")], **_axis("%", max=100)),
        _graph(
            "Tasks behind the load balancer",
            [_each_target("HealthyHostCount", "Minimum"), _each_target("UnHealthyHostCount", "Maximum", "unhealthy")],
            **_axis("tasks"),
        ),
    ]


def _deployments(s: Stack) -> list[Widget]:
    group = f"/aws/events/{s.scope.prefix}-deployments"
    query = (
        f"SOURCE '{group}' | fields time as happened, coalesce(detail.eventName, detail.`status-details`.status) as event, "
        "coalesce(resources.0, detail.`stack-id`) as subject | sort @timestamp desc | limit 50"
    )
    properties = {"title": "Deployments", "region": "${AWS::Region}", "query": query, "view": "table"}
    return [{"type": "log", "height": 6, "properties": properties}]


def _functions(names: tuple[str, ...]) -> list[Widget]:
    def lines(metric: str, stat: str) -> list[Any]:
        return [
            ["AWS/Lambda", metric, "FunctionName", f"${{{logical(n)}Fn}}", {"label": n, "stat": stat}] for n in names
        ]

    return [
        _graph("Functions: invocations", lines("Invocations", "Sum")),
        _graph("Functions: errors", lines("Errors", "Sum")),
        _graph("Functions: duration p99", lines("Duration", "p99"), **_axis("ms")),
    ]


def _database() -> list[Widget]:
    def graph(title: str, stat: str, *metrics: str, **more: Any) -> Widget:
        lines = [["AWS/RDS", m, "DBInstanceIdentifier", "${Db}"] for m in metrics]
        return _graph(f"Database: {title}", lines, stat=stat, **more)

    return [
        graph("CPU", "Average", "CPUUtilization", **_axis("%", max=100)),
        graph("connections", "Maximum", "DatabaseConnections"),
        graph("free storage", "Minimum", "FreeStorageSpace", **_axis("bytes")),
        graph("latency", "Average", "ReadLatency", "WriteLatency", **_axis("seconds")),
    ]


def _money(p: ObservabilityParams) -> list[Widget]:
    """NAT traffic and the account's bill.

    Billing metrics live in us-east-1 alone and need "Receive CloudWatch billing alerts" in the account's preferences
    (CloudWatch User Guide: "Create a billing alarm to monitor your estimated AWS charges").
    """
    cost = _graph(
        f"Cost of account {p.scope.account} this month (needs billing alerts)",
        [["AWS/Billing", "EstimatedCharges", "Currency", "USD", {"label": "USD"}]],
        stat="Maximum",
        region="us-east-1",
        **_axis("USD"),
    )
    cost["properties"]["period"] = 21600
    if not p.has_nat:
        return [cost]
    search = "SEARCH('{AWS/NATGateway,NatGatewayId} MetricName=\"BytesOutToDestination\"', 'Sum', 300)"
    nat = _graph("NAT traffic of the Region; each GB costs", [[{"expression": search}]], **_axis("bytes in 5 minutes"))
    return [nat, cost]
