"""Whole conversations over the real protocol: what people write and click, and what they see."""

from collections.abc import Iterator

import pytest

from generator.release.client import request_id
from generator.release.model.observed import Hook, LogLine, StoppedTask
from generator.release.model.requests import Decide, Propose
from tests.bot.stage import Stage, workspace
from tests.release.fake_platform import service


@pytest.fixture
def stage() -> Iterator[Stage]:
    """The bot with one worker, prod at version 1, and version 2 published."""
    with workspace() as slack:
        made = Stage(slack)
        made.open()
        made.work()
        yield made
        made.close()


@pytest.mark.parametrize("transport", ["socket", "http"])
def test_deploy_and_roll_back_from_the_question_to_the_result(transport: str) -> None:
    """`/deploy app prod`, card, approval by a second person, progress, verified, `/rollback app prod`: both transports."""
    with workspace() as slack:
        stage = Stage(slack, transport=transport)
        stage.open()
        stage.work()
        try:
            release = stage.deploy("ana", "app prod because customers wait")
            card = stage.shows(release, "'approve'")
            assert "customers wait" in str(card)
            stage.click("ben", release, "approve")
            stage.state(release, "succeeded")
            done = stage.shows(release, "'roll-back'")
            assert done["ts"] == card["ts"]
            assert "Approved by" in str(done)
            if transport == "socket":
                # Slack asks every connection to go every few hours; the next command finds another one.
                slack.disconnect()
                stage.until(lambda: stage.web is not None and not stage.web.missing() and slack.sockets.connections)
                stage.until(lambda: [c for c in slack.sockets.connections if not c.leaving])
            slack.person("cleo").command("#deploys", "/rollback app prod")
            stage.state("prod-app-3", "succeeded")
            assert "Back: app" in str(stage.shows("prod-app-3", "ucceeded in"))
            running = stage.platform.log.slot("prod/service-app")[0].running
            assert running is not None
            assert running.commit == "1" * 40
        finally:
            stage.close()


def test_rejected_with_a_reason(stage: Stage) -> None:
    """Reject asks for a reason in a modal; the card and who asked read it, and nothing was changed."""
    release = stage.deploy()
    ben = stage.workspace.person("ben")
    stage.click("ben", release, "reject")
    view = stage.until(ben.views)[-1]
    assert not ben.submit(view, {"reason": "not on <!channel> Friday"}).error
    stage.state(release, "rejected")
    card = stage.shows(release, "rejected by ben")
    assert "not on &lt;!channel&gt; Friday" in str(card)
    assert "<!channel>" not in str(card)


def test_expired_after_one_reminder(stage: Stage) -> None:
    """Nobody answers: one reminder in the thread, then the card says that it expired and offers to ask again."""
    release = stage.deploy()
    card = stage.card(release)
    stage.clock.sleep(31 * 60)
    person = stage.workspace.person("ben")
    stage.until(lambda: "Still waiting" in str(person.thread(card)))
    stage.clock.sleep(4 * 3600)
    stage.state(release, "expired")
    stage.shows(release, "'again'")
    assert len([m for m in person.thread(card) if "Still waiting" in str(m)]) == 1


def test_superseded_by_something_else(stage: Stage) -> None:
    """What happened to the stack meanwhile voids the approval, and the card says what to do."""
    release = stage.deploy()
    stacks, _ = stage.platform.aws("prod")
    stacks.by_hand("slipway-prod-service-app", {"Release": "f" * 40})
    stage.click("ben", release, "approve")
    stage.state(release, "superseded")
    stage.shows(release, "request the release again")


def test_two_approvers_at_once(stage: Stage) -> None:
    """Both click the same card: one approval moves it, the other is told that it was decided, and it runs once."""
    release = stage.deploy()
    card = stage.shows(release, "'approve'")
    for who in ("ben", "cleo"):
        stage.workspace.person(who).click(card, "approve")
    stage.state(release, "succeeded")

    def notes() -> list[str]:
        return [w for w in ("ben", "cleo") if "already decided" in str(stage.workspace.person(w).ephemerals())]

    assert len(stage.until(notes)) == 1
    assert len(stage.platform.release(release).approvals) == 1


def test_who_asked_does_not_approve(stage: Stage) -> None:
    """The requester presses Approve and is told to ask somebody else; the release still waits."""
    release = stage.deploy("ana")
    stage.click("ana", release, "approve")
    stage.whispers("ana", "ask another person")
    assert stage.platform.state(release) == "waiting for approval"


def test_a_bad_version_rolls_back_and_says_why(stage: Stage) -> None:
    """Tasks that die roll the release back; the card and the thread hold the root cause."""
    _, services = stage.platform.aws("prod")
    version = stage.platform.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    release = stage.deploy()
    stage.click("ben", release, "approve")
    stage.state(release, "rolled back")
    card = stage.shows(release, "tasks failed to start")
    stage.until(lambda: "tasks failed to start" in str(stage.workspace.person("ana").thread(card)[1:]))


def test_all_that_was_seen_of_a_failure_is_a_file_in_the_thread(stage: Stage) -> None:
    """More lines than a message takes: the thread gets them as a text file, once, and the result says so."""
    _, services = stage.platform.aws("prod")
    version = stage.platform.publish(3)
    services.bad[version.images["app"].digest] = "tasks failed to start"
    [service_] = services.services.values()
    release = stage.deploy()
    now = stage.clock()
    services.tasks[service_.arn] = [
        StoppedTask(id="0123abcd", at=now + 600, reason="exited", code="EssentialContainerExited")
    ]
    services.lines["/slipway/prod/service-app"] = [
        LogLine(at=now + 600 + n, stream="app/app/0123abcd", text=f"line {n} of the stack trace <!channel>")
        for n in range(40)
    ] + [LogLine(at=now + 650, stream="app/app/ffff0000", text="GET / 200")]
    stage.click("ben", release, "approve")
    stage.state(release, "rolled back")
    ana, card = stage.workspace.person("ana"), stage.card(release)
    [message] = stage.until(lambda: [m for m in ana.thread(card) if m.get("files")])
    [file] = message["files"]
    assert (file["name"], file["title"]) == (f"{release}-evidence.txt", f"Evidence of {release}")
    contents = stage.workspace.ask(lambda: stage.workspace.state.files[file["id"]].content).decode()
    assert "line 0 of the stack trace <!channel>" in contents
    assert "line 39 of" in contents
    assert "GET / 200" not in contents
    assert "in the file below" in str(ana.thread(card))


@pytest.mark.parametrize("when", ["waiting for approval", "watching", "succeeded"])
def test_undo_at_each_state(stage: Stage, when: str) -> None:
    """One word, the right thing: cancelled before it runs, rolled back while it runs, a new release once it is over."""
    release = stage.deploy()
    if when == "waiting for approval":
        stage.workspace.person("ana").command("#deploys", f"/deploy undo {release}")
        stage.state(release, "cancelled")
        return
    stage.ticking = when != "watching"
    stage.click("ben", release, "approve")
    stage.state(release, when)
    if when == "watching":
        stage.click("ana", release, "undo")
        stage.state(release, "rolling back")
        stage.ticking = True
        stage.state(release, "rolled back")
        stage.shows(release, "undone by ana")
    else:
        stage.click("ana", release, "roll-back")
        stage.state("prod-app-3", "succeeded")


def test_a_gate_is_answered_from_its_thread(stage: Stage) -> None:
    """A waiting rollout shows old and new side by side in the thread; Continue lets it go on."""
    _, services = stage.platform.aws("prod")
    services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=stage.clock() + 3600))
    release = stage.deploy()
    stage.click("ben", release, "approve")
    ben, card = stage.workspace.person("ben"), stage.card(release)
    gate = stage.until(lambda: next((m for m in ben.thread(card) if "'continue'" in str(m)), None))
    assert "'111111111111 (Change number 1)'" in str(gate)
    ben.click(gate, "continue")
    stage.state(release, "succeeded")
    stage.until(lambda: "The gate has passed. Continued the rollout at its gate by ben" in str(ben.thread(card)))


def test_the_bot_restarts_in_the_middle(stage: Stage) -> None:
    """Front and worker go while people are asked; their successors know the same card, and the click counts once."""
    release = stage.deploy()
    card = stage.shows(release, "'approve'")
    stage.workers.pop().close()
    assert stage.web is not None
    stage.web.close()
    stage.open()
    stage.work("w2")
    stage.workspace.person("ben").click(card, "approve")
    stage.state(release, "succeeded")
    assert stage.shows(release, "'roll-back'")["ts"] == card["ts"]


def test_a_worker_dies_with_a_message_in_flight(stage: Stage) -> None:
    """What a dead worker had taken is taken again by another: one release, one card."""
    stage.workers.pop().close()
    stage.workspace.person("ana").command("#deploys", "/deploy app prod")
    taken = stage.platform.queue.receive(0.0)
    assert len(taken) == 1
    stage.work("w2")
    stage.clock.sleep(120)
    stage.state("prod-app-2", "waiting for approval")
    stage.shows("prod-app-2", "'approve'")
    cards = [m for m in stage.workspace.person("ana").messages("#deploys") if "prod-app-2" in str(m.get("metadata"))]
    assert len(cards) == 1


def test_releases_of_the_command_line_get_their_card(stage: Stage) -> None:
    """Opened and decided at a terminal, it is in the channel all the same, and its buttons go."""
    stage.by_cli(Propose(id=request_id(), stack="prod/service-app", reason="from a terminal"))
    release = "prod-app-2"
    stage.shows(release, "from a terminal")
    stage.shows(release, "'approve'")
    stage.by_cli(Decide(id=request_id(), release=release, verdict="cancel"))
    stage.shows(release, "cancelled by ana")


def test_approvers_are_messaged_directly_and_may_answer_there(stage: Stage) -> None:
    """Who is asked gets a direct message with the buttons; once decided, it has none."""
    release = stage.deploy()
    ben = stage.workspace.person("ben")
    direct = stage.until(lambda: next((m for m in ben.messages("@slipway") if release in str(m)), None))
    assert stage.workspace.person("ana").messages("@slipway") == []
    ben.click(direct, "approve")
    stage.state(release, "succeeded")
    stage.until(lambda: "'approve'" not in str(ben.messages("@slipway")))


def test_a_lock_holds_releases_back_and_says_so(stage: Stage) -> None:
    """`/deploy lock` with a reason; who asks then is told who holds it, in the words of chat."""
    stage.workspace.person("ben").command("#deploys", "/deploy lock app prod because I move the database")
    stage.whispers("ben", "held back")
    stage.workspace.person("ana").command("#deploys", "/deploy app prod")
    assert "/deploy unlock" in stage.whispers("ana", "locked by ben")


def test_a_stuck_roll_back_is_answered_on_the_card(stage: Stage) -> None:
    """The card names what is stuck; leaving it behind takes a click on exactly that list, and is written down."""
    stacks, _ = stage.platform.aws("prod")
    stage.platform.publish(3, app=service("1024"))
    release = stage.deploy()
    stacks.fail("slipway-prod-service-app", "UPDATE")
    stacks.fail("slipway-prod-service-app", "ROLLBACK", resource="Service")
    for who in ("ben", "cleo"):
        if stage.platform.state(release) == "waiting for approval":
            stage.click(who, release, "approve")
            stage.until(lambda who=who: any(a.actor.person == who for a in stage.platform.release(release).approvals))
    card = stage.shows(release, "'skip'")
    assert "Service" in str(card)
    stage.workspace.person("ben").click(card, "skip")
    stage.state(release, "rolled back")
    debt = stage.platform.release(release).debt
    assert debt is not None
    assert debt.resources == ("Service",)
    stage.shows(release, "Left behind by ben")
