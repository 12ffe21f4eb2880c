"""A foundation stack to look into."""

from typing import Any

from templates.foundation import build
from templates.params.account import Budget, FoundationParams, GitHub
from tests.unit.templates.environment_cases import plain
from tests.unit.templates.iam_judge import Json, scope


def foundation(*, is_home: bool = True, github: GitHub | None = None, **more: Any) -> Json:
    """The template, in the home account unless said otherwise; ``more`` are further parameters."""
    fields: Json = {
        "budget": Budget(emails=("team@example.com",)),
        "regions": ("eu-west-1",),
        "environments": ("prod", "staging"),
    } | more
    return plain(
        build(
            FoundationParams(
                scope=scope("account", "foundation", **fields.pop("scope", {})),
                github=github or GitHub(repository="acme/shop", repository_id=456, owner_id=123),
                is_home=is_home,
                bot="prod" if is_home else "",
                **fields,
            )
        )
    )
