"""Secrets Manager: secrets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_provider import ApiProvider, dropped, picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.registry import provider

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_DEFAULTS = {"Description": "", "KmsKeyId": "alias/aws/secretsmanager"}


@provider("AWS::SecretsManager::Secret")
class Secret(ApiProvider):
    """`Ref` and `Id` are the ARN, which ends in six characters that the service adds.

    Deleting is immediate, without recovery window, as CloudFormation's handler does it.
    """

    type_name = "AWS::SecretsManager::Secret"
    known = frozenset({"Name", "Description", "KmsKeyId", "GenerateSecretString", "SecretString", "Tags"})
    gone = frozenset({"ResourceNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateSecret, with a generated value if the template asks for one."""
        if "GenerateSecretString" in props and "SecretString" in props:
            raise ResourceFailure("You can't specify both SecretString and GenerateSecretString")
        name = props.get("Name") or generated_name(ctx)
        value = self._value(ctx, props)
        arn = ctx.client("secretsmanager").create_secret(
            Name=name,
            Tags=self.tags(ctx, props),
            **picked(props, "Description", "KmsKeyId"),
            **({} if value is None else {"SecretString": value}),
        )["ARN"]
        return Created(arn, {"Id": arn})

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """UpdateSecret. The value changes only if what says it changed: people's values survive updates."""
        service = ctx.client("secretsmanager")
        service.describe_secret(SecretId=physical_id)
        # What left the template is what it is by default.
        said = {name: default for name, default in _DEFAULTS.items() if name in old} | picked(new, *_DEFAULTS)
        if any(new.get(key) != old.get(key) for key in ("GenerateSecretString", "SecretString")):
            value = self._value(ctx, new)
            said |= {} if value is None else {"SecretString": value}
        if said:
            service.update_secret(SecretId=physical_id, **said)
        tags = self.tags(ctx, new)
        lost = dropped(old.get("Tags", []), tags)
        if lost:
            service.untag_resource(SecretId=physical_id, TagKeys=lost)
        service.tag_resource(SecretId=physical_id, Tags=tags)
        return Created(physical_id, {"Id": physical_id})

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteSecret, at once."""
        del props
        ctx.client("secretsmanager").delete_secret(SecretId=physical_id, ForceDeleteWithoutRecovery=True)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeSecret. The value is not compared: the resource schema calls it write-only."""
        found = ctx.client("secretsmanager").describe_secret(SecretId=physical_id)
        if found.get("DeletedDate"):
            raise self.absent(physical_id)
        return {
            **{key: found.get(key) for key in ("Name", "Description", "KmsKeyId")},
            **picked(props, "GenerateSecretString", "SecretString"),
            "Tags": found.get("Tags", []),
        }

    def _value(self, ctx: Context, props: dict[str, Any]) -> str | None:
        if "SecretString" in props:
            return str(props["SecretString"])
        if "GenerateSecretString" not in props:
            return None
        wanted = dict(props["GenerateSecretString"])
        template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
        password: str = ctx.client("secretsmanager").get_random_password(**wanted)["RandomPassword"]
        if template is None:
            return password
        return json.dumps({**json.loads(template), key: password})
