"""Secrets Manager: secrets."""

import json

from generator.sandbox.providers.provider import Created, ResourceFailure
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::SecretsManager::Secret")
class Secret(Resource):
    """The template asks for a generated value, and the value that people put there later survives updates."""

    def create(self) -> Created:
        """CreateSecret, with a generated value if the template asks for one."""
        if "GenerateSecretString" in self.props and "SecretString" in self.props:
            raise ResourceFailure("You can't specify both SecretString and GenerateSecretString")
        self.props = self._generated()
        return super().create()

    def update(self) -> Created:
        """UpdateSecret; one generated before is not generated again."""
        self.props = self._generated()
        return super().update()

    def _generated(self) -> Props:
        if self.props.get("GenerateSecretString") in (None, self.old.get("GenerateSecretString")):
            return self.props
        wanted = dict(self.props["GenerateSecretString"])
        template, key = wanted.pop("SecretStringTemplate", None), wanted.pop("GenerateStringKey", None)
        password: str = self.ctx.client("secretsmanager").get_random_password(**wanted)["RandomPassword"]
        value = password if template is None else json.dumps({**json.loads(template), key: password})
        return {**self.props, "SecretString": value}
