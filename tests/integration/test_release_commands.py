"""A day with Slipway on one machine: the commands that people type, against a sandbox of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.checkout import Checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A folder with the shipped stacks and nothing else."""
    found = Checkout(tmp_path, measured=True)
    yield found
    found.stop()


def test_a_day_of_releases(checkout: Checkout) -> None:  # noqa: PLR0915 - a day is long
    """Production with one command; every change asks a second person; a bad version goes back by itself; all is told."""
    slipway = checkout.slipway
    assert "deploy with: slipway apply prod --sandbox" in slipway("status", code=1).err

    # One command makes production; what runs for the first time needs no approval.
    prod = checkout.folder / "stacks" / "environments" / "prod.yaml"
    prod.write_text(
        prod.read_text().replace("data:\n", "load_balancer: { allow_from: [10.0.0.0/8] }\n\ndata:\n  database: {}\n", 1)
    )
    made = slipway("apply prod --yes --json").document
    assert {row["result"] for row in made["stacks"]} == {"done"}
    assert {row["stack"] for row in made["stacks"]} >= {"home/registry", "prod/network", "prod/service-app", "prod/bot"}
    again = slipway("apply prod --yes")
    assert "0 released, 12 unchanged, of 12 stacks" in again.out

    # --yes answers the prompt; the next change waits for people all the same.
    service = checkout.folder / "stacks" / "services" / "app.yaml"
    service.write_text(service.read_text().replace("LOG_LEVEL: info", "LOG_LEVEL: debug"))
    plan = slipway("plan prod")
    assert plan.out.splitlines()[0] == "prod: 1 changed, 10 unchanged"
    assert "LOW RISK" in plan.out
    assert "      - info\n      + debug\n" in slipway("diff prod app").out
    held = slipway("apply prod --yes", code=3)
    assert "prod-app-2 waits for approval" in held.out
    assert "1 approval by releasers (ben or cleo), because the template changes" in held.out
    assert "Next: slipway approve prod-app-2 --as ben --sandbox" in held.out

    # Who asked does not approve, and a stranger to the sandbox is told who there is.
    refused = slipway("approve prod-app-2 --as ana", code=3)
    assert "you requested this release, so you can't approve it; ask another person" in refused.err
    assert "did you mean ben?" in slipway("approve prod-app-2 --as bean", code=2).err
    approved = slipway("approve prod-app-2 --as ben")
    assert re.search(r"prod-app-2 succeeded in .*: app in prod now runs [0-9a-f]{12}", approved.out)
    late = slipway("reject prod-app-2 --as cleo", code=3)
    assert "already decided by ben" in late.err

    # What replaces a database, opens a port, widens a role and costs more says so first, and asks people because of it.
    kept = {path: path.read_text() for path in (prod, service)}
    prod.write_text(
        kept[prod]
        .replace("database: {}", "database: { backup_days: 1, instance_class: db.t4g.medium }")
        .replace("allow_from: [10.0.0.0/8]", "allow_from: [0.0.0.0/0]")
    )
    service.write_text(kept[service].replace("release_log: read #", "database: true\n      release_log: read #"))
    whole = slipway("plan prod").out
    first = whole.splitlines()[:10]
    said = "\n".join(first)
    assert re.search(r"prod: \d changed, .*, \+\d+\.\d\d USD a month", first[0])
    assert "prod/data: critical: Database: automated backups older than 1 days are deleted" in said
    assert "everybody on the internet (0.0.0.0/0) can reach tcp 443 of" in said
    assert "TaskDefinition is given the secret" in said
    assert "app's execution role gains kms:Decrypt" in whole
    held = slipway("apply prod data --yes", code=3).out
    assert (
        "2 approvals by releasers (ben or cleo), because a resource that holds data may be replaced or deleted" in held
    )
    slipway("reject prod-data-2 --as ben")
    # What AWS would refuse is said before anybody is asked.
    prod.write_text(prod.read_text().replace("{ backup_days: 1,", "{ name: shop,"))
    ended = slipway("apply prod data --yes", code=1).out
    assert "AWS refuses it: a resource with a name of its own can't be replaced" in ended
    assert "keep it as it is; a new one with another DBInstanceIdentifier starts empty" in ended
    assert "For one more database in the same instance, run CREATE DATABASE there" in ended
    held = slipway("apply prod cluster --yes", code=3).out
    assert "because network or public access is added" in held
    slipway("reject prod-cluster-2 --as ben")
    for path, text in kept.items():
        path.write_text(text)

    # A new image, by JSON from end to end.
    slipway("publish --sample better --service app")
    waiting = slipway("deploy app prod --json", code=3).document
    assert waiting["asked"][0]["candidates"] == ["ben", "cleo"]
    assert waiting["release"]["reading"]["shown"]["image"]["base_image"] == "python:3.13-slim"
    assert 0 < waiting["release"]["reading"]["shown"]["image"]["base_age_days"] < 90
    shown = slipway(f"diff {waiting['id']}")
    assert "binding" in shown.out
    done = slipway(f"approve {waiting['id']} --as cleo --json").document
    assert (done["state"], done["release"]["approvals"][0]["actor"]["person"]) == ("succeeded", "cleo")

    # A bad version goes back by itself, and says why.
    slipway("publish --sample crashes --service web")
    slipway("deploy web prod", code=3)
    bad = slipway("approve prod-web-2 --as ben", code=1)
    assert "prod-web-2 rolled back" in bad.out
    assert "the container web ended with exit code 1" in bad.out
    assert "KeyError: 'DATABASE_URL'" in slipway("logs web prod").out

    # Back to the version before: one person is enough.
    back = slipway("rollback app prod")
    assert "a rollback undoes" in back.err
    assert "prod-app-4 succeeded" in back.out

    # A restart starts new tasks of that version: who asks for it agrees, a freeze refuses it, and nothing rolls back to it.
    tasks = checkout.tasks("slipway-prod", "app")
    again = slipway("restart app prod --reason", "a new API key")
    assert re.search(r"prod-app-5 succeeded in .*: app in prod runs [0-9a-f]{12} \(.*\) in new tasks", again.out)
    assert len(now := checkout.tasks("slipway-prod", "app")) == len(tasks)
    assert not now & tasks
    assert slipway("plan prod app").out.startswith("prod: 1 unchanged")
    slipway("freeze prod --reason fair")
    assert "all of prod has been frozen by ana" in slipway("restart app prod", code=3).err
    slipway("unlock prod")
    assert "prod-app-5 was a restart" in slipway("rollback app prod prod-app-5", code=3).err

    # A lock holds others back and says whose it is.
    slipway("lock prod app --reason", "load test", "--hours", "2")
    locked = slipway("deploy app prod --as ben", code=3)
    assert "load test. Ask them, or remove it with: slipway unlock prod app" in locked.err
    slipway("unlock prod app")

    # An environment that nobody protects is made, and deleted again; production is not.
    slipway("apply dev certificate alerts --yes")
    assert "dev: no drift from the templates" in slipway("drift dev alerts").out
    assert "2 stacks of dev are deleted" in slipway("destroy dev --yes").out
    left = slipway("status dev --json").document
    assert {row["stack"] for row in left["stacks"] if row["running"]} == set()
    assert "prod is protected" in slipway("destroy prod --yes", code=3).err

    # What happened is there to read, and nobody changed it since.
    history = slipway("history app prod").out
    assert [line.split()[0] for line in history.splitlines()[1:]] == [f"prod-app-{n}" for n in (5, 4, 3, 2, 1)]
    status = {row["stack"]: row for row in slipway("status prod --json").document["stacks"]}
    assert status["prod/service-web"]["last"]["outcome"] == "rolled back"
    assert status["prod/service-app"]["open"] is None
    assert "no entry was changed" in slipway("audit verify").out
