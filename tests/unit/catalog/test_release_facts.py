"""What the release engine knows of a platform follows from its configuration, and so does who is who."""

from pathlib import Path

import pytest

from generator.catalog.directory import ConfiguredDirectory
from generator.catalog.release_facts import facts
from generator.config.read import read_configuration
from generator.release.model.platform import PlatformFacts

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shipped() -> PlatformFacts:
    """The facts of the shipped platform."""
    return facts(read_configuration(ROOT / "stacks"))


def test_every_stack_is_known_with_its_place(shipped: PlatformFacts) -> None:
    """A release finds a stack's CloudFormation name, account, Region and the service in it."""
    app = shipped.stacks["prod/service-app"]
    assert (app.ref.name, app.ref.account, app.ref.region) == ("slipway-prod-service-app", "333333333333", "eu-west-1")
    assert (app.ref.service, app.ref.label, app.architecture, app.tasks) == ("app", "app", "ARM64", 2)
    assert app.url == "https://app.example.com/"
    assert shipped.stacks["prod/bot"].ref.service == "bot"
    assert shipped.stacks["prod/function-events"].ref.service == "events"
    assert shipped.stacks["prod/network"].ref.service == ""
    assert shipped.stacks["333333333333/foundation"].ref.name == "slipway-account-foundation"


def test_administrators_stacks_are_marked(shipped: PlatformFacts) -> None:
    """No release may change home, the foundations and the permissions; the registries are ordinary."""
    marked = {key for key, stack in shipped.stacks.items() if stack.administrators}
    accounts = {"1": ("dev",), "2": ("staging",), "3": ("prod", "home", "bot")}
    assert marked == {
        "home/home",
        *(f"{n * 12}/foundation" for n in accounts),
        *(f"{n * 12}/permissions-{name}" for n, names in accounts.items() for name in names),
    }


def test_home_and_accounts_release_as_the_bot_s_environment(shipped: PlatformFacts) -> None:
    """What no environment owns is protected, asks whom production asks, and is promoted from nowhere."""
    prod, home = shipped.environments["prod"], shipped.environments["home"]
    assert home.protected
    assert home.releases.approvals == prod.releases.approvals
    assert home.releases.promote_from is None
    assert shipped.environments["333333333333"].protected
    assert not shipped.environments["dev"].protected


@pytest.mark.parametrize(
    ("channel", "id_", "person"),
    [
        ("cli", "AROAEXAMPLESSOROLE01:ben@example.com", "ben"),
        ("ci", "AROAEXAMPLESSOROLE01:ben@example.com", "ben"),
        ("slack", "U0EXAMPLEBEN", "ben"),
        ("cli", "U0EXAMPLEBEN", ""),
        ("slack", "AROAEXAMPLESSOROLE01:ben@example.com", ""),
        ("cli", "333333333333", ""),
        ("cli", "ben", ""),
        ("worker", "AROAEXAMPLESSOROLE01:ben@example.com", ""),
    ],
)
def test_an_id_belongs_to_its_person_on_its_channel_alone(
    shipped: PlatformFacts, channel: str, id_: str, person: str
) -> None:
    """Nobody becomes somebody by sending an id over another channel, or by a name."""
    directory = ConfiguredDirectory(shipped)
    assert directory.person(channel, id_) == person
    assert directory.groups(person) == (("releasers",) if person else ())
