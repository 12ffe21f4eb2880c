"""Calls the function of a lifecycle hook: its own code in a process of its own, with its role's rights.

Source: Amazon ECS Developer Guide, "Lambda hooks for Amazon ECS service deployments": what the function is given, and what
its answer means. No answer, one without a valid `hookStatus`, and a function that fails roll the deployment back.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.iam import identity

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.sandbox.ecs.model import Home

_MARK = "slipway-answer:"
# Seconds beyond the function's own: this machine may be busy, and Lambda's are not.
_SLACK = 300.0
# The function's own prints go to its log; the last line is its answer.
_RUN = f"""
import base64, importlib, json, os, sys, tempfile
given = json.load(sys.stdin)
with tempfile.NamedTemporaryFile(suffix=".zip") as held:
    held.write(base64.b64decode(given["code"]))
    held.flush()
    sys.path.insert(0, held.name)
    name, _, function = given["handler"].rpartition(".")
    answer = getattr(importlib.import_module(name.replace("/", ".")), function)(given["event"], None)
print("\\n{_MARK}" + json.dumps(answer))
"""


def begin(home: Home, arn: str, event: dict[str, Any], answered: Callable[[Any], None]) -> None:
    """Call a function by its ARN, and soon give its answer to `answered` on another thread; None if it has none."""
    threading.Thread(target=lambda: answered(_call(home, arn, event)), name="hook", daemon=True).start()


def _call(home: Home, arn: str, event: dict[str, Any]) -> Any:
    try:
        found = ministack_ecs.on_loop(home, lambda: ministack_ecs.function(arn))
        if found is None:
            return None
        config, code = found
        keys = ministack_ecs.on_loop(home, lambda: identity.session({"role": config["Role"], "name": "hook"})) or {}
        given = {"code": base64.b64encode(code).decode(), "handler": config["Handler"], "event": event}
        done = subprocess.run(
            [sys.executable, "-c", _RUN],
            input=json.dumps(given), capture_output=True, text=True, timeout=float(config.get("Timeout", 3)) + _SLACK,
            env=_environment(home, config, keys), check=False,
        )  # fmt: skip
    except (ValueError, OSError, subprocess.SubprocessError):
        return None
    printed, _, answer = done.stdout.rpartition(_MARK)
    lines = [line for line in (*printed.splitlines(), *done.stderr.splitlines()) if line.strip()]
    group = (config.get("LoggingConfig") or {}).get("LogGroup")
    if group and lines:
        ministack_ecs.on_loop(home, lambda: ministack_ecs.log(group, f"{config['FunctionName']}/[$LATEST]", lines))
    return json.loads(answer) if done.returncode == 0 and answer else None


def _environment(home: Home, config: dict[str, Any], keys: dict[str, str]) -> dict[str, str]:
    """What Lambda gives a function: its own variables, its role's credentials, its Region; and where AWS is here."""
    own = (config.get("Environment") or {}).get("Variables") or {}
    return {
        **{name: str(value) for name, value in own.items()},
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_REGION": home.region,
        "AWS_DEFAULT_REGION": home.region,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        "PATH": os.environ.get("PATH", ""),
    }
