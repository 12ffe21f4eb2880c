"""What ``stacks/`` does not ask for any more is told everywhere, and deleted by an approved release."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.checkout import Checkout

# What is typed here runs in other tests with its coverage measured.
pytestmark = pytest.mark.no_cover


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with the shipped stacks and nothing else."""
    found = Checkout(tmp_path)
    yield found
    found.stop()


def test_a_renamed_service_and_data_that_nobody_asks_for_go_by_approved_releases(checkout: Checkout) -> None:
    """Plan, status and drift name them, with the new name and what is kept, and apply asks people by class."""
    slipway, stacks = checkout.slipway, checkout.folder / "stacks"
    slipway("apply dev --yes")

    # web is called site now, and nobody keeps data any more.
    (stacks / "services" / "web.yaml").rename(stacks / "services" / "site.yaml")
    app = stacks / "services" / "app.yaml"
    app.write_text(re.sub(r"uses:\n.*\n", "", app.read_text()))
    config = (stacks / "environments" / "dev.yaml").read_text()
    asks = "releases: { approvals: { delete: { people: 1 } } }\n"
    (stacks / "environments" / "dev.yaml").write_text(re.sub(r"data:\n(  .*\n)+", "", config) + asks)

    plan = slipway("plan dev").out
    assert re.match(r"dev: .*2 to delete", plan), plan
    said = "web is gone and site is new, with the same template but for the name: web's stack is emptied after site is healthy"
    assert re.search(rf"dev/service-web: is emptied and deleted: high: .*; {said}", plan), plan
    assert re.search(r"dev/data: is emptied and deleted: .*nothing in stacks/ asks for it any more", plan)
    assert "stays in the account with" in plan  # the table keeps what it holds
    status = slipway("status dev").out
    for stack in ("service-web", "data"):
        assert f"dev/{stack}: nothing asks for this stack any more" in status
    assert "dev/service-web: nothing asks for this stack any more" in slipway("drift dev", code=1).out

    # A repository leaves the registry with its images, which two people read; site's is created with that.
    registry = slipway("apply dev --yes --json", code=3).document["releases"][0]["id"]
    for person in ("ben", "cleo"):
        slipway(f"approve {registry} --as {person}", code=3 if person == "ben" else 0)
    ran = slipway("apply dev --yes --json", code=3).document
    held = {r["stack"]: r["release"] for r in ran["releases"] if r["state"] == "waiting for approval"}
    assert tuple(held["dev/service-web"]["classes"]) == ("delete", "stateful")  # its log group goes with what it holds


def test_one_service_is_deleted_by_name(checkout: Checkout) -> None:
    """Refused while stacks/ asks for it; afterwards one command empties the stack and deletes it."""
    slipway = checkout.slipway
    slipway("apply dev --yes")
    refused = slipway("delete service web dev", code=2)
    assert "stacks/ asks for dev/service-web; take it out there" in refused.err
    shutil.move(checkout.folder / "stacks" / "services" / "web.yaml", checkout.folder / "web.yaml")
    # AWS deletes no alarm that a composite alarm names, so what watches it goes first.
    watched = slipway("delete service web dev", code=3).err
    assert "dev/observability may name alarms of dev/service-web" in watched
    slipway("apply dev observability --yes", code=3)
    assert "web in dev is deleted" in slipway("delete service web dev").out
    assert "there is no stack slipway-dev-service-web any more" in slipway("destroy dev service-web", code=3).err
