"""What ECS's side of the sandbox takes from inside ministack is still there, in the shape that it was.

When one of these fails after an upgrade, the name moved: read the installed package, change the function of
`generator/sandbox/ecs/ministack_ecs.py` or `generator/sandbox/services/ministack_ecr.py` that uses it, then this table. The last column says where to look.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[3] / "generator" / "sandbox"
FILES = (
    SANDBOX / "ecs" / "ministack_ecs.py",
    SANDBOX / "services" / "ministack_ecr.py",
    SANDBOX / "balancer" / "ministack_alb.py",
)
STORE, BY_ACCOUNT = "AccountRegionScopedDict", "AccountScopedDict"
CONTRACTS = {
    "core.responses:get_account_id": ("", "see how a service knows whose call it answers"),
    "core.responses:get_region": ("", "see how a service knows whose call it answers"),
    "services.alb:_tgs": (STORE, "see where CreateTargetGroup keeps a group"),
    "services.alb:_tg_attrs": (BY_ACCOUNT, "see ModifyTargetGroupAttributes"),
    "services.alb:_targets": (BY_ACCOUNT, "see where RegisterTargets keeps a target"),
    "services.alb:_listeners": (STORE, "see where CreateListener keeps a listener"),
    "services.alb:_rules": (STORE, "see where CreateRule keeps a rule"),
    "services.alb:_lbs": (STORE, "see where CreateLoadBalancer keeps a load balancer"),
    "services.alb:_lb_attrs": (BY_ACCOUNT, "see ModifyLoadBalancerAttributes"),
    "services.lambda_svc:_functions": (STORE, "see where CreateFunction keeps a function's config and code_zip"),
    "services.alb:_p": ("params key default", "see how an action's members are read"),
    "services.alb:_parse_actions": ("params prefix", "see whether ForwardConfig is read by now; if so drop the patch"),
    "services.alb:_action_xml": ("a", "see whether ForwardConfig is written by now; if so drop the patch"),
    "services.ecr:_repositories": (STORE, "see where CreateRepository keeps a repository"),
    "services.ecr:_find_image": ("repo_name image_id", "see how BatchGetImage finds an image"),
    "services.ecr:_put_image": ("data", "see PutImage"),
    "services.cloudwatch_logs:_create_log_stream": ("data", "see CreateLogStream"),
    "services.cloudwatch_logs:_put_log_events": ("data", "see PutLogEvents"),
    "services.eventbridge:_put_events": ("data allow_aws_source", "see who may publish aws.* events"),
    "services.cloudwatch:_alarms": (STORE, "see where PutMetricAlarm keeps an alarm"),
    "services.cloudwatch:_composite_alarms": (STORE, "see where PutCompositeAlarm keeps an alarm"),
    "services.cloudwatch:_store_datum": (
        "namespace name dims ts unit value values counts stat_values",
        "see where PutMetricData keeps a value",
    ),
    "services.cloudwatch:_set_alarm_state": ("params cbor_data is_cbor is_json", "see SetAlarmState"),
    "services.cloudwatch:_put_metric_alarm": (
        "params cbor_data is_cbor is_json",
        "see whether Metrics is kept by now; if so drop that half of the patch",
    ),
    "services.cloudwatch:_evaluate_alarm": ("alarm", "see who decides the state of an alarm"),
    "services.cloudwatch:_evaluate_all_alarms": ("", "see who decides the state of alarms after PutMetricData"),
    "services.cloudwatch:_dispatch_alarm_actions": (
        "alarm old_state new_state reason",
        "see who starts an alarm's actions",
    ),
    "services.cloudwatch:cloudformation_put_metric_alarm": ("alarm", "see what keeps an alarm in its own shape"),
    "services.cloudwatch:cloudformation_delete_metric_alarm": ("name refuse_dependents", "see DeleteAlarms"),
    "services.secretsmanager:resolve_secret_string": (
        "secret_id version_stage version_id",
        "see how CloudFormation's dynamic references read a secret",
    ),
    "services.ssm:_select_parameter": ("name_or_arn", "see how GetParameter finds a parameter"),
    "services.ssm:_param_out": ("param with_decryption", "see what GetParameter shows"),
    "services.ec2:_subnets": (STORE, "see where CreateSubnet keeps a subnet"),
}
INSPECT = """
import importlib, inspect, json, sys
found = {}
for name in json.load(sys.stdin):
    module, _, path = name.partition(":")
    try:
        value = getattr(importlib.import_module("ministack." + module), path)
        found[name] = " ".join(inspect.signature(value).parameters) if callable(value) else type(value).__name__
    except (ImportError, AttributeError) as error:
        found[name] = f"gone: {error}"
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def shapes() -> dict[str, str]:
    """The shape of each name, from a process of its own: ministack reads its environment when it is imported."""
    run = subprocess.run(
        [sys.executable, "-c", INSPECT], input=json.dumps(list(CONTRACTS)), capture_output=True, text=True, check=True,
        env={"LOG_LEVEL": "ERROR", "PATH": ""},
    )  # fmt: skip
    found: dict[str, str] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_name_is_there(name: str, shapes: dict[str, str]) -> None:
    """A name that we call, patch or read exists with the parameters or the type that we know."""
    shape, where = CONTRACTS[name]
    assert shapes[name] == shape, (
        f"ministack.{name} moved in {version('ministack')}: {where}, then change {' or '.join(file.name for file in FILES)} and this table"
    )


def test_every_name_has_its_contract() -> None:
    """A name that somebody adds to private.py without a contract fails here, and so does one that is no longer used."""
    used: set[str] = set()
    for function in (node for file in FILES for node in ast.parse(file.read_text()).body):
        modules: dict[str, str] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack."):
                inner = (node.module or "").removeprefix("ministack.")
                for alias in node.names:
                    if inner == "services":
                        modules[alias.asname or alias.name] = f"services.{alias.name}"
                    else:
                        used.add(f"{inner}:{alias.name}")
        used |= {
            f"{modules[node.value.id]}:{node.attr}"
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules
        }
    assert used == set(CONTRACTS)
