"""Secrets that a task gets when it starts. A secret of another stack counts as a gain, by its name.

Source: Amazon ECS Developer Guide, "Pass sensitive data to an Amazon ECS container".
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.preview.change_context import ChangeContext
from generator.release.model.preview import Gain

Json = Any
_OWN = re.compile(r"\$\{([A-Za-z0-9]+)")


def run_time_secrets(context: ChangeContext) -> Iterator[Gain]:
    """A task definition names a secret or a parameter outside the stack that it did not name before."""
    for name in sorted(context.changes):
        new = context.new(name)
        if context.type_of(name) != "AWS::ECS::TaskDefinition" or new is None:
            continue
        for secret, is_login in sorted(set(_given(new)) - set(_given(context.old(name) or {}))):
            own = _OWN.match(secret)
            if own and own.group(1) in context.after.resources:
                continue
            manager = is_login or ":secretsmanager:" in secret or "SecretString" in secret
            yield Gain(
                who=name,
                logical_id=name,
                sentence=f"{name} is given the secret {secret} when it starts, as far as its execution role may read it",
                actions=("secretsmanager:GetSecretValue" if manager else "ssm:GetParameters",),
                resources=(secret,),
            )


def _given(properties: Mapping[str, Json]) -> Iterator[tuple[str, bool]]:
    """The named secret, and whether it is the login of a registry, which is always in Secrets Manager."""
    for container in _rows(properties.get("ContainerDefinitions")):
        log = container.get("LogConfiguration")
        options = log.get("SecretOptions") if isinstance(log, Mapping) else None
        for row in (*_rows(container.get("Secrets")), *_rows(options)):
            if row.get("ValueFrom"):
                yield str(row["ValueFrom"]), False
        login = container.get("RepositoryCredentials")
        if isinstance(login, Mapping) and login.get("CredentialsParameter"):
            yield str(login["CredentialsParameter"]), True


def _rows(value: Json) -> list[Mapping[str, Json]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
