"""Release commands on a platform of fakes: ``typed("deploy app prod")`` runs a command line as somebody."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from generator.cli import main
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.release.client import Client
from generator.wiring.application import Application
from tests.json_documents import check_printed
from tests.release.fake_platform import PEOPLE, FakePlatform
from tests.release.plain_reader import PlainReader

ROOT = Path(__file__).parents[3]


class Ran(NamedTuple):
    """What a command line answered."""

    code: int
    out: str
    err: str


Typed = Callable[..., Ran]


@pytest.fixture
def platform() -> FakePlatform:
    """The platform, with version 1 running in prod and version 2 published."""
    found = FakePlatform(ticks=1)
    found.created()
    found.publish(2)
    return found


@pytest.fixture(scope="session")
def config() -> Configuration:
    """The shipped configuration; what is released here are its own stacks."""
    return read_configuration(ROOT / "stacks")


@pytest.fixture
def application(platform: FakePlatform, config: Configuration) -> Callable[[str], Application]:
    """The engine as somebody has it whose own process works too; waiting lets time pass and AWS continue."""

    def of(who: str) -> Application:
        def work(wait: float) -> int:
            del wait
            done = platform.workers[0].turn(0.0)
            if not done:
                platform.clock.sleep(5)
                platform.clouds.tick()
            return done

        return Application(
            config=config,
            facts=platform.facts,
            client=Client(platform.facts, platform.log, platform.queue.as_(PEOPLE[who].aws[0]), platform.clock.sleep),
            clouds=platform.clouds,
            versions=platform.versions,
            images=platform.images,
            reader=PlainReader(),
            seal=platform.seal,
            clock=platform.clock,
            sleep=platform.clock.sleep,
            person=who,
            work=work,
        )

    return of


@pytest.fixture
def typed(
    application: Callable[[str], Application], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Typed:
    """Run a command line as somebody and answer its exit code and what it printed."""

    def run(line: str, *more: str, who: str = "ana", **changes: Any) -> Ran:
        def compose(*_: object) -> Application:
            return application(who)._replace(**changes)

        monkeypatch.setattr("generator.wiring.composition.compose", compose)
        monkeypatch.setattr(sys, "argv", ["slipway", *line.split(), *more])
        capsys.readouterr()
        try:
            code = main.main()
        except SystemExit as error:
            code = int(str(error.code))
        ran = Ran(code, *capsys.readouterr())
        check_printed(sys.argv[1:], ran.out)
        return ran

    return run
