"""Outputs and exports of a stack after its resources stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.cloudformation.template_values import as_text, invalid
from generator.sandbox.server.errors import AwsError

if TYPE_CHECKING:
    from generator.sandbox.cloudformation.intrinsic_functions import Environment
    from generator.sandbox.cloudformation.model import Source
    from generator.sandbox.cloudformation.operation_run import Run


def evaluate(environment: Environment) -> list[dict[str, str]]:
    """The outputs whose condition holds, in boto3's shape.

    Raises:
        AwsError: A value can't be evaluated or is not text.
    """
    rows: list[dict[str, str]] = []
    declared: dict[str, Any] = environment.template.get("Outputs") or {}
    for key, output in declared.items():
        if "Condition" in output and not environment.condition(output["Condition"]):
            continue
        value = environment.value(output["Value"])
        if isinstance(value, dict | list):
            raise invalid(
                f"Template format error: The Value field of every Outputs member must evaluate to a String. [{key}]"
            )
        row = {"OutputKey": key, "OutputValue": as_text(value)}
        if output.get("Description"):
            row["Description"] = str(output["Description"])
        if output.get("Export"):
            row["ExportName"] = as_text(environment.value(output["Export"]["Name"]))
        rows.append(row)
    return sorted(rows, key=lambda row: row["OutputKey"])


def write_outputs(run: Run, source: Source) -> str:
    """Put the outputs into the stack; answers why not, or nothing.

    An export that another stack imports can neither change nor go.
    """
    stack, cloud = run.stack, run.cloud
    if run.halt.is_set():
        return ""
    try:
        rows = evaluate(cloud.environment(stack, source))
        with cloud.lock:
            others = {
                name: owner
                for name, (owner, _) in cloud.exports(stack.account, stack.region).items()
                if owner is not stack
            }
            after = {row["ExportName"]: row["OutputValue"] for row in rows if "ExportName" in row}
            for name in after:
                if name in others:
                    raise invalid(
                        f"Export with name {name} is already exported by stack {others[name].name}. Rollback requested by user."
                    )
            for row in stack.outputs:
                export = row.get("ExportName", "")
                users = cloud.importers(stack.account, stack.region, export) if export else []
                if users and after.get(export) != row["OutputValue"]:
                    act = "updated" if export in after else "deleted"
                    raise invalid(f"Export {export} cannot be {act} as it is in use by {', '.join(users)}")
            stack.outputs = rows
    except AwsError as error:
        return error.message
    return ""
