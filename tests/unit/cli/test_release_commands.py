"""Asking, deciding and following from a terminal: exit codes, what is said, and what is never done."""

import json
import re
from typing import Any

import msgspec
import pytest

from generator.release.model.states import name
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service
from tests.unit.cli.conftest import Typed


def test_a_release_waits_and_says_for_whom(typed: Typed) -> None:
    """Exit 3, with what is asked of whom and the very command that agrees."""
    ran = typed("deploy app prod --reason faster")
    assert ran.code == 3
    assert ran.out.splitlines() == [
        "prod-app-2 waits for approval, for 4 h more:",
        "  1 approval by the people of platform.yaml (ben or cleo), because the image changes and nothing else",
        "Effect:",
        "  LOW RISK · 2 resources: 2 changed",
        "  nothing is lost.",
        "Next: slipway approve prod-app-2",
    ]
    assert "prod-app-2  app → prod: 222222222222 (Change number 2)" in ran.err
    assert "prod-app-2  0:00  proposed (ana)" in ran.err


def test_a_second_person_lets_it_run(typed: Typed) -> None:
    """Exit 0 for anyone who approves, once it is verified."""
    typed("deploy app prod")
    assert typed("approve prod-app-2", who="ana").code == 3
    ran = typed("approve prod-app-2", who="ben")
    assert ran.code == 0
    assert ran.out.startswith("prod-app-2 succeeded in ")
    assert ran.out.endswith("app in prod now runs 222222222222 (Change number 2)\n")
    late = typed("approve prod-app-2", who="ben")
    assert (late.code, late.err.splitlines()[-1]) == (
        3,
        "already decided by ben: prod-app-2 is succeeded. See: slipway history",
    )


def test_approval_is_for_what_was_looked_at(typed: Typed, platform: FakePlatform) -> None:
    """`--binding` refuses when the release is not what `diff` showed; the right one agrees."""
    typed("deploy app prod")
    binding = platform.release("prod-app-2").binding
    assert f"binding {binding[:12]}" in typed("diff prod-app-2").out
    refused = typed("approve prod-app-2 --binding 0123456789ab", who="ben")
    assert refused.code == 2
    assert "look at it again with: slipway diff prod-app-2" in refused.err
    assert typed(f"approve prod-app-2 --binding {binding[:4]}", who="ben").code == 2
    assert platform.state("prod-app-2") == "waiting for approval"
    assert typed(f"approve prod-app-2 --binding {binding[:12]}", who="ben").code == 0


def test_a_difference_as_markdown(typed: Typed) -> None:
    """For a pull request or a post-mortem: what it means first, and value by value folded away."""
    typed("deploy app prod")
    text = typed("diff prod-app-2 --markdown").out
    assert text.startswith("## `prod-app-2` app → prod: 222222222222")
    assert "<details><summary>Property by property</summary>" in text
    assert "```diff" in text


@pytest.mark.parametrize(
    ("line", "who", "state"),
    [
        ("reject prod-app-2 --reason no", "ben", "rejected"),
        ("cancel prod-app-2", "ana", "cancelled"),
        ("undo prod-app-2", "ana", "cancelled"),
    ],
)
def test_what_has_not_begun_ends_at_a_word(
    typed: Typed, platform: FakePlatform, line: str, who: str, state: str
) -> None:
    """Exit 0 for anyone who said so; anyone who follows it learns that nothing was changed, with exit 3."""
    typed("deploy app prod")
    ran = typed(line, who=who)
    assert (ran.code, platform.state("prod-app-2")) == (0, state)
    assert "nothing was changed" in ran.out
    assert typed("follow prod-app-2").code == 3


def test_a_bad_version_ends_with_its_cause(typed: Typed, platform: FakePlatform) -> None:
    """Exit 1, the root cause first, and what runs now."""
    _, services = platform.aws("prod")
    services.bad[platform.publish(4).images["app"].digest] = "tasks died"
    assert typed("deploy app prod").code == 3
    ran = typed("approve prod-app-2", who="ben")
    assert ran.code == 1
    assert "prod-app-2 rolled back" in ran.out
    assert "app in prod runs 111111111111 (Change number 1) again" in ran.out


def test_json_is_one_document(typed: Typed) -> None:
    """With --json stdout is one document, stderr silent, and the next step is in it."""
    ran = typed("deploy app prod --json")
    document: dict[str, Any] = json.loads(ran.out)
    assert (ran.code, ran.err, document["state"]) == (3, "", "waiting for approval")
    assert document["asked"][0]["candidates"] == ["ben", "cleo"]
    assert document["next"] == "slipway approve prod-app-2"
    refused = json.loads(typed("deploy app prod --json").out)
    assert refused["answer"]["rule"] == "open release"


def test_whoever_waits_is_not_sent_away(typed: Typed, platform: FakePlatform) -> None:
    """`--wait` continues while people are asked, here until the time for it is over."""
    ran = typed("deploy app prod --wait")
    assert (ran.code, platform.state("prod-app-2")) == (3, "expired")


def test_asking_alone(typed: Typed) -> None:
    """`--no-follow` ends when the request is answered, and says how to follow it."""
    ran = typed("deploy app prod --no-follow")
    assert (ran.code, ran.out) == (0, "prod-app-2 is open; follow it with: slipway follow prod-app-2\n")


def test_ctrl_c_leaves_the_release_going(typed: Typed, platform: FakePlatform) -> None:
    """Exit 130, how to follow and how to stop it; the release itself continues."""
    typed("deploy app prod")
    platform.decide("prod-app-2", "approve")

    def interrupted(wait: float) -> int:
        raise KeyboardInterrupt(wait)

    ran = typed("follow prod-app-2", work=interrupted)
    assert ran.code == 130
    assert "prod-app-2 continues; follow it with: slipway follow prod-app-2" in ran.err
    assert "Stop it with: slipway undo prod-app-2" in ran.err
    assert platform.end("prod-app-2") == "succeeded"


def test_nobody_works(typed: Typed, platform: FakePlatform) -> None:
    """Without a worker anywhere the request stays in the queue, and people learn whom to look for."""
    ran = typed("deploy app prod", work=None)
    assert ran.code == 1
    assert "no worker answered within 60 s; the request stays in the queue" in ran.err
    platform.go()
    assert platform.state("prod-app-2") == "waiting for approval"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("deploy app prd", "no environment is called 'prd'; did you mean prod?"),
        ("deploy ap prod", "no service or stack of prod is called 'ap'; did you mean app?"),
        ("deploy app prod HEAD", "'HEAD' is not a version; write seven to forty hexadecimal digits of a commit"),
        ("rollback app prod Prod_1", "'Prod_1' is not a release; write an id such as prod-app-12, see: slipway status"),
        ("follow prod-app-99", "there is no release 'prod-app-99'; see the releases with: slipway status"),
        ("approve prod-app-99", "there is no release 'prod-app-99'; see the releases with: slipway status"),
        ("lock prod app --reason x --hours -1", "--hours -1: write a number from 0 (until it is unlocked) to 8760"),
        ("history app prod --limit 0", "--limit 0: write a number from 1 to 1000"),
        (
            "deploy app prod --as ben",
            "--as is allowed in the sandbox only; in AWS, your credentials identify you; leave it out",
        ),
    ],
)
def test_wrong_words_get_the_nearest(typed: Typed, platform: FakePlatform, line: str, said: str) -> None:
    """Exit 2, one sentence, and nothing was sent."""
    ran = typed(line)
    assert (ran.code, ran.err) == (2, f"{said}\n")
    assert platform.queue.receive(0) == []


def test_promotion_takes_what_runs_elsewhere(typed: Typed, platform: FakePlatform) -> None:
    """What succeeded in staging goes to prod; before anything did, it says where to begin."""
    refused = typed("promote app staging prod")
    assert (refused.code, refused.err) == (3, "no release has succeeded in staging yet; deploy there first\n")
    platform.created("staging")
    ran = typed("promote app staging prod")
    assert ran.code == 3
    assert platform.release("prod-app-2").after.commit == "2" * 40


def test_roll_back_names_what_it_undoes(typed: Typed, platform: FakePlatform) -> None:
    """The last good version comes back by a release like any other; one person is enough."""
    typed("deploy app prod")
    typed("approve prod-app-2", who="ben")
    ran = typed("rollback app prod")
    assert ran.code == 0
    assert "a rollback undoes prod-app-2" in ran.err
    assert platform.release("prod-app-3").after.commit == "1" * 40


def test_stricter_changes_ask_more_people(typed: Typed, platform: FakePlatform) -> None:
    """A change that loses data asks two, and one approval says how many are still asked."""
    platform.publish(3, app=service("512", table="items"))
    typed("deploy app prod")
    typed("approve prod-app-2", who="ben")
    platform.publish(5, app=service("512", table="other"))
    asked = typed("deploy app prod")
    assert "2 approvals by the people of platform.yaml (ben or cleo), because a resource that holds data" in asked.out
    one = typed("approve prod-app-3", who="ben")
    assert one.code == 3
    assert "approved; the release still needs 1 more approval by" in one.err
    assert "1 approval by the people of platform.yaml (cleo), because a resource that holds data" in one.out
    assert "; approved by ben" in one.out


def test_a_worker_in_the_foreground(typed: Typed, platform: FakePlatform) -> None:
    """`worker --once` does what is there and due, and says how much that was."""
    typed("deploy app prod --no-follow")
    platform.decide("prod-app-2", "approve")

    def turn(wait: float) -> int:
        assert wait == 0.0
        return platform.workers[0].turn(0.0)

    ran = typed("worker --once --json", work=turn)
    assert ran.code == 0
    assert set(json.loads(ran.out)) == {"document", "done"}


def test_status_and_history_tell_what_is(typed: Typed, platform: FakePlatform) -> None:
    """What runs where since when, what is going on, who asked and who agreed."""
    typed("deploy app prod")
    rows = typed("status").out.splitlines()
    assert rows[0].split() == ["what", "where", "version", "since", "last", "release", "now"]
    row = next(line for line in rows if line.startswith("app   prod"))
    assert "111111111111 (Change number 1)" in row
    assert row.endswith("prod-app-2 waiting for approval")
    typed("approve prod-app-2", who="ben")
    shown = typed("history app prod").out.splitlines()
    assert [line.split()[0] for line in shown[1:]] == ["prod-app-2", "prod-app-1"]
    assert "ana" in shown[1]
    assert "ben" in shown[1]
    assert json.loads(typed("history app prod --json").out)["releases"][0]["approvers"] == ["ben"]
    assert "release it with: slipway deploy web prod" in typed("history web prod").out
    places = {row["stack"]: row for row in json.loads(typed("status prod --json").out)["stacks"]}
    assert places["prod/service-app"]["running"]["commit"] == "2" * 40
    assert places["prod/network"]["service"] == ""
    del platform


def test_status_says_when_nobody_works(typed: Typed, platform: FakePlatform) -> None:
    """Releases that are due and that nobody moves are told, with what to do."""
    typed("deploy app prod")
    platform.clock.sleep(5 * 3600)
    assert "1 open release waits for a worker, and no worker seems to be running" in typed("status", work=None).err


def test_locks_are_reported(typed: Typed) -> None:
    """A lock stands in status with its age, its rest and its reason, and holds others back."""
    said = typed("lock prod app --reason test --hours 2").out
    assert re.fullmatch(r"app in prod is held back until \d{4}-\d\d-\d\d \d\d:\d\d UTC: test\n", said), said
    assert "prod/app is locked by ana since 0 min, 2 h left: test" in typed("status prod").out
    held = typed("deploy app prod", who="ben")
    assert held.code == 3
    assert "remove it with: slipway unlock prod app" in held.err
    assert typed("lock prod app --reason mine", who="ben").code == 3
    assert typed("unlock prod app").out == "app in prod is unlocked\n"
    assert typed("freeze prod --reason fair").out == "all of prod is held back: fair\n"
    assert "remove it with: slipway unlock prod\n" in typed("deploy app prod").err
    assert typed("unlock prod").code == 0


def test_logs_can_not_steer_the_terminal(typed: Typed, platform: FakePlatform) -> None:
    """Lines come with time and stream; control characters of a program are shown, not obeyed."""
    from generator.release.model.observed import LogLine

    _, services = platform.aws("prod")
    at = platform.clock()
    services.lines["/slipway/prod/service-app"] = [
        LogLine(at=at, stream="app/app/0123456789abcdef", text="hi \x1b[2J\n")
    ]
    ran = typed("logs app prod")
    assert ran.code == 0
    assert ran.out.endswith("  0123456789ab  hi \\x1b[2J\n")
    assert msgspec.json.decode(typed("logs app prod --json").out)["stream"] == "app/app/0123456789abcdef"
    assert typed("logs app prod --since soon").code == 2


def test_names_of_states_are_the_domain_s(platform: FakePlatform) -> None:
    """What a terminal calls a state is what the log and chat call it."""
    assert name(platform.release("prod-app-1").state) == "succeeded"
