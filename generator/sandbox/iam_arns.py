"""Resources of calls that ministack answers, where its own idea of the resource is not AWS's.

Source: Service Authorization Reference, the pages of IAM, EventBridge, KMS, Lambda, CloudWatch, Application Auto Scaling.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from generator.sandbox import private

if TYPE_CHECKING:
    from generator.sandbox.iam_resources import Check
    from generator.sandbox.wire import Request


def refined(request: Request, check: Check) -> list[Check]:
    """The check with AWS's resource, or one for each of its resources."""
    here = f"{request.region}:{request.account}"
    match request.service:
        case "iam" if request.text("RoleName") and ":role/" in check.resource:
            return [check._replace(resource=_role(request))]
        case "events":
            return [check._replace(resource=_rule(request, check.resource, here))]
        case "kms" if request.text("AliasName"):
            alias = check._replace(resource=f"arn:aws:kms:{here}:{request.text('AliasName')}")
            key = request.text("TargetKeyId")
            arn = key if key.startswith("arn:") else f"arn:aws:kms:{here}:key/{key}"
            return [alias, check._replace(resource=arn)] if key else [alias]
        case "lambda" if request.action == "CreateFunction":
            name = str(json.loads(request.body or b"{}").get("FunctionName", ""))
            return [check._replace(resource=f"arn:aws:lambda:{here}:function:{name}")]
        case "monitoring":
            return [check._replace(resource=resource) for resource in _watching(request, check.resource, here)]
        case _:
            return [check]


def _role(request: Request) -> str:
    """A role's ARN holds its path, which calls do not name."""
    name = request.text("RoleName")
    found = private.role(request.account, name)
    if found and request.action != "CreateRole":
        return str(found["Arn"])
    return f"arn:aws:iam::{request.account}:role{request.text('Path', '/')}{name}"


def _rule(request: Request, resource: str, here: str) -> str:
    """Rules of the default bus have no bus in their ARN."""
    name = request.text("Rule") or request.text("Name")
    if request.action.endswith(("Rule", "Targets", "TargetsByRule")) and name:
        bus = request.text("EventBusName", "default").rpartition("/")[2]
        return f"arn:aws:events:{here}:rule/{'' if bus == 'default' else bus + '/'}{name}"
    return resource


def _watching(request: Request, resource: str, here: str) -> list[str]:
    """Dashboards have no region; alarms that a call lists without naming them are `alarm:*`."""
    if request.action in {"PutDashboard", "GetDashboard"}:
        return [f"arn:aws:cloudwatch::{request.account}:dashboard/{request.text('DashboardName')}"]
    if request.action in {"DescribeAlarms", "DescribeAlarmHistory"}:
        return [f"arn:aws:cloudwatch:{here}:alarm:*"]
    return [resource]
