"""What stands in a sandbox before the first release: as in an AWS account, and the same however often it is asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.aws.session import Keys, Session
from tests.integration.checkout import HOME, Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with the shipped stacks and nothing else."""
    found = Checkout(tmp_path, measured=True)
    yield found
    found.stop()


def test_a_prepared_sandbox_is_an_account_before_its_first_release(checkout: Checkout) -> None:
    """Zones, home, foundations and a version are there; again changes nothing, and an image comes with its repository."""
    slipway = checkout.slipway
    refused = slipway("sandbox prepare prd", code=2)
    assert "did you mean prod?" in refused.err
    assert "takes no environment" in slipway("sandbox status prod", code=2).err

    prod = slipway("sandbox prepare prod --json").document
    assert prod["stacks"] == [{"stack": key, "result": "created"} for key in ("home/home", *(f"{HOME}/{name}" for name in ("foundation", "permissions-prod", "permissions-home", "permissions-bot")))]  # fmt: skip
    assert len(prod["zones"]) == 3
    staging = slipway("sandbox prepare staging")
    assert "222222222222/foundation: " in staging.err
    assert (
        "home/home unchanged\n222222222222/foundation created\n222222222222/permissions-staging created\n"
        in staging.out
    )
    everywhere = slipway("sandbox prepare --json").document
    assert {row["result"] for row in everywhere["stacks"]} == {"created", "unchanged"}
    again = slipway("sandbox prepare --json").document
    assert {row["result"] for row in again["stacks"]} == {"unchanged"}
    assert again["version"] == everywhere["version"] == prod["version"]
    text = slipway("sandbox prepare")
    assert f"version {prod['version']} is published" in text.out
    assert "Next: slipway apply ENV --sandbox" in text.err

    # What was prepared is what apply releases, by the version that is published, as in AWS.
    home = slipway("apply home --yes --json").document
    assert home["version"] == prod["version"]
    session = Session("eu-west-1", keys=Keys(HOME, "x"), endpoint=f"http://127.0.0.1:{checkout.port}")
    ecr = session.api("ecr")
    tags = {
        row["repositoryName"]: [image["imageTags"] for image in ecr("describe_images", repositoryName=row["repositoryName"])["imageDetails"]]
        for row in ecr("describe_repositories")["repositories"]
    }  # fmt: skip
    assert tags["slipway/app"] == [["sample-good"]]

    # A version that is named is released as it is: the checkout is not published.
    service = checkout.folder / "stacks" / "services" / "app.yaml"
    service.write_text(service.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug"))
    named = slipway(f"apply home --yes --json --version {prod['version']}")
    assert named.document["version"] == prod["version"]
    assert "published" not in named.err
    assert slipway("apply home --yes --json").document["version"] != prod["version"]
