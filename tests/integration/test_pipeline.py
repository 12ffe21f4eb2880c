"""From a push to an approval in chat: the steps of the workflows, one after the other, on this machine."""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from bot.demo.folder import Folder
from bot.demo.system import Demo, DemoOptions, running
from generator.release.model.states import Closed
from generator.sandbox import process
from tests.demo.browser import PHONE, WIDE, browser
from tests.demo.checkout import checkout, chromium
from tests.fakes.github_server import REPOSITORY, TOKEN, FakeGitHub, served
from tests.frontend.site import built
from tests.integration.runner import ROOT, Runner

# Shorter tests cover what this runs, and measuring takes as long again.
pytestmark = pytest.mark.no_cover

HOME = "333333333333"
KEY = "prod/service-app"
PATIENCE = 120.0
# The folder of `make built-images`: with it images are built for real. Without it only what the steps read is pushed.
IMAGES = os.environ.get("SLIPWAY_IMAGES", "")
PUSHED = (".github", "requirements", "app", "bot/Dockerfile", "Makefile")
BUILT = (".dockerignore", "pyproject.toml", "README.md", "LICENSE", "generator", "templates", "bot", "docs")
SHOTS = ROOT / "build" / "screenshots"
T = TypeVar("T")


def git(folder: Path, *line: str) -> str:
    """Run git as Ana."""
    who = ["-c", "user.name=Ana Duarte", "-c", "user.email=ana@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *who, *line], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout.strip()


def until(look: Callable[[], T | None], what: str) -> T:
    """What comes of something that takes a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come")


def repository(folder: Path, stacks: Path) -> tuple[Path, Path]:
    """A clone with the platform's repository, and what it is pushed to."""
    origin, clone = folder / "origin.git", folder / "clone"
    git(folder, "init", "-q", "--bare", str(origin))
    git(folder, "clone", "-q", str(origin), str(clone))
    for name in (*PUSHED, *(BUILT if IMAGES else ())):
        source, target = ROOT / name, clone / name
        target.parent.mkdir(exist_ok=True)
        if source.is_dir():
            left_out = shutil.ignore_patterns("node_modules", "__pycache__", "dist")
            shutil.copytree(source, target, ignore=left_out, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)
    shutil.copytree(stacks, clone / "stacks")
    return origin, clone


def pushed(origin: Path, clone: Path, demo: Folder, subject: str) -> str:
    """Commit what is in the clone, push it, and check it out where the runner works; the commit."""
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", subject)
    git(clone, "push", "-q", "origin", "HEAD:main")
    git(origin, "--work-tree", str(demo.root), "checkout", "-q", "-f", "main", "--", ".")
    return git(clone, "rev-parse", "HEAD")


def test_a_push_ends_in_a_release_that_somebody_approved(tmp_path: Path) -> None:
    """Images, version, card, Ben's click, a verified release on the board, and a deployment on the commit.

    Pictures of the release's page go to build/screenshots, and with PICTURES=docs into docs/.
    """
    built()
    demo_folder, github = Folder(checkout(tmp_path / "demo")), FakeGitHub()
    (demo_folder.checkout / "app").symlink_to(ROOT / "app")
    options = DemoOptions(port=0, speed=0.0)
    with served(github) as api, running(demo_folder, options) as demo:
        assert demo.board.url, demo.board.why
        origin, clone = repository(tmp_path, demo_folder.stacks)
        before = demo.application.client.log.slot(KEY)[0].running
        service = clone / "stacks" / "services" / "app.yaml"
        service.write_text(service.read_text().replace('"LOG_LEVEL": "info"', '"LOG_LEVEL": "warning"'))
        assert "warning" in service.read_text()
        commit = pushed(origin, clone, demo_folder, "Log warnings alone")
        # The platform's own commits are in this repository too, as far as they are known here.
        github.commits.add(commit)
        runner = Runner(demo_folder.root, _values(), _environ(demo_folder, api, clone, commit))

        runner.run("publish")

        assert runner.ran == [
            "make images",
            "make sites",
            "make scan-images",
            "make publish",
            "make open",
            "make report",
        ]
        release = until(lambda: next(demo.application.client.waiting(), None), "a release that waits")
        assert (release.stack.key, release.after.commit, release.after.subject) == (KEY, commit, "Log warnings alone")
        assert [row["state"] for row in _told(github, release.id)] == ["pending"]
        card = until(lambda: _card(demo, release.id), "the card")
        assert demo.workspace.person("ben").click(card, "approve").ok

        def closed() -> Closed | None:
            found = demo.application.client.release(release.id)
            return found.state if found is not None and isinstance(found.state, Closed) else None

        assert until(closed, "the end").outcome == "succeeded"
        runner.run("releases")
        last = _told(github, release.id)[-1]
        assert last["state"] == "success"
        assert last["description"].endswith(", approved by ben")
        shown = until(lambda: _on_board(demo, release.id), "the release on the board")
        assert (shown["release"]["version"]["commit"], shown["release"]["version"]["subject"]) == (
            commit,
            "Log warnings alone",
        )
        assert [one["person"] for one in shown["approvals"]] == ["ben"]
        _pictures(demo, release.id)
        now = demo.application.client.log.slot(KEY)[0].running
        assert now is not None
        assert before is not None
        assert (now.commit, now.image != before.image) == (commit, True)

        # A push that touches no service opens nothing; one that touches only code opens a release of its image alone.
        (clone / "NOTES.md").write_text("For people.")
        runner.pushed(pushed(origin, clone, demo_folder, "Write notes"))
        runner.run("publish")
        assert list(demo.application.client.waiting()) == []
        code = clone / "app" / "backend" / "board" / "__init__.py"
        code.write_text(f"{code.read_text()}\n# Another line.\n")
        third = pushed(origin, clone, demo_folder, "Comment the board")
        runner.pushed(third)
        runner.run("publish")
        [last_release] = demo.application.client.waiting()
        assert (last_release.stack.key, last_release.after.commit) == (KEY, third)
        assert last_release.after.template == now.template
        assert last_release.after.image != now.image


def _on_board(demo: Demo, release: str) -> dict[str, Any] | None:
    """What the release board tells of a release, once it knows that it succeeded."""
    parts = urlsplit(demo.board.url)
    with urllib.request.urlopen(f"http://{parts.netloc}/api/releases/{release}", timeout=PATIENCE) as answer:
        found: dict[str, Any] = json.load(answer)
    return found if found["release"]["state"] == "succeeded" else None


def _pictures(demo: Demo, release: str) -> None:
    """The release's page on the board, as somebody with a wide screen, at night, and with a phone sees it."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with browser(chromium()) as opened:
        for name, scheme, viewport in (("light", "light", WIDE), ("dark", "dark", WIDE), ("phone", "light", PHONE)):
            page = opened.new_context(color_scheme=scheme, viewport=viewport, timezone_id="UTC").new_page()  # type: ignore[arg-type]
            page.goto(f"{demo.board.url}releases/{release}")
            expect(page.get_by_role("heading", level=1)).to_contain_text("succeeded", timeout=PATIENCE * 1000)
            expect(page.locator(".approval")).to_contain_text("ben")
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
            page.evaluate("document.fonts.ready")
            picture = SHOTS / f"pipeline-{name}.png"
            page.screenshot(path=picture)
            if os.environ.get("PICTURES"):
                shutil.copyfile(picture, ROOT / "docs" / picture.name)


def _values() -> dict[str, str]:
    return {
        "vars.SLIPWAY_REGISTRY": f"{HOME}.dkr.ecr.eu-west-1.amazonaws.com/slipway",
        "vars.SLIPWAY_REGION": "eu-west-1",
        "vars.SLIPWAY_SITES": "",
        "vars.SLIPWAY_ENVIRONMENTS": "prod",
        "github.token": TOKEN,
    }


def _environ(demo: Folder, api: str, clone: Path, commit: str) -> dict[str, str]:
    sandbox = process.find(demo.root)
    assert sandbox
    return {
        "SANDBOX": sandbox.url,
        "SLIPWAY_OPTIONS": "--sandbox",
        "SERVICES": "app",
        "GITHUB_SHA": commit,
        "VERSION": commit,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": api,
        "GIT_DIR": str(clone / ".git"),
        **({"SLIPWAY_IMAGES": str(Path(IMAGES).resolve())} if IMAGES else {}),
    }


def _card(demo: Demo, release: str) -> dict[str, Any] | None:
    for message in demo.workspace.person("ben").messages("#deploys"):
        if release in str(message) and '"approve"' in str(message).replace("'", '"'):
            found: dict[str, Any] = message
            return found
    return None


def _told(github: FakeGitHub, release: str) -> list[dict[str, Any]]:
    [found] = [row for row in github.deployments if row["payload"]["release"] == release]
    return github.statuses[found["id"]]
