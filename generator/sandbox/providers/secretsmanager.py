"""Secrets Manager: secrets.

A surprise: the template asks for a generated value, which `GetRandomPassword` gives, and the value that people put there
later survives updates.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.old_table import ResourceTable, Tags
from generator.sandbox.providers.old_table_provider import TableProvider, surprising
from generator.sandbox.providers.provider import ResourceFailure

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context, Created


@surprising(
    ResourceTable(
        "AWS::SecretsManager::Secret",
        "secretsmanager",
        "create_secret describe_secret update_secret delete_secret",
        "Description GenerateSecretString KmsKeyId Name SecretString",
        found="DeletedDate && `null` || @",
        name="Name",
        id="ARN",
        key="SecretId",
        attributes={"Id": "{id}"},
        gone="ResourceNotFoundException",
        defaults={"Description": "", "KmsKeyId": "alias/aws/secretsmanager"},
        # At once, without recovery window, as CloudFormation's handler does it.
        always={"ForceDeleteWithoutRecovery": True},
        untold="GenerateSecretString SecretString",
        tags=Tags(read=""),
    )
)
class Secret(TableProvider):
    """The value changes only if what says it changed."""

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateSecret, with a generated value if the template asks for one."""
        if "GenerateSecretString" in props and "SecretString" in props:
            raise ResourceFailure("You can't specify both SecretString and GenerateSecretString")
        return super().make(ctx, self._generated(ctx, {}, props))

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateSecret; one generated before is not generated again."""
        return super().change(ctx, physical_id, old, self._generated(ctx, old, new))

    def _generated(self, ctx: Context, old: dict[str, Any], props: dict[str, Any]) -> dict[str, Any]:
        if props.get("GenerateSecretString") in (None, old.get("GenerateSecretString")):
            return props
        wanted = dict(props["GenerateSecretString"])
        template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
        password: str = ctx.client("secretsmanager").get_random_password(**wanted)["RandomPassword"]
        value = password if template is None else json.dumps({**json.loads(template), key: password})
        return {**props, "SecretString": value}
