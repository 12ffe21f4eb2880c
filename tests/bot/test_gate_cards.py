"""A gate in Slack: old and new side by side, kept up to date in one message while it waits."""

from __future__ import annotations

from itertools import pairwise

import pytest

from generator.release.errors import Denied
from generator.release.model.observed import Hook, Traffic
from tests.bot.card_stage import Drawn
from tests.bot.stage import Stage, workspace
from tests.bot.test_card_updates import drawn

__all__ = ["drawn"]


class Gate:
    """Prod's app waits at a gate, with cards."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn, self.platform = drawn, drawn.platform
        _, self.services = self.platform.aws("prod")
        hook = Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=self.platform.clock() + 86_400)
        self.services.gates.append(hook)
        [service] = self.services.services.values()
        before = self.services.deployments_of[service.arn][-1].group
        self.old, self.new = before, next(group for group in service.target_groups if group != before)
        self.services.counted[self.old] = Traffic(group=self.old, seconds=0, requests=200, errors=3, latency=0.05)
        self.services.counted[self.new] = Traffic(group=self.new, seconds=0)

    def wait(self) -> str:
        """Release, and come to the gate."""
        release = self.platform.deploy()
        self.platform.decide(release, "approve")
        self.drawn.later(60)
        return release

    def messages(self) -> list[tuple[str, str]]:
        """Gate messages: ts, and what they say."""
        found = [(ts, str(m["blocks"])) for (_, ts), m in self.drawn.voice.messages.items()]
        return [(ts, said) for ts, said in found if "*The rollout is waiting" in said or "gate has passed" in said]


@pytest.fixture
def gate(drawn: Drawn) -> Gate:
    """Version 2 will wait at a gate."""
    return Gate(drawn)


def test_old_and_new_stand_side_by_side_and_follow(gate: Gate) -> None:
    """One message: it shows what both versions answer, changes in place while the gate waits, and says when it is over."""
    release = gate.wait()
    [(ts, said)] = gate.messages()
    for text in ("111111111111", "222222222222", "1.5 % (3)", "50 ms", "no requests yet", "Continue", "Roll back"):
        assert text in said
    gate.services.counted[gate.new] = Traffic(group=gate.new, seconds=0, requests=90, errors=45, latency=2.5)
    gate.drawn.later(40)
    [(same, said)] = gate.messages()
    assert same == ts
    assert "50 % (45)" in said
    assert "2.5 s" in said
    gate.platform.decide(release, "continue", hook="hook-1")
    gate.drawn.later(120)
    [(same, said)] = gate.messages()
    assert same == ts
    assert "gate has passed" in said


def test_the_gate_is_edited_when_something_changed_and_never_in_a_hurry(gate: Gate) -> None:
    """Tasks come and go every second: edits keep three seconds; nothing new, nothing edited."""
    gate.wait()
    [(ts, _)] = gate.messages()
    at: list[float] = []
    [deployment] = [d for rows in gate.services.deployments_of.values() for d in rows[-1:]]
    for second in range(120):
        gate.services.amend(deployment.arn, new_tasks=second % 3)
        before = len(gate.drawn.voice.calls)
        gate.drawn.later(1)
        edits = [a for m, a in gate.drawn.voice.calls[before:] if m == "chat.update" and a["ts"] == ts]
        at += [gate.platform.clock()] * len(edits)
    assert len(at) > 10
    assert min(b - a for a, b in pairwise(at)) >= 3.0
    # The last state arrives although the edit had to wait for its time.
    gate.services.amend(deployment.arn, new_tasks=2, desired_tasks=2)
    gate.drawn.later(15)
    assert "2 of 2" in gate.messages()[0][1]


def test_a_gate_whose_figures_are_refused_says_so(gate: Gate) -> None:
    """AWS lets us not see the metrics: the gate shows that it does not know, why, and its buttons."""
    gate.platform.faults.fail("services.traffic", times=99, error=lambda: Denied("no right to GetMetricData; give it"))
    gate.wait()
    [(_, said)] = gate.messages()
    assert "not known" in said
    assert "no right to GetMetricData" in said
    assert "Continue" in said
    assert " 0 %" not in said.replace("'0 %'", "")


def test_a_gate_that_somebody_deleted_comes_back(gate: Gate) -> None:
    """Anyone who deletes the message of a gate does not take its buttons away, and the card stays where it is."""
    gate.wait()
    roots = len(gate.drawn.voice.roots())
    gate.drawn.voice.fail["chat.update"] = ["message_not_found"]
    gate.services.counted[gate.new] = Traffic(group=gate.new, seconds=0, requests=7, errors=0, latency=0.1)
    gate.drawn.later(1)
    gate.drawn.voice.fail["chat.update"] = []
    gate.drawn.later(60)
    assert "0 % (0)" in gate.messages()[-1][1]
    assert len(gate.drawn.voice.roots()) == roots


def test_a_workspace_without_tables_gets_both_sides_as_columns(gate: Gate) -> None:
    """The classic rendering has the same figures in two columns."""
    release = gate.platform.release(gate.wait())
    from bot.blocks import notes

    facts = gate.platform.facts

    classic = notes.gate(release, facts).rendered(classic=True)
    [fields] = [block["fields"] for block in classic if "fields" in block]
    assert [field["text"].split("\n")[0] for field in fields] == [
        "*111111111111 (Change number 1)*",
        "*222222222222 (Change number 2)*",
    ]
    assert "Errors: 1.5 % (3)" in fields[0]["text"]
    assert "Errors: no requests yet" in fields[1]["text"]


def test_a_gate_follows_its_figures_in_a_workspace() -> None:
    """Over the real protocol: the message in the thread changes in place, and Continue still works on it."""
    with workspace() as slack:
        stage = Stage(slack)
        stage.open()
        stage.work()
        try:
            _, services = stage.platform.aws("prod")
            services.gates.append(Hook(id="hook-1", stage="POST_TEST_TRAFFIC_SHIFT", expires=stage.clock() + 86_400))
            [service] = services.services.values()
            for group in service.target_groups:
                services.counted[group] = Traffic(group=group, seconds=0, requests=50, errors=1, latency=0.2)
            release = stage.deploy()
            stage.click("ben", release, "approve")
            ben, card = slack.person("ben"), stage.card(release)

            def shown(text: str) -> dict[str, object]:
                found: dict[str, object] = stage.until(
                    lambda: next((m for m in ben.thread(card) if "'continue'" in str(m) and text in str(m)), None)
                )
                return found

            first = shown("2 % (1)")
            services.counted[service.target_groups[0]] = Traffic(
                group=service.target_groups[0], seconds=0, requests=60, errors=30, latency=3.0
            )
            stage.clock.sleep(40)
            changed = shown("50 % (30)")
            assert changed["ts"] == first["ts"]
            ben.click(changed, "continue")
            stage.state(release, "succeeded")
        finally:
            stage.close()
