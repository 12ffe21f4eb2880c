"""Identities and clients: one botocore loader for all of a process, one client for each service, Region and identity.

In the sandbox ``AWS_ENDPOINT_URL`` points to it, and an access key of 12 digits is that account's root. botocore reads
both from the environment.
"""

import gzip
import re
import threading
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
import msgspec
from botocore.config import Config
from botocore.credentials import CredentialResolver, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from generator.aws.api_client import Api, CallLimits, OnCall
from generator.aws.budgets import Budgets
from generator.aws.clock_skew import ClockSkew
from generator.release.errors import Denied

# STS: RoleSessionName and SourceIdentity take 2 to 64 of these.
_FOREIGN = re.compile(r"[^\w+=,.@-]", re.ASCII)
_HOUR = 3600  # a role that was assumed from a role's session lasts no longer (IAM User Guide: role chaining)


# Services that may take long to answer ("can take up to several minutes": CloudFormation User Guide, Detect drift).
_SLOW = frozenset({"cloudformation", "ecs", "elasticloadbalancing", "elbv2"})


class Keys(NamedTuple):
    """Credentials that were given, instead of those of the environment."""

    access: str
    secret: str
    token: str | None = None


class Role(NamedTuple):
    """A role to assume, and the person in whose name."""

    arn: str
    person: str


class Limits(NamedTuple):
    """Limits of a call: tries in all, and seconds to connect and to wait for an answer.

    ``slow`` is for services whose answers a step may wait for, with its lease renewed: what has arrived late counts.
    ``poll`` comes on top of ``read`` for SQS, whose long poll answers after up to 20 seconds. ``identities`` is how
    many assumed roles are kept at once, each with its clients.
    """

    attempts: int = 4
    connect: float = 3.0
    read: float = 20.0
    slow: float = 0.0
    poll: float = 20.0
    identities: int = 256


# A worker's: its lease is renewed while it waits.
WORKING = Limits(slow=70.0)


class Models:
    """Reads service models as botocore's ``JSONFileLoader`` does, in half the time."""

    def exists(self, path: str) -> bool:
        """Whether there is a model, by its path without ``.json``."""
        return any(Path(path + ending).is_file() for ending in _MODELS)

    def load_file(self, path: str) -> Any:
        """The model, or None."""
        for ending, opened in _MODELS.items():
            if Path(path + ending).is_file():
                with opened(path + ending, "rb") as file:
                    return msgspec.json.decode(file.read())
        return None


_MODELS: dict[str, Any] = {".json": open, ".json.gz": gzip.open}


@cache
def models() -> Loader:
    """The loader of this process. A model is read once, however many sessions there are."""
    return Loader(file_loader=Models())


class _Given:
    """A provider of given credentials, which replaces botocore's chain of files, environment and metadata."""

    METHOD = "given"

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def load(self) -> Any:
        """The credentials. Refreshable ones renew themselves."""
        return self._credentials


class Session:
    """Creates all clients. Safe to use from many threads.

    Args:
        region: Region of the home account; other Regions are asked for by name.
        on_call: told service and operation before each call.
        keys: instead of the environment's credentials.
        endpoint: instead of ``AWS_ENDPOINT_URL``.
        budgets: how often AWS may be asked; None for as often as somebody likes.
    """

    def __init__(  # noqa: PLR0913 - what a session can be given
        self,
        region: str,
        *,
        on_call: OnCall | None = None,
        keys: Keys | None = None,
        endpoint: str | None = None,
        limits: Limits | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self.region = region
        self.skew = ClockSkew()
        self._budgets = budgets
        self._on_call = on_call
        self._endpoint = endpoint
        self._limits = limits or Limits()
        self._lock = threading.RLock()
        self._base = self._session(Credentials(*keys) if keys else None)
        self._identities: OrderedDict[Role, botocore.session.Session] = OrderedDict()
        self._clients: dict[tuple[Role | None, str, str], Api] = {}

    def api(self, service: str, *, region: str = "", role: Role | None = None) -> Api:
        """The client of a service. With ``role`` it acts as that role, assumed at the first call and again in time.

        Raises:
            Denied: the machine's own settings for AWS are wrong.
        """
        key = (role, service, region or self.region)
        with self._lock:
            if role is not None:
                self._touch(role)
            if key not in self._clients:
                account = role.arn.split(":")[4] if role is not None else "the home account"
                shared = CallLimits(f"{account} {key[2]}", self._budgets, self.skew)
                self._clients[key] = Api(self._client(role, service, key[2]), service, self._on_call, shared)
            return self._clients[key]

    def _client(self, role: Role | None, service: str, region: str) -> Any:
        try:
            return self._identity(role).create_client(
                service, region_name=region, endpoint_url=self._endpoint, config=self._config(service)
            )
        except (BotoCoreError, ValueError) as error:
            # A profile that is not there, a file or an AWS_ENDPOINT_URL that can't be read: found at the first client.
            fix = "correct AWS_PROFILE, AWS_ENDPOINT_URL or ~/.aws/config, and try again"
            raise Denied(f"the AWS settings of this machine are not valid: {error}; {fix}") from error

    def assumed(self, role_arn: str, name: str, instead: str = "give the role this permission") -> "Session":
        """A session that acts as a role everywhere: for a worker in the terminal of a person who may assume its role.

        ``instead`` says what helps a caller that may not assume it; a right of their own is not enough, the role has to trust
        them (IAM User Guide: Methods to assume a role).

        No SourceIdentity is set here: it would stick, and the release roles could not be assumed for anybody else (IAM
        User Guide: Monitor and control actions taken with assumed roles).
        """
        made = Session(
            self.region, on_call=self._on_call, endpoint=self._endpoint, limits=self._limits, budgets=self._budgets
        )
        made.skew = self.skew
        ask = {"RoleArn": role_arn, "RoleSessionName": person_name(name)}
        made._base = made._session(
            DeferredRefreshableCredentials(refresh_using=lambda: self._taken(ask, instead), method="assume-role")
        )
        return made

    def _taken(self, ask: dict[str, str], instead: str) -> dict[str, str]:
        try:
            return self._credentials(ask)
        except Denied as error:
            role = ask["RoleArn"].rpartition("/")[2]
            raise Denied(f"your credentials may not assume {role}: {instead}. AWS says: {error}") from error

    def _touch(self, role: Role) -> None:
        """The role that was used last is removed last."""
        if role in self._identities:
            self._identities.move_to_end(role)
        else:
            self._identities[role] = self._session(
                DeferredRefreshableCredentials(refresh_using=lambda: self._assume(role), method="assume-role")
            )
        if len(self._identities) > self._limits.identities:
            gone, _ = self._identities.popitem(last=False)
            self._clients = {key: api for key, api in self._clients.items() if key[0] != gone}

    def _identity(self, role: Role | None) -> Any:
        return self._base if role is None else self._identities[role]

    def _assume(self, role: Role) -> dict[str, str]:
        name = person_name(role.person)
        return self._credentials({"RoleArn": role.arn, "RoleSessionName": name, "SourceIdentity": name})

    def _credentials(self, ask: dict[str, str]) -> dict[str, str]:
        made = self.api("sts")("assume_role", **ask, DurationSeconds=_HOUR)["Credentials"]
        return {
            "access_key": made["AccessKeyId"],
            "secret_key": made["SecretAccessKey"],
            "token": made["SessionToken"],
            "expiry_time": made["Expiration"].isoformat(),
        }

    def _session(self, credentials: Any) -> botocore.session.Session:
        """A session of its own for each identity costs 3.5 ms with a shared loader, and 50 without."""
        session = botocore.session.Session()
        session.register_component("data_loader", models())
        session.user_agent_name = "slipway"
        if credentials is not None:
            session.register_component("credential_provider", CredentialResolver([_Given(credentials)]))
        return session

    def _config(self, service: str) -> Config:
        limits = self._limits
        return Config(
            retries={"total_max_attempts": limits.attempts, "mode": "standard"},
            connect_timeout=limits.connect,
            read_timeout=_read_timeout(service, limits),
            max_pool_connections=64,
            tcp_keepalive=True,
        )


def _read_timeout(service: str, limits: Limits) -> float:
    if service == "sqs":
        return limits.read + limits.poll
    return max(limits.slow, limits.read) if service in _SLOW else limits.read


def person_name(person: str) -> str:
    """A person as STS takes it: 2 to 64 characters, anything else becomes ``-``."""
    return _FOREIGN.sub("-", person)[:64].ljust(2, "-")
