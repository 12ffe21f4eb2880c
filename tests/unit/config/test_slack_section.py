"""The Slack section of platform.yaml: what it allows, and which mistakes are told."""

from collections.abc import Callable

import pytest

from generator.release.model.settings import Slack
from tests.unit.config.conftest import FILES

Read = Callable[[dict[str, str]], list[str]]
IDS = "slack:\n  team_id: T0000000001\n  app_id: A0000000001\n"
CASES = {
    "an environment that nobody knows": (
        "  channels: {prd: [C0000000001]}\n",
        ["platform.yaml:12: slack.channels.prd: no environment is called 'prd', write prod"],
    ),
    "no channel at all": (
        "  channels: {}\n",
        [
            (
                "platform.yaml:9: slack: no channel is given, so nothing could be released from chat, "
                "write channels, or default: [C…]"
            )
        ],
    ),
    "all is well": ("  channels: {prod: [C0000000001]}\n  notify: {prod: C0000000002}\n", []),
}


@pytest.mark.parametrize(("text", "lines"), CASES.values(), ids=CASES.keys())
def test_mistakes_in_the_slack_section_are_reported(mistakes: Read, text: str, lines: list[str]) -> None:
    """A channel of an environment that is not there would never be used; people learn it when they write it."""
    assert mistakes({"platform.yaml": FILES["platform.yaml"] + IDS + text}) == lines


def test_an_environment_without_channels_is_released_from_nowhere() -> None:
    """What is not allowed is refused: only `default` opens the environments that are not named."""
    closed = Slack(team_id="T0000000001", app_id="A0000000001", channels={"prod": ("C0000000001",)})
    assert (closed.allowed("prod"), closed.allowed("dev")) == (("C0000000001",), ())
    opened = Slack(team_id="T0000000001", app_id="A0000000001", default=("C0000000002",))
    assert opened.allowed("dev") == ("C0000000002",)
