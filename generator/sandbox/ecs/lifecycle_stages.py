"""A deployment strategy as a list of beats: what happens at each lifecycle stage, and how long it lasts.

Stages and their order: Amazon ECS Developer Guide, "Amazon ECS blue/green deployments", and the API's
`DeploymentLifecycleHook` (PRE_PRODUCTION_TRAFFIC_SHIFT comes before every step of a canary or linear deployment).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from generator.sandbox.server.errors import AwsError

SHIFTING = frozenset({"BLUE_GREEN", "CANARY", "LINEAR"})
_NO_PAUSE = frozenset({"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"})
_LONGEST = 1440


class Stage(NamedTuple):
    """One part of a deployment.

    Attributes:
        stage: The lifecycleStage shown meanwhile.
        hook: The stage whose hooks hold it up before it begins; empty if none can.
        weight: Per cent of production traffic for the new revision from its beginning, or None to leave it.
        minutes: How long it lasts after that.
        act: `scale` starts the new revision's tasks, `clean` stops the old one's, and both wait for them.
    """

    stage: str
    hook: str = ""
    weight: float | None = None
    minutes: float = 0
    act: str = ""


def strategy(config: dict[str, Any]) -> str:
    """ROLLING unless the configuration says otherwise."""
    return str(config.get("strategy") or "ROLLING")


def beats(config: dict[str, Any], *, first: bool) -> tuple[Stage, ...]:
    """The beats of a configuration.

    A first deployment has nothing to shift from: its tasks get all the traffic at once. A function is called before they
    start (reported in aws/containers-roadmap#2664); no PAUSE holds it (assumed).
    """
    if strategy(config) == "ROLLING":
        return (Stage("", act="roll"),)
    bake = float(config.get("bakeTimeInMinutes") or 0)
    if first:
        calls = any(hook.get("targetType", "AWS_LAMBDA") != "PAUSE" for hook in config.get("lifecycleHooks") or [])
        return (
            *((Stage("PRE_SCALE_UP", hook="PRE_SCALE_UP:function"),) if calls else ()),
            Stage("SCALE_UP", act="scale"),
            Stage("PRODUCTION_TRAFFIC_SHIFT", weight=100),
            Stage("BAKE_TIME"),
            Stage("CLEAN_UP", act="clean"),
        )
    found = [
        Stage("PRE_SCALE_UP", hook="PRE_SCALE_UP"),
        Stage("SCALE_UP", act="scale"),
        Stage("POST_SCALE_UP", hook="POST_SCALE_UP"),
        Stage("TEST_TRAFFIC_SHIFT"),
        Stage("POST_TEST_TRAFFIC_SHIFT", hook="POST_TEST_TRAFFIC_SHIFT"),
    ]
    for number, (weight, minutes) in enumerate(steps(config)):
        # The hook's stage has no lifecycleStage of its own in the API: the one before it is shown (assumed).
        before = "PRODUCTION_TRAFFIC_SHIFT" if number else "POST_TEST_TRAFFIC_SHIFT"
        found.append(Stage(before, hook="PRE_PRODUCTION_TRAFFIC_SHIFT"))
        found.append(Stage("PRODUCTION_TRAFFIC_SHIFT", weight=weight, minutes=minutes))
    return (
        *found,
        Stage("POST_PRODUCTION_TRAFFIC_SHIFT", hook="POST_PRODUCTION_TRAFFIC_SHIFT"),
        Stage("BAKE_TIME", minutes=bake),
        Stage("CLEAN_UP", act="clean"),
    )


def steps(config: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    """(Per cent of traffic, minutes until the next) of each shift; the last is 100 % and has no bake of its own."""
    match strategy(config):
        case "CANARY":
            canary = config.get("canaryConfiguration") or {}
            share = float(canary.get("canaryPercent") or 5)
            rest = canary.get("canaryBakeTimeInMinutes")
            return ((share, float(10 if rest is None else rest)), (100.0, 0.0)) if share < 100 else ((100.0, 0.0),)
        case "LINEAR":
            linear = config.get("linearConfiguration") or {}
            share = float(linear.get("stepPercent") or 10)
            rest = linear.get("stepBakeTimeInMinutes")
            pause = float(6 if rest is None else rest)
            count = int(-(-100 // share))
            return (*((round(share * n, 1), pause) for n in range(1, count)), (100.0, 0.0))
        case _:
            return ((100.0, 0.0),)


def check(config: dict[str, Any]) -> None:
    """Refuse a configuration that ECS refuses. The limits are those of the API's model text.

    Raises:
        AwsError: `InvalidParameterException`.
    """
    chosen = strategy(config)
    if chosen not in SHIFTING | {"ROLLING"}:
        raise _invalid(f"Invalid deployment strategy: {chosen}")
    for name, needed in (("canaryConfiguration", "CANARY"), ("linearConfiguration", "LINEAR")):
        if config.get(name) and chosen != needed:
            raise _invalid(f"{name} is only valid when the deployment strategy is {needed}.")
    canary, linear = config.get("canaryConfiguration") or {}, config.get("linearConfiguration") or {}
    _range("canaryPercent", canary.get("canaryPercent"), 0.1, 100)
    _range("stepPercent", linear.get("stepPercent"), 3, 100)
    for name, minutes in (
        ("bakeTimeInMinutes", config.get("bakeTimeInMinutes")),
        ("canaryBakeTimeInMinutes", canary.get("canaryBakeTimeInMinutes")),
        ("stepBakeTimeInMinutes", linear.get("stepBakeTimeInMinutes")),
    ):
        _range(name, minutes, 0, _LONGEST)
    low, high = config.get("minimumHealthyPercent", 100), config.get("maximumPercent", 200)
    if chosen == "ROLLING" and (high < low or high < 1 or (low >= 100 and high <= 100)):
        raise _invalid(
            f"Both maximumPercent {high} and minimumHealthyPercent {low} stop the deployment: no task could be replaced."
        )
    _hooks(config, chosen)


def _hooks(config: dict[str, Any], chosen: str) -> None:
    for hook in config.get("lifecycleHooks") or []:
        if chosen == "ROLLING":
            raise _invalid("Lifecycle hooks are not supported with the ROLLING deployment strategy.")
        if hook.get("targetType", "AWS_LAMBDA") != "PAUSE":
            missing = [name for name in ("hookTargetArn", "roleArn") if not hook.get(name)]
            if missing:
                raise _invalid(f"{missing[0]} is required for a lifecycle hook that calls a Lambda function.")
            continue
        wrong = _NO_PAUSE & set(hook.get("lifecycleStages") or [])
        if wrong:
            raise _invalid(f"PAUSE hooks cannot be configured at the {min(wrong)} stage.")
        _range("timeoutInMinutes", (hook.get("timeoutConfiguration") or {}).get("timeoutInMinutes"), 1, 20160)


def _range(name: str, value: Any, low: float, high: float) -> None:
    if value is not None and not low <= float(value) <= high:
        raise _invalid(f"{name} must be between {low:g} and {high:g}.")


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterException", text)
