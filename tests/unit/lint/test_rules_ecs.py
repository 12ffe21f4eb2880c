"""The finer points of the ECS rules: arithmetic, defaults, and what they must not judge."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from generator.lint.rules.rule import examples
from generator.lint.rules.runner import check, rules

SERVICE = "Resources.Service.Properties."
CONFIG = f"{SERVICE}DeploymentConfiguration."
TASK = "Resources.Task.Properties."
FIRST = f"{TASK}ContainerDefinitions.0."


def base(rule_id: str) -> Any:
    """A copy of the passing example of a rule."""
    return deepcopy(examples(rules()[rule_id].group)[rule_id].passes)


def found(template: Any, *changes: tuple[str, Any]) -> list[str]:
    """The ids of what is found after each value was set at its dotted path."""
    for path, value in changes:
        *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
        node = template
        for step in steps:
            node = node[step]
        node[last] = value
    return sorted({finding.rule.id for finding in check(template)})


def pause(*stages: str, minutes: int | None = None) -> dict[str, Any]:
    """A pause hook, with a timeout if one is given."""
    timeout = {} if minutes is None else {"TimeoutConfiguration": {"TimeoutInMinutes": minutes}}
    return {"TargetType": "PAUSE", "LifecycleStages": list(stages), **timeout}


@pytest.mark.parametrize(
    ("percent", "minutes", "expected"),
    [(10, 220, []), (10, 221, ["E9550"]), (11, 220, []), (11, 221, ["E9550"]), (50, 1440, []), (100, 1440, [])],
)
def test_linear_steps_are_counted_as_cloudformation_counts(percent: int, minutes: int, expected: list[str]) -> None:
    """33 hours are 9 waits of 220 minutes: for 10 % because none follows the last step, for 11 % because 9.1 counts as 9."""
    template = base("E9550")
    del template["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]["CanaryConfiguration"]
    linear = {"StepPercent": percent, "StepBakeTimeInMinutes": minutes}
    changes = (
        (f"{CONFIG}Strategy", "LINEAR"),
        (f"{CONFIG}LinearConfiguration", linear),
        (f"{CONFIG}BakeTimeInMinutes", 0),
    )
    assert found(template, *changes) == expected


def test_one_default_pause_fits_and_two_do_not() -> None:
    """A pause without a timeout takes 24 of the 36 hours."""
    assert found(base("E9551"), (f"{CONFIG}LifecycleHooks", [pause("POST_SCALE_UP")])) == []
    assert found(base("E9551"), (f"{CONFIG}LifecycleHooks", [pause("PRE_SCALE_UP", "POST_SCALE_UP")])) == ["E9551"]
    once = pause("PRE_PRODUCTION_TRAFFIC_SHIFT", minutes=720)
    assert found(base("E9551"), (f"{CONFIG}LifecycleHooks", [once])) == []


@pytest.mark.parametrize(
    ("bake", "pauses", "expected"),
    [
        (0, (2160,), []),
        (0, (2161,), ["E9551"]),
        (0, (1080, 1080), []),
        (1, (1080, 1080), ["E9551"]),
        (720, (1440,), []),
        (721, (1440,), ["E9551"]),
        (720, (None,), []),
        (721, (None,), ["E9551"]),
    ],
)
def test_bakes_and_pauses_add_up_to_36_hours(bake: int, pauses: tuple[int | None, ...], expected: list[str]) -> None:
    """CloudFormation gives an ECS deployment 2160 minutes, and not one more."""
    hooks = [pause("POST_SCALE_UP", minutes=minutes) for minutes in pauses]
    changes = (f"{CONFIG}BakeTimeInMinutes", bake), (f"{CONFIG}LifecycleHooks", hooks)
    assert found(base("E9551"), *changes) == expected


@pytest.mark.parametrize(
    ("bake", "canary", "expected"), [(980, 1000, []), (981, 1000, ["E9550"]), (980, 1001, ["E9550"])]
)
def test_the_bakes_of_a_canary_add_up_to_33_hours(bake: int, canary: int, expected: list[str]) -> None:
    """Both of its bake times count: 1980 minutes pass."""
    wait = {"CanaryBakeTimeInMinutes": canary}
    changes = (f"{CONFIG}BakeTimeInMinutes", bake), (f"{CONFIG}CanaryConfiguration", wait)
    assert found(base("E9550"), *changes) == expected


def test_a_pause_before_each_shift_counts_for_each_shift() -> None:
    """In canary and linear deployments a pause before the shift comes back with every step."""
    twice = pause("PRE_PRODUCTION_TRAFFIC_SHIFT", minutes=1080)
    assert found(base("E9550"), (f"{CONFIG}LifecycleHooks", [twice])) == ["E9551"]
    template = base("E9550")
    del template["Resources"]["Service"]["Properties"]["DeploymentConfiguration"]["CanaryConfiguration"]
    hooks = [pause("PRE_PRODUCTION_TRAFFIC_SHIFT", minutes=230)]
    linear = (f"{CONFIG}Strategy", "LINEAR"), (f"{CONFIG}LinearConfiguration", {"StepPercent": 10})
    assert found(template, *linear, (f"{CONFIG}LifecycleHooks", hooks)) == ["E9551"]


def test_unknown_times_are_not_judged() -> None:
    """A bake time that only the deployer knows raises no alarm."""
    unknown = {"Ref": "Minutes"}
    for path in ("BakeTimeInMinutes", "CanaryConfiguration"):
        assert found(base("E9550"), (f"{CONFIG}{path}", unknown)) == []
    imported = {"TargetType": "PAUSE", "LifecycleStages": ["POST_SCALE_UP"], "TimeoutConfiguration": unknown}
    assert found(base("E9551"), (f"{CONFIG}LifecycleHooks", [imported, imported])) == []
    assert found(base("E9551"), (f"{CONFIG}Strategy", unknown)) == []


def test_early_success_must_be_complete_and_for_rolling() -> None:
    """Early success with a missing setting, or under another strategy, is refused before AWS refuses it."""
    assert found(base("E9556"), (f"{CONFIG}EarlySuccessCriteria", {"Enable": True})) == ["E9556"]
    assert found(base("E9556"), (f"{CONFIG}EarlySuccessCriteria", {"Enable": False})) == []
    criteria = {"Enable": True, "HealthyPercent": 100, "SourceServiceRevisionCleanup": "DEFERRED"}
    assert found(base("E9555"), (f"{CONFIG}EarlySuccessCriteria", criteria)) == ["E9556"]


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        ("1 vCPU", "2 GB", []),
        (".25 vCPU", "4GB", ["E9501"]),
        ("300", "512", ["E9501"]),
        ("32768", "249856", []),
        ({"Ref": "Unknown"}, "7", []),
    ],
)
def test_task_sizes_are_read_in_every_notation(cpu: Any, memory: str, expected: list[str]) -> None:
    """Sizes in vCPU and GB from parameters are checked like plain numbers."""
    assert found(base("E9501"), (f"{TASK}Cpu", cpu), ("Parameters.Memory.Default", memory)) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", ["W9509"]),
        ("registry:5000/team/app", ["W9509"]),
        ("registry:5000/team/app:0123456789abcdef0123456789abcdef01234567", []),
        ({"Ref": "Image"}, []),
        ({"Fn::Sub": "${Repository}:latest"}, []),
    ],
)
def test_only_images_that_can_move_are_named(image: Any, expected: list[str]) -> None:
    """A tag is named, but neither a commit's tag nor an image that the deployer passes in."""
    parameters = {"Image": {"Type": "String", "Default": "nginx:latest"}}
    assert found(base("W9509"), (f"{FIRST}Image", image), ("Parameters", parameters)) == expected


def test_blue_and_green_must_differ() -> None:
    """Two sides that are one target group, or one listener rule, cannot shift traffic."""
    advanced = f"{SERVICE}LoadBalancers.0.AdvancedConfiguration."
    assert found(base("E9546"), (f"{advanced}AlternateTargetGroupArn", {"Ref": "Blue"})) == ["E9546"]
    assert found(base("E9546"), (f"{advanced}TestListenerRule", {"Ref": "Rule"})) == ["E9546"]


def test_names_that_are_not_known_are_not_missed() -> None:
    """Containers, ports and tasks that come from elsewhere are taken as right."""
    for change in (
        (f"{FIRST}Name", {"Ref": "Name"}),
        (f"{FIRST}PortMappings", {"Ref": "Ports"}),
        (f"{FIRST}PortMappings.0.ContainerPort", {"Ref": "Port"}),
        (f"{SERVICE}TaskDefinition", "other:1"),
        (f"{SERVICE}LoadBalancers.0.TargetGroupArn", {"Fn::ImportValue": "group"}),
    ):
        assert found(base("E9541"), change) == []
    for value in ({"Ref": "Ports"}, [{"ContainerPort": 8080, "Name": {"Ref": "Name"}}]):
        assert found(base("E9542"), (f"{FIRST}PortMappings", value)) == []
    assert found(base("E9541"), (f"{SERVICE}LoadBalancers.0.ContainerName", "web")) == ["E9541"]


def test_a_listener_is_waited_for_through_other_resources_too() -> None:
    """DependsOn is not asked for where a chain of references already leads to the listener."""
    template = base("W9544")
    template["Resources"]["Service"]["DependsOn"] = "Alarm"
    alarm = {"Type": "Custom::After", "DependsOn": ["Rule"]}
    assert found(template, ("Resources.Alarm", alarm)) == []


def test_an_alarm_on_the_service_itself_may_be_named_by_text() -> None:
    """Where Ref would be circular, the way that CDK takes is accepted."""
    names = (f"{CONFIG}Alarms.AlarmNames", ["app-5xx"])
    assert found(base("W9545"), names) == ["W9545"]
    dimension = [{"Name": "ServiceName", "Value": {"Fn::GetAtt": ["Service", "Name"]}}]
    assert found(base("W9545"), names, ("Resources.Alarm.Properties.Dimensions", dimension)) == []


def test_rebalancing_is_not_for_daemons() -> None:
    """A daemon with zone rebalancing is refused before ECS refuses it."""
    assert found(base("E9538"), (f"{SERVICE}SchedulingStrategy", "DAEMON")) == ["E9538"]


def test_minimum_above_maximum() -> None:
    """A minimum above the maximum is named as such."""
    percent = {"MinimumHealthyPercent": 150, "MaximumPercent": 120}
    assert found(base("E9533"), (f"{SERVICE}DeploymentConfiguration", percent)) == ["E9533"]
    percent["MaximumPercent"] = {"Ref": "Most"}  # type: ignore[assignment]
    assert found(base("E9533"), (f"{SERVICE}DeploymentConfiguration", percent)) == []


def test_efs_directory_beside_an_access_point() -> None:
    """An access point sets the directory, so a second one is a contradiction."""
    efs = {
        "FilesystemId": "fs-0123456789abcdef0",
        "TransitEncryption": "ENABLED",
        "RootDirectory": "/data",
        "AuthorizationConfig": {"AccessPointId": "fsap-0123456789abcdef0"},
    }
    assert found(base("E9517"), (f"{TASK}Volumes.0.EFSVolumeConfiguration", efs)) == ["E9517"]


def test_essential_dependencies_cannot_complete() -> None:
    """Waiting for an essential container to end means waiting for the task to end."""
    needed = [{"ContainerName": "side", "Condition": "SUCCESS"}]
    essential = f"{TASK}ContainerDefinitions.1.Essential"
    assert found(base("E9511"), (f"{FIRST}DependsOn", needed)) == []
    assert found(base("E9511"), (f"{FIRST}DependsOn", needed), (essential, True)) == ["E9511"]


def test_port_mapping_names_are_unique() -> None:
    """Two port mappings of one name would make Service Connect ambiguous."""
    ports = [{"ContainerPort": 1, "Name": "http"}, {"ContainerPort": 2, "Name": "http"}]
    assert found(base("E9516"), (f"{FIRST}PortMappings", ports)) == ["E9516"]
