"""A login at the load balancer: people sign in at an identity provider before a request reaches the service."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from templates.params.base import Section, Text

if TYPE_CHECKING:
    from templates.params.service import ServiceSpec

Address = Annotated[
    str,
    Meta(pattern=r"^https://[A-Za-z0-9.-]+(:443)?(/[!-~]*)?$", max_length=512, description="A whole HTTPS address."),
]
# Elastic Load Balancing, Quotas: condition values per rule.
CONDITION_VALUES = 5


class ClientSecret(Section):
    """A version of a secret in Secrets Manager, so that what was approved is what the load balancer is given."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_+=.@-]{1,64}$",
            description="Name of the secret below PLATFORM/ENVIRONMENT/login/.",
            examples=["board"],
        ),
    ]
    version: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9-]{32,64}$",
            description="VersionId of the secret: `aws secretsmanager list-secret-version-ids` tells it.",
            examples=["5f0c0a5c-8c6e-4b0c-9d0e-2b6f1f6f7a11"],
        ),
    ]
    key: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Key of its JSON that holds the client secret.")
    ] = "client_secret"


class Login(Section):
    """An OpenID Connect application whose users may open the service. It lets in nobody else."""

    issuer: Annotated[Address, Meta(examples=["https://login.example.com"])]
    authorization_endpoint: Annotated[Address, Meta(examples=["https://login.example.com/oauth2/authorize"])]
    token_endpoint: Annotated[Address, Meta(examples=["https://login.example.com/oauth2/token"])]
    user_info_endpoint: Annotated[Address, Meta(examples=["https://login.example.com/oauth2/userinfo"])]
    client_id: Annotated[Text, Meta(description="Id of the application at the identity provider.")]
    client_secret: ClientSecret
    scope: Annotated[
        str,
        Meta(
            pattern=r"^openid( [!-~]+)*$",
            max_length=255,
            description="What the load balancer asks the identity provider for. `email` lets a service know people by address.",
        ),
    ] = "openid email"
    session_hours: Annotated[
        int, Meta(ge=1, le=168, description="How long somebody stays signed in. AWS takes at most 7 days.")
    ] = 12
    open_paths: Annotated[
        tuple[Text, ...],
        Meta(
            max_length=4,
            description="Paths that everybody may request without signing in, beside `health_check.path`.",
            examples=[["/status"]],
        ),
    ] = ()


def open_paths(spec: "ServiceSpec") -> tuple[str, ...]:
    """Paths of a service with a login that need none: its health check's, where requests for it come at all, and its own."""
    if spec.login is None:
        return ()
    routed = spec.route.paths
    health = spec.health_check.path.partition("?")[0]
    found = () if routed and not _within(health, routed) else (health,)
    return tuple(dict.fromkeys((*found, *spec.login.open_paths)))


def login_faults(spec: "ServiceSpec") -> Iterator[tuple[str, str]]:
    """What is wrong between a login and the rest of its service: ``(key.path, sentence that ends with what to write)``."""
    if spec.login is None:
        return
    if spec.rollout.strategy != "rolling":
        # AWS documents no login at a rule whose weights ECS moves; with CodeDeploy, the rollback took the login away
        # (https://blog.youyo.info/post/2018/12/28/, with AWS's answer). A rule that may open by itself is not built.
        problem = (
            "needs the strategy rolling, because ECS rewrites the rule that asks people to sign in with "
            f"{spec.rollout.strategy}"
        )
        yield "login", f"{problem}; write rollout.strategy: rolling"
    for path in spec.login.open_paths:
        if not path.startswith("/"):
            yield "login.open_paths", f"{path!r} matches no request, because every path begins with /; write /{path}"
        elif not path.strip("/*?"):
            yield "login.open_paths", f"{path!r} opens every path; remove it, or remove the login"
        elif spec.route.paths and not _within(path, spec.route.paths):
            yield "login.open_paths", f"{path!r} is not within route.paths; write a path that requests come for"
    if spec.route.priority == 1 and open_paths(spec):
        yield (
            "route.priority",
            "of 1 leaves no place before it for the paths that need no login; write 2 or a higher number",
        )
    values = max(1, len(spec.route.hosts)) + len(open_paths(spec))
    if values > CONDITION_VALUES:
        yield (
            "login.open_paths",
            f"make {values} hosts and paths that need no login, and a listener rule takes {CONDITION_VALUES}; remove some",
        )


def _within(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
