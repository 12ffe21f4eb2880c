"""What one person asks and sees over the real protocol: forms, mentions, lists, logs, details and the home."""

from collections.abc import Iterator

import msgspec
import pytest

from generator.release.errors import Denied
from generator.release.model.observed import LogLine
from tests.bot.stage import Stage, workspace
from tests.release.fake_platform import service
from tests.release.test_restarts import restartable


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The bot with one worker, prod at version 1, and version 2 published."""
    with workspace() as slack:
        made = Stage(slack)
        made.open()
        made.work()
        yield made
        made.close()


def test_guests_are_refused(stage: Stage) -> None:
    """A guest in the channel may neither ask nor decide, and learns what to do."""
    release = stage.deploy()
    stage.click("gus", release, "approve")
    stage.whispers("gus", "guests can't use this bot")
    stage.workspace.person("gus").command("#deploys", "/deploy app prod")
    assert len([m for m in stage.workspace.person("gus").ephemerals() if "guests can't use this bot" in str(m)]) == 2
    assert stage.platform.state(release) == "waiting for approval"


def test_the_form_asks_for_what_was_not_said(stage: Stage) -> None:
    """`/deploy` alone opens a form at once; filled, it offers the published versions, newest first."""
    ana = stage.workspace.person("ana")
    ana.command("#deploys", "/deploy")
    view = stage.until(lambda: next((v for v in ana.views() if "222222222222" in str(v)), None))
    assert str(view).index("222222222222") < str(view).index("111111111111")
    result = ana.submit(view, {"service": "app", "environment": "prod", "version": "2" * 40, "reason": "by form"})
    assert not result.error
    stage.state("prod-app-2", "waiting for approval")
    stage.shows("prod-app-2", "by form")


def test_mentions_in_a_thread_know_their_release(stage: Stage) -> None:
    """Slash commands don't run in threads; `@slipway cancel` there means the thread's release."""
    release = stage.deploy()
    card = stage.card(release)
    ana = stage.workspace.person("ana")
    ana.mention("#deploys", "status prod", thread=card["ts"])
    stage.whispers("ana", "Running versions")
    ana.mention("#deploys", "approve", thread=card["ts"])
    stage.whispers("ana", "by the button of its card")
    ana.mention("#deploys", "who asked for this?", thread=card["ts"])
    stage.whispers("ana", "waits for approval. Requested by")
    ana.mention("#deploys", "cancel because I was wrong", thread=card["ts"])
    stage.state(release, "cancelled")


def test_looking_is_answered_for_one_person(stage: Stage) -> None:
    """Status, history, diff, logs and help are seen by who asked, and leave the channel alone."""
    ana = stage.workspace.person("ana")
    before = len(ana.messages("#deploys"))
    for text, says in (
        ("status", "Running versions"), ("history app prod", "prod-app-1"), ("diff app prod", "Change number 2"),
        ("logs app prod", "slipway logs app prod"), ("help", "Releasing"),
    ):  # fmt: skip
        ana.command("#deploys", f"/deploy {text}")
        stage.whispers("ana", says)
    assert len(ana.messages("#deploys")) == before


def test_logs_are_read_by_the_worker(stage: Stage) -> None:
    """`/deploy logs` shows what the service printed last, as text, with the place of the rest; the same in a thread."""
    _, services = stage.platform.aws("prod")
    now = stage.clock()
    services.lines["/slipway/prod/service-app"] = [
        LogLine(at=now - 300, stream="app/app/0123456789abcdef", text="GET / 200"),
        LogLine(at=now - 299, stream="app/app/0123456789abcdef", text="<!channel> ``` broken & bad\u202e"),
    ]
    ana = stage.workspace.person("ana")
    ana.command("#deploys", "/deploy logs app prod")
    stage.whispers("ana", "01234567  GET / 200")
    [shown_message] = [m for m in ana.ephemerals() if "GET / 200" in str(m)]
    shown = "\n".join(block["text"]["text"] for block in shown_message["blocks"])
    assert "01234567  &lt;!channel&gt; ''' broken &amp; bad\n```" in shown
    assert "console.aws.amazon.com" in shown
    ana.mention("#deploys", "logs web prod")
    stage.whispers("ana", "There are no log lines of the last ten minutes")
    stage.platform.faults.fail("services.logs", error=lambda: Denied("no right to FilterLogEvents; give it"))
    ana.command("#deploys", "/deploy logs app prod")
    assert "console.aws.amazon.com" in stage.whispers("ana", "no right to FilterLogEvents")


def test_one_command_is_answered_once(stage: Stage) -> None:
    """What came of a command is all that who typed it reads: no "I heard" before it, no second message after it."""
    stage.clock.speed = 1.0
    ana = stage.workspace.person("ana")
    for text, says in (
        ("app prod", "is open"),
        ("lock web prod because x", "held back"),
        ("status", "Running versions"),
    ):
        before = len(ana.ephemerals())
        assert not ana.command("#deploys", f"/deploy {text}").error
        stage.whispers("ana", says)
        assert len(ana.ephemerals()) == before + 1


def test_whoever_waits_for_long_is_answered_first(stage: Stage) -> None:
    """No worker is there: after a moment what was asked is repeated, later that nobody answers, and at last the answer."""
    stage.workers.pop().close()
    ana = stage.workspace.person("ana")
    ana.command("#deploys", "/deploy app prod")
    stage.whispers("ana", "Requested: release the newest version to prod/app. The card is posted in <#")
    stage.clock.sleep(31)
    stage.whispers("ana", "No worker has answered yet")
    stage.work("w2")
    stage.whispers("ana", "is open")
    assert len(ana.ephemerals()) == 3


def test_details_and_the_home(stage: Stage) -> None:
    """Details shows each property before and after; App Home shows what waits for me and what runs where."""
    release = stage.deploy()
    ben = stage.workspace.person("ben")
    stage.click("ben", release, "details")
    stage.until(lambda: "TaskDefinition" in str(ben.views()))
    ben.open_home()
    home = stage.until(ben.home)
    assert "Change number 2" in str(home)
    stage.workspace.person("gus").open_home()
    assert "guests can't use this bot" in str(stage.until(stage.workspace.person("gus").home))


def test_a_hostile_commit_message_shows_as_text(stage: Stage) -> None:
    """Anyone who writes commits can neither ping a channel nor plant a link."""
    evil = "<!channel> <https://evil.example|click> `x`"
    version = stage.platform.publish(3)
    commit = msgspec.structs.replace(version.commit, id="e" * 40, subject=evil)
    stage.platform.versions.publish(msgspec.structs.replace(version, commit=commit), {})
    release = stage.deploy("ana", f"app prod {'e' * 12}")
    card = stage.shows(release, "'approve'")
    assert "&lt;!channel&gt;" in str(card)
    assert "<!channel>" not in str(card)
    assert "<https://evil" not in str(card)


def test_the_direct_conversation_answers_questions_and_releases_nothing(stage: Stage) -> None:
    """Words to the bot alone are answered there; asking belongs where others see it."""
    ana = stage.workspace.person("ana")
    ana.say("@slipway", "status prod")
    stage.until(lambda: "Running versions" in str(ana.messages("@slipway")))
    ana.say("@slipway", "app prod")
    stage.until(lambda: "prod is released from" in str(ana.messages("@slipway")))
    ana.say("@slipway", "hello")
    stage.until(lambda: "Releasing" in str(ana.messages("@slipway")))
    ana.say("@slipway", "frobnicate")
    stage.until(lambda: "is not a command, a service or an environment" in str(ana.messages("@slipway")))
    assert stage.platform.log.slot("prod/service-app")[0].open == ""


def test_the_home_refreshes_and_opens_the_form(stage: Stage) -> None:
    """App Home is drawn anew on demand, and its form releases to the first channel that is allowed."""
    ben = stage.workspace.person("ben")
    ben.open_home()
    stage.until(ben.home)
    release = stage.deploy()
    ben.click(ben.home(), "home-refresh")
    stage.until(lambda: release in str(ben.home()))
    ben.click(ben.home(), "home-form")
    view = stage.until(lambda: next((v for v in ben.views() if "222222222222" in str(v)), None))
    assert not ben.submit(view, {"service": "web", "environment": "prod", "version": "newest"}).error
    stage.state("prod-web-1", "succeeded")


def test_the_home_restarts_a_service(stage: Stage) -> None:
    """Its form offers services and no infrastructure, and no version: new tasks start of the version that is running."""
    stage.platform.publish(3, app=restartable())
    release = stage.deploy()
    stage.click("ben", release, "approve")
    stage.state(release, "succeeded")
    ben = stage.workspace.person("ben")
    ben.open_home()
    ben.click(stage.until(ben.home), "home-restart")
    view = stage.until(
        lambda: next((v for v in ben.views() if v["title"]["text"] == "Restart" and "'reason'" in str(v)), None)
    )
    assert ("'version'" in str(view), "network" in str(view)) == (False, False)
    assert not ben.submit(view, {"service": "app", "environment": "prod", "reason": "it hangs"}).error
    restart = stage.state("prod-app-3", "succeeded")
    assert (restart.classes, restart.reason) == (("restart",), "it hangs")


def test_the_home_removes_a_lock(stage: Stage) -> None:
    """Who it was locked by reads who removed it, and why; the channel reads both."""
    stage.workspace.person("ana").command("#deploys", "/deploy lock app prod for 2 hours because db")
    stage.until(lambda: "`prod/app` was *locked*" in str(stage.workspace.person("ben").messages("#deploys")))
    ben = stage.workspace.person("ben")
    ben.open_home()
    ben.click(stage.until(lambda: "home-unlock" in str(ben.home()) and ben.home()), "home-unlock")
    view = stage.until(lambda: next((v for v in ben.views() if v["title"]["text"] == "Unlock"), None))
    assert not ben.submit(view, {"reason": "it is done"}).error
    stage.until(lambda: "was *unlocked*" in str(ben.messages("#deploys")))
    stage.until(lambda: "it is done. It was held by" in str(stage.workspace.person("ana").messages("@slipway")))
    assert stage.platform.log.locks("prod") == []


def test_details_have_pages(stage: Stage) -> None:
    """What does not fit on one page is on the next."""
    many = service("1024")
    many["Resources"] |= {f"Queue{n}": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": n}} for n in range(9)}
    stage.platform.publish(3, app=many)
    release = stage.deploy()
    ben = stage.workspace.person("ben")
    stage.click("ben", release, "details")
    first = stage.until(lambda: next((v for v in ben.views() if "Page 1 of 2" in str(v)), None))
    ben.click(first, "page-on")
    stage.until(lambda: "Page 2 of 2" in str(ben.views()))
    ben.click(ben.views()[-1], "page-back")
    stage.until(lambda: "Page 1 of 2" in str(ben.views()))
