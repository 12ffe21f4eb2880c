"""The page that shows what users of the released application see, and why there may be no real tasks."""

from pathlib import Path
from typing import Any

import pytest

from bot.demo import real_tasks, users_page
from bot.demo.real_tasks import RealTasks

ROWS: list[Any] = [
    [100.0, [["slipway-prod-app:1", False, 4]]],
    [100.5, [["slipway-prod-app:2", False, 3], ["load balancer", True, 2]]],
]


class Told:
    """A control API that knows one load balancer."""

    def __init__(self, hosts: dict[str, str]) -> None:
        self.hosts = hosts

    def post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        assert name == "traffic"
        return {"hosts": self.hosts, "requests": ROWS if "since" in body else []}


def test_people_find_the_application_and_see_each_version_and_what_failed() -> None:
    """The page links to the application through the load balancer, and counts the failed requests of the last minute."""
    told: Any = Told({"web.example.com": "http://127.0.0.1:1", "app.example.com": "http://127.0.0.1:2"})
    page = str(users_page.drawn(RealTasks(told), 110.0))
    assert 'href="http://127.0.0.1:2"' in page
    assert "9 requests in the last minute, 2 failed." in page
    assert page.index("slipway-prod-app:1") < page.index("slipway-prod-app:2")
    assert 'fill="#d33b3b"' in page


@pytest.mark.parametrize(("path", "link"), [("/", "http://127.0.0.1:2"), ("/health", "http://127.0.0.1:2/health")])
def test_the_link_leads_to_something_that_answers(path: str, link: str) -> None:
    """Somebody who has not built the application's page gets a link that answers, and the command that builds the page."""
    told: Any = Told({"app.example.com": "http://127.0.0.1:2"})
    page = str(users_page.drawn(RealTasks(told, path=path), 110.0))
    assert f'href="{link}"' in page
    assert ("make frontend" in page) is (path != "/")


def test_a_page_without_tasks_says_what_to_do() -> None:
    """Before the first task is healthy the page says so; where nothing can run, it says why and which command to use."""
    starting: Any = Told({})
    assert "The first tasks are starting" in str(users_page.drawn(RealTasks(starting), 110.0))
    assert "because of X. Start the demo with: make demo REAL=1" in str(
        users_page.drawn(RealTasks(why="because of X"), 110.0)
    )


def test_what_a_machine_lacks_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person without HAProxy, without the board or without its packages reads one sentence."""
    monkeypatch.setattr(real_tasks, "program", lambda: "")
    assert real_tasks.missing(tmp_path) == "HAProxy is not installed; install it with: apt-get install haproxy"
    monkeypatch.setattr(real_tasks, "program", lambda: "/usr/sbin/haproxy")
    assert real_tasks.missing(tmp_path) == "this checkout has no app/backend"
    (tmp_path / "app" / "backend" / "board").mkdir(parents=True)
    monkeypatch.setattr(real_tasks, "find_spec", lambda _: None)
    assert real_tasks.missing(tmp_path) == "the board's packages are not installed; run: make setup"
