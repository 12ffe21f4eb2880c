"""Whole conversations over the real protocol: what people write and click, and what they see."""

from collections.abc import Iterator

import pytest

from tests.bot.stage import Stage, workspace


@pytest.fixture(params=["socket", "http"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The bot with one worker, prod deployed once, and version 2 published."""
    with workspace() as slack:
        made = Stage(slack, transport=request.param)
        made.open()
        made.work()
        made.house.publish(1)
        made.house.publish(2)
        yield made
        made.close()


def test_deploy_from_the_question_to_the_result(stage: Stage) -> None:
    """`/deploy app prod`, a card, approval by a second person, progress, verified: over both transports."""
    ana, ben = stage.workspace.person("ana"), stage.workspace.person("ben")
    for key in ("network", "app"):
        said = ana.command("#deploys", f"/deploy {'plan prod network' if key == 'network' else 'app prod 1111111'}")
        assert said.error == "", said
        stage.state(f"prod-{key}-1", "succeeded")
    ana.command("#deploys", "/deploy app prod because customers wait")
    stage.state("prod-app-2", "waiting for approval")
    card = stage.shows("prod-app-2", "Approve")
    assert "customers wait" in str(card)
    ben.click(card, "approve")
    stage.state("prod-app-2", "succeeded")
    done = stage.shows("prod-app-2", "Roll back")
    assert "Approved by" in str(done)
