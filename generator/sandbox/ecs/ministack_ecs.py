"""Every private name of ministack that ECS's side of the sandbox uses, as `generator.sandbox.server.ministack_server` does for the rest.

`tests/sandbox/test_ministack_private.py` has a contract test for each. ministack works on the event loop without locks, so
whatever reads or changes its stores from a thread goes through `on_loop`.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any, TypeVar

from generator.sandbox.server.ministack_server import scope
from generator.sandbox.server.wire import unflatten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from generator.sandbox.ecs.model import Home

_Found = TypeVar("_Found")
_loops: list[asyncio.AbstractEventLoop] = []
# Set while `put_metrics` records, on the event loop's one thread: `own_alarms` tells nobody of these.
_quiet: list[bool] = []


def keep_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Say which event loop ministack works on; `serve` does, once."""
    _loops[:] = [loop]


def on_loop(home: Home, function: Callable[[], _Found]) -> _Found:
    """Run a function on ministack's event loop, in an account and a region, and wait for what it returns.

    Not to be called on the loop itself.
    """

    async def call() -> _Found:
        with scope(home.account, home.region):
            return function()

    return asyncio.run_coroutine_threadsafe(call(), _loops[0]).result(30)


def target_group(arn: str) -> tuple[dict[str, Any], dict[str, str], str] | None:
    """`alb._tgs`, `_tg_attrs`, `_rules`, `_listeners`: a target group, its attributes, and a load balancer's ARN."""
    from ministack.services import alb

    found = alb._tgs.get(arn)  # noqa: SLF001 - the point of this file
    if found is None:
        return None
    attributes = {row["Key"]: row["Value"] for row in alb._tg_attrs.get(arn, [])}  # noqa: SLF001
    balancers = [*found.get("LoadBalancerArns", [])]
    listeners = dict(alb._listeners.items())  # noqa: SLF001
    balancers += [row["LoadBalancerArn"] for row in listeners.values() if _sends(row.get("DefaultActions", []), arn)]
    balancers += [
        listeners[row["ListenerArn"]]["LoadBalancerArn"]
        for row in alb._rules.values()  # noqa: SLF001
        if _sends(row.get("Actions", []), arn) and row.get("ListenerArn") in listeners
    ]
    return dict(found), attributes, balancers[0] if balancers else ""


def _sends(actions: Iterable[Mapping[str, Any]], group: str) -> bool:
    groups = [
        row.get("TargetGroupArn") for a in actions for row in (a.get("ForwardConfig") or {}).get("TargetGroups", [])
    ]
    return group in groups or any(a.get("TargetGroupArn") == group for a in actions)


def put_target(group: str, ip: str, port: int, *, there: bool) -> None:
    """`alb._tgs`, `_targets`: add a target to a group or remove it."""
    from ministack.services import alb

    if group in alb._tgs:  # noqa: SLF001 - the point of this file
        others = [t for t in alb._targets.get(group, []) if t["Id"] != ip]  # noqa: SLF001
        alb._targets[group] = [*others, {"Id": ip, "Port": port}] if there else others  # noqa: SLF001


def weigh(rule: str, weights: Mapping[str, int]) -> None:
    """`alb._rules`, `_listeners`: the weights of a rule's, or a listener's own, forward action."""
    from ministack.services import alb

    actions = (alb._rules.get(rule) or {}).get("Actions") or (alb._listeners.get(rule) or {}).get("DefaultActions")  # noqa: SLF001
    for action in actions or []:
        if action["Type"] == "forward":
            rows = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
            action["ForwardConfig"] = {**(action.get("ForwardConfig") or {}), "TargetGroups": rows}
            # ministack's own proxy follows this one.
            action["TargetGroupArn"] = max(weights, key=lambda arn: weights[arn])


def forward_to_several() -> None:
    """Teach ministack's load balancer `ForwardConfig`: wraps `alb._parse_actions` and `alb._action_xml`."""
    from ministack.services import alb

    parse, write = alb._parse_actions, alb._action_xml  # noqa: SLF001 - the point of this file

    def parsed(params: Any, prefix: str = "DefaultActions") -> list[dict[str, Any]]:
        actions: list[dict[str, Any]] = parse(params, prefix)
        for number, action in enumerate(actions, 1):
            base, rows, at = f"{prefix}.member.{number}.ForwardConfig", [], 1
            while arn := alb._p(params, f"{base}.TargetGroups.member.{at}.TargetGroupArn"):  # noqa: SLF001
                weight = alb._p(params, f"{base}.TargetGroups.member.{at}.Weight")  # noqa: SLF001
                rows.append({"TargetGroupArn": arn, "Weight": int(weight or 1)})
                at += 1
            if rows:
                action["ForwardConfig"] = {"TargetGroups": rows}
                action.setdefault("TargetGroupArn", max(rows, key=lambda row: row["Weight"])["TargetGroupArn"])
        return actions

    def written(action: dict[str, Any]) -> str:
        rows = (action.get("ForwardConfig") or {}).get("TargetGroups", [])
        if action["Type"] == "forward" and not rows and action.get("TargetGroupArn"):
            rows = [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
        # AWS shows the one group of a forward action in both places, and several in ForwardConfig alone.
        shown = {k: v for k, v in action.items() if k != "TargetGroupArn"} if len(rows) > 1 else action
        if not rows:
            return str(write(shown))
        members = "".join(
            f"<member><TargetGroupArn>{r['TargetGroupArn']}</TargetGroupArn><Weight>{r['Weight']}</Weight></member>"
            for r in rows
        )
        more = (
            f"<ForwardConfig><TargetGroups>{members}</TargetGroups><TargetGroupStickinessConfig>"
            "<Enabled>false</Enabled></TargetGroupStickinessConfig></ForwardConfig></member>"
        )
        return str(write(shown)).removesuffix("</member>") + more

    alb._parse_actions, alb._action_xml = parsed, written  # noqa: SLF001


def targets(group: str) -> list[dict[str, Any]]:
    """`alb._targets`: what is registered in a group."""
    from ministack.services import alb

    return [dict(row) for row in alb._targets.get(group, [])]  # noqa: SLF001 - the point of this file


def log(group: str, stream: str, lines: Iterable[str]) -> None:
    """`cloudwatch_logs._create_log_stream`, `_put_log_events`; a group that is missing is left missing, as ECS does."""
    from ministack.services import cloudwatch_logs as logs

    now = int(time.time() * 1000)
    logs._create_log_stream({"logGroupName": group, "logStreamName": stream})  # noqa: SLF001 - the point of this file
    events = [{"timestamp": now, "message": line} for line in lines]
    logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": events})  # noqa: SLF001


def secret(name: str) -> str | None:
    """`secretsmanager.resolve_secret_string`, `ssm._select_parameter`, `_param_out`: what a container's `valueFrom` names.

    Its forms are those of the Amazon ECS Developer Guide, "Pass Secrets Manager secrets through environment variables":
    an ARN, or `ARN:JSON_KEY:STAGE:VERSION` where each of the last three may be empty; else the parameter's name or ARN.
    """
    from ministack.services import secretsmanager, ssm

    if ":secretsmanager:" not in name:
        found, _ = ssm._select_parameter(name.partition(":parameter")[2] or name)  # noqa: SLF001 - the point of this file
        return str(ssm._param_out(found, True)["Value"]) if found else None  # noqa: FBT003, SLF001
    parts = name.split(":")
    key, stage, version = [*parts[7:10], "", "", ""][:3]
    whole: str | None = secretsmanager.resolve_secret_string(
        ":".join(parts[:7]), stage or "AWSCURRENT", version or None
    )
    if not key or whole is None:
        return whole
    try:
        return str(json.loads(whole)[key])
    except (KeyError, TypeError, ValueError):
        return None


def put_event(source: str, kind: str, resources: list[str], detail: Mapping[str, Any]) -> None:
    """`eventbridge._put_events` with `allow_aws_source`: an event of AWS's own, which PutEvents refuses to callers."""
    from ministack.services import eventbridge

    entry = {"Source": source, "DetailType": kind, "Resources": resources, "Detail": json.dumps(detail, default=str)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: SLF001 - the point of this file


def put_metrics(rows: Iterable[tuple[str, str, Mapping[str, str], list[float]]]) -> None:
    """`cloudwatch._store_datum`: record values of metrics now."""
    from ministack.services import cloudwatch

    _quiet.append(True)
    for namespace, name, dimensions, values in rows:
        cloudwatch._store_datum(  # noqa: SLF001 - the point of this file
            namespace, name, dict(dimensions), time.time(), "None", None, values, None, None
        )
    _quiet.clear()


def alarms() -> list[dict[str, Any]]:
    """`cloudwatch._alarms`, `_composite_alarms`: every alarm of the account and region."""
    from ministack.services import cloudwatch

    stores = (cloudwatch._alarms, cloudwatch._composite_alarms)  # noqa: SLF001 - the point of this file
    return [dict(row) for store in stores for row in store.values()]


def set_alarm(name: str, state: str, reason: str) -> None:
    """`cloudwatch._set_alarm_state`: change an alarm's state with its history, actions and composite alarms."""
    from ministack.services import cloudwatch

    asked = {"AlarmName": name, "StateValue": state, "StateReason": reason}
    cloudwatch._set_alarm_state({}, asked, is_cbor=False, is_json=True)  # noqa: SLF001 - the point of this file


def own_alarms(
    put: Callable[[], None], datum: Callable[..., None], changed: Callable[[dict[str, Any], str], None]
) -> None:
    """Take the evaluation of alarms over, and keep the `Metrics` of an alarm, which ministack drops.

    Patches `cloudwatch._evaluate_alarm` and `_evaluate_all_alarms` (to `put`, which says that something may have
    changed), `_put_metric_alarm`, `_store_datum` (passed to `datum` with its arguments, except for what `put_metrics`
    records) and `_dispatch_alarm_actions` (passed to `changed`: the alarm and its new state). All three are called on
    the event loop, so they may not block.
    """
    from ministack.services import cloudwatch

    store, act, keep = cloudwatch._store_datum, cloudwatch._dispatch_alarm_actions, cloudwatch._put_metric_alarm  # noqa: SLF001

    def stored(*args: Any) -> None:
        store(*args)
        if not _quiet:
            datum(*args)

    def acted(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        act(alarm, old, new, reason)
        changed(alarm, new)

    def put_alarm(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:  # noqa: FBT001, FBT002 - ministack's signature
        reply = keep(params, data, is_cbor, is_json)
        given = data or unflatten(
            [(key, value[0] if isinstance(value, list) else value) for key, value in params.items()]
        )
        alarm = cloudwatch._alarms.get(given.get("AlarmName", ""))  # noqa: SLF001
        if alarm is not None and given.get("Metrics"):
            # Query sends booleans as text.
            alarm["Metrics"] = [
                row | {"ReturnData": str(row.get("ReturnData", True)).lower() == "true"} for row in given["Metrics"]
            ]
            for name in ("Statistic", "Period", "MetricName", "Namespace", "Dimensions"):
                alarm.pop(name, None)
        return reply

    cloudwatch._store_datum, cloudwatch._dispatch_alarm_actions = stored, acted  # noqa: SLF001
    cloudwatch._put_metric_alarm = put_alarm  # noqa: SLF001
    cloudwatch._evaluate_alarm = lambda _alarm: put()  # noqa: SLF001
    cloudwatch._evaluate_all_alarms = put  # noqa: SLF001


def function(arn: str) -> tuple[dict[str, Any], bytes] | None:
    """`lambda_svc._functions`: a function's configuration and its code as an archive."""
    from ministack.services import lambda_svc

    name = arn.partition(":function:")[2].partition(":")[0]
    found = lambda_svc._functions.get(name)  # noqa: SLF001 - the point of this file
    return (dict(found["config"]), bytes(found.get("code_zip") or b"")) if found else None


def subnets(ids: list[str]) -> list[tuple[str, str, str]]:
    """`ec2._subnets`: (id, Availability Zone, CIDR) of those that exist."""
    from ministack.services import ec2

    rows = [(name, ec2._subnets.get(name)) for name in ids]  # noqa: SLF001 - the point of this file
    return [(name, str(row["AvailabilityZone"]), str(row["CidrBlock"])) for name, row in rows if row]


def here() -> tuple[str, str]:
    """`ministack.core.responses.get_account_id`, `get_region`: whose call is being answered on the event loop."""
    from ministack.core.responses import get_account_id, get_region

    return str(get_account_id()), str(get_region())


def put_alarm(alarm: dict[str, Any]) -> None:
    """`cloudwatch.cloudformation_put_metric_alarm`: an alarm in CloudWatch's own shape, as AWS services make them."""
    from ministack.services import cloudwatch

    cloudwatch.cloudformation_put_metric_alarm(alarm)


def drop_alarm(name: str) -> None:
    """`cloudwatch.cloudformation_delete_metric_alarm`."""
    from ministack.services import cloudwatch

    cloudwatch.cloudformation_delete_metric_alarm(name)
