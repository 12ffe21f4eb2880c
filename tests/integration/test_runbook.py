"""Every command in docs/runbook.md is typed into a sandbox in which the thing that its page is about has gone wrong."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.checkout import Checkout

ROOT = Path(__file__).parents[2]
EXIT = re.compile(r"^(?P<command>.*?)(\s+# exit (?P<code>\d+))?$")
PAGES: list[tuple[str, str]] = re.findall(
    r"^##? ([^\n]+)\n(.*?)(?=^##? |\Z)", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE | re.DOTALL
)


def better(checkout: Checkout, number: list[int] = [0]) -> None:  # noqa: B006 - counts on purpose
    """Publish another version of app that works."""
    number[0] += 1
    checkout.slipway("publish --sample better --service app --subject", f"Better {number[0]}")


def proposed(checkout: Checkout) -> None:
    """A release of app that waits."""
    better(checkout)
    checkout.slipway("deploy app prod", code=3)


def crashed(checkout: Checkout) -> None:
    """A version that goes back by itself."""
    checkout.slipway("publish --sample crashes --service app")
    checkout.slipway("deploy app prod", code=3)
    checkout.slipway(f"approve {checkout.newest()} --as ben", code=1)


def verified(checkout: Checkout) -> None:
    """A newer version that was verified."""
    proposed(checkout)
    checkout.slipway(f"approve {checkout.newest()} --as ben")


def changed_by_another(checkout: Checkout) -> None:
    """A release that waits while somebody else changes the stack."""
    proposed(checkout)
    checkout.retag("slipway-prod-service-app")


def locked(checkout: Checkout) -> None:
    """Somebody else's lock."""
    better(checkout)
    checkout.slipway("lock prod app --as cleo --reason", "load test")


def scanned(checkout: Checkout) -> None:
    """An image with a critical finding."""
    checkout.slipway("publish --sample slow --service app")
    image = checkout.slipway("publish --sample slow --service app --json").document["version"]["images"]["app"]["uri"]
    findings = [{"name": "CVE-2026-1", "severity": "CRITICAL"}]
    checkout.control.post("scans", {"image": image.partition("@")[2], "findings": findings})


def stuck(checkout: Checkout) -> None:
    """An update that fails, and whose rollback fails too."""
    proposed(checkout)
    faults = [
        {"stack": "slipway-prod-service-app", "logical_id": "Service", "phase": phase}
        for phase in ("UPDATE", "ROLLBACK")
    ]
    checkout.control.post("cloudformation/faults", {"faults": faults})
    checkout.slipway(f"approve {checkout.newest()} --as ben", code=3)


def gated(checkout: Checkout) -> None:
    """A rollout that waits at its PAUSE gate."""
    file = checkout.folder / "stacks" / "services" / "app.yaml"
    file.write_text(
        file.read_text().replace("bake_minutes: 10", "bake_minutes: 0\n      pause: { timeout_minutes: 60 }")
    )
    checkout.slipway("apply prod --yes", code=3)
    waits = checkout.slipway(f"approve {checkout.newest()} --as ben", code=3)
    assert "waits at the gate POST_TEST_TRAFFIC_SHIFT" in waits.out


SCENES: dict[str, Callable[[Checkout], None]] = {
    "A release waits for approval": proposed,
    "One release at a time": proposed,
    "A new version rolled back by itself": crashed,
    "A version is bad, though it was verified": verified,
    "Superseded": changed_by_another,
    "A lock or a freeze holds it back": locked,
    "Pre-flight refuses": scanned,
    "The rollback is stuck": stuck,
    "A rollout waits at its gate": gated,
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout whose production stands."""
    found = Checkout(tmp_path_factory.mktemp("checkout"))
    found.slipway("apply prod --yes")
    yield found
    found.stop()


def test_every_page_does_what_it_says(checkout: Checkout) -> None:
    """Anyone who follows a page in trouble types commands that work, with the exit codes that it names."""
    typed = 0
    for title, page in PAGES:
        SCENES.get(title, lambda _: None)(checkout)
        for block in re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                found = EXIT.match(line)
                assert found
                command = shlex.split(found["command"].replace("prod-app-12", checkout.newest()))
                who = ["--as", "ben"] if command[1] in {"approve", "continue"} else []
                checkout.slipway("", *command[1:], *who, code=int(found["code"] or 0))
                typed += 1
    assert typed > 30


def test_every_scene_belongs_to_a_page() -> None:
    """A page that is renamed takes its scene along."""
    assert SCENES.keys() <= {title for title, _ in PAGES}
