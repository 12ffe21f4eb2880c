"""What a command or the bot uses: the client, AWS as its caller may use it, and perhaps a worker of its own."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from generator.config.model import Configuration
from generator.release.client import Client
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.requests import Answer, Request
from generator.release.ports import Clouds, Images, Reader, Seal, Versions

# Between looks at the log while another process works, in seconds.
_LOOK_EVERY = 1.0
_BREATH = 0.05


class Calls(Protocol):
    """AWS as the caller may use it, besides releases: the calls of an administrator or a publisher."""

    def __call__(self, service: str, account: str, region: str) -> Any:
        """A client, called with a boto3 method's name and its parameters."""


class Tools(NamedTuple):
    """What administrators, publishers and people with a sandbox use.

    ``publisher`` is a :class:`generator.aws.version_publisher.Publisher`, ``control`` a sandbox's
    :class:`generator.sandbox.endpoint.Control`, None where AWS is AWS. Where it ``simulates``,
    IAM and Access Analyzer can be asked what would be allowed.
    """

    calls: Calls
    publisher: Any
    control: Any = None
    simulates: bool = False


class Application(NamedTuple):
    """Everything composed, by :mod:`generator.wiring.composition` or by a test from fakes.

    ``person`` is who speaks, "" for no known person. ``work`` does one round of a worker in this process and answers how
    much it did; without it another process has to. ``close`` ends that worker. ``flags`` is what a further command line needs to get here again;
    ``speaks_for_all`` is whether ``--as`` may name the speaker there.
    """

    config: Configuration
    facts: PlatformFacts
    client: Client
    clouds: Clouds
    versions: Versions
    images: Images
    reader: Reader
    seal: Seal
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    person: str = ""
    pace: float = 1.0
    work: Callable[[float], int] | None = None
    close: Callable[[], None] = lambda: None
    flags: str = ""
    may_act_for_others: bool = False
    tools: Tools | None = None

    def ask(self, request: Request) -> Answer:
        """Send a request and wait for its answer.

        Raises:
            Unanswered: no worker runs.
        """
        return self.client.ask(request, meanwhile=self.turn if self.work is not None else None)

    def turn(self) -> None:
        """Let some time pass: do a round of work, or wait for anyone who works."""
        if self.work is None:
            self.sleep(_LOOK_EVERY)
        elif not self.work(0.0):
            self.sleep(_BREATH)

    def command_line(self, command: str) -> str:
        """``slipway follow prod-app-12 --sandbox``: a command line for the same place."""
        return f"slipway {command}{self.flags}"

    def release(self, release_id: str) -> Release:
        """A release that must exist.

        Raises:
            UsageError: there is none of this id.
        """
        from generator.errors import UsageError

        found = self.client.release(release_id)
        if found is None:
            raise UsageError(
                f"there is no release {release_id!r}; see the releases with: {self.command_line('status')}"
            )
        return found
