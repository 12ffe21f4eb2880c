"""The identities in the sandbox: people as IAM users, the platform's roles, and every account's root."""

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from generator.aws.api_client import ApiError
from generator.aws.session import Keys, Session
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.release.model.people import Actor
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import StackRef
from generator.release.ports import Cloud
from generator.sandbox.iam.people import User, users
from generator.sandbox.process import Control, awaited, folder, root_of
from generator.wiring.adapters import Adapters, Home, OwnClouds, cloud
from generator.wiring.application import Tools
from generator.wiring.worker import Access

_SECRET = "sandbox"  # noqa: S105 - the sandbox takes any


class RootClouds(OwnClouds):
    """A ``ports.Clouds`` as each account's root: an access key of 12 digits belongs to that account."""

    def __init__(self, home: Home, endpoint: str) -> None:
        super().__init__(None, home)
        self._endpoint = endpoint
        self._sessions: dict[str, Session] = {}

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack."""
        del actor
        session = self.session(stack.account)
        return cloud(lambda service: session.api(service, region=stack.region))

    def session(self, account: str) -> Session:
        """An account's root."""
        if account not in self._sessions:
            self._sessions[account] = Session(self._home.region, keys=Keys(account, _SECRET), endpoint=self._endpoint)
        return self._sessions[account]


class SandboxIdentities:
    """The identities of the sandbox of one checkout.

    Each person of ``people:`` is an IAM user of the home account, so that SQS attests who speaks; ``facts`` know them.
    ``pace`` is how many of our seconds one second of AWS takes.
    """

    def __init__(self, stacks: Path, home: Home, facts: PlatformFacts) -> None:
        """Find the sandbox that is running.

        Raises:
            UsageError: no sandbox of this checkout runs.
        """
        endpoint = awaited(root_of(str(stacks)))
        if endpoint is None:
            raise UsageError("no sandbox of this checkout is running; start one with: slipway sandbox")
        self._url, self._home = endpoint.url, home
        self.control = Control(endpoint.port)
        self.clouds = RootClouds(home, endpoint.url)
        self.root = Adapters(self.clouds.session(home.account), home)
        self.queue_url, self.wake_url = home.queue_url(endpoint.url), home.wake_url(endpoint.url)
        status = self.control.status()
        self.pace = float(status["speed"])
        kept = folder(Path(str(status["root"]))) / "people.json"
        self._users: dict[str, User] = users(self.root.api("iam"), tuple(facts.people), kept, home.table)
        people = {name: replace(p, aws=(*p.aws, self._users[name].id)) for name, p in facts.people.items()}
        self.facts = replace(facts, people=people)

    def person(self, name: str) -> Adapters:
        """A person of ``people:``, with an access key."""
        user = self._users[name]
        return self._adapters(Keys(user.access, user.secret))

    def front(self) -> Adapters:
        """The role of the bot's front, as a task of ECS gets it.

        Raises:
            UsageError: home is not there yet.
        """
        return self._of_home("bot", "web")

    def build(self) -> Adapters:
        """The role that publishes, as a job of CI gets it.

        Raises:
            UsageError: home is not there yet.
        """
        return self._of_home("publish", "build")

    def _of_home(self, role: str, session: str) -> Adapters:
        try:
            found = self.root.api("iam")("get_role", RoleName=f"{self._home.platform}-{role}")["Role"]
        except ApiError as error:
            raise UsageError(
                f"the sandbox has no home yet ({error.code}); create it with: slipway apply home --sandbox"
            ) from error
        return self._role(str(found["Arn"]), session)

    def worker(self) -> Adapters:
        """The worker's role, as a task of ECS gets it. Before home exists, the account's root."""
        try:
            self.root.api("iam")("get_role", RoleName=self._home.worker.rpartition("/")[2])
        except ApiError:
            return self.root
        return self._role(self._home.worker, "worker")

    def access(self, config: Configuration, mine: Adapters) -> Access:
        """AWS as one of these identities may use it."""
        return Access(
            config, self.facts, mine, mine.queue(self.queue_url), self.pace, self._ids("bot"),
            mine.queue(self.wake_url), self._ids("open"),
        )  # fmt: skip

    def _ids(self, name: str) -> tuple[str, ...]:
        """Id of a role of the platform, if there is one: messages of its sessions carry it as their sender."""
        try:
            found = self.root.api("iam")("get_role", RoleName=f"{self._home.platform}-{name}")["Role"]
        except ApiError:
            return ()
        return (str(found["RoleId"]),)

    def tools(self, publisher: Any) -> Tools:
        """What administrators and publishers use, in every account."""
        return Tools(
            lambda service, account, region: self.clouds.session(account).api(service, region=region),
            publisher,
            self.control,
        )

    def _role(self, arn: str, name: str) -> Adapters:
        given = self.control.session(arn, name=name)
        return self._adapters(Keys(given["AccessKeyId"], given["SecretAccessKey"], given.get("SessionToken")))

    def _adapters(self, keys: Keys) -> Adapters:
        return Adapters(Session(self._home.region, keys=keys, endpoint=self._url), self._home)
