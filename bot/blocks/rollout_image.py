"""The picture of a rollout on a card: a file of Slack's, with what it shows in words.

Slack takes png, jpg and gif by a file's id, if who posts the blocks may see the file; the private one of the bot does
(https://docs.slack.dev/reference/block-kit/composition-objects/slack-file-object).
"""

from slack_sdk.models.blocks import ImageBlock
from slack_sdk.models.blocks.basic_components import SlackFile

from bot.blocks.text import clip, count, plain
from generator.preview.rollout_image import grid_step
from generator.release import messages
from generator.release.model.preview import Expected, Phase
from generator.release.model.release import Release
from generator.release.model.states import Waiting

_ALT = 1000


def drawable(release: Release) -> Expected | None:
    """What a picture is drawn of; None unless a release waits for approval and its phases are known."""
    if not isinstance(release.state, Waiting) or release.reading is None:
        return None
    expected = release.reading.shown.expected
    return expected if expected is not None and expected.phases else None


def rollout(expected: Expected, file: str) -> ImageBlock:
    """The picture that was uploaded as ``file``."""
    return ImageBlock(slack_file=SlackFile(id=file), title=plain(title(expected), 300), alt_text=alternative(expected))


def title(expected: Expected) -> str:
    """What the colours are, and how long it takes: a picture holds no words."""
    known = sum(phase.seconds for phase in expected.phases)
    every = grid_step(known)
    lines = f", a line every {messages.duration(every)}" if every and known > every else ""
    waits = "; dark where it waits for people" if any(not phase.seconds for phase in expected.phases) else ""
    colours = "⬜ old tasks  🟩 new tasks  🟧 traffic on the new side"
    return f"{colours}; about {messages.duration(expected.seconds)}{lines}{waits}"


def alternative(expected: Expected) -> str:
    """The same for who does not see it: phase by phase."""
    head = f"A rollout of about {messages.duration(expected.seconds)}: "
    return clip(plain(head + "; ".join(_phase(phase) for phase in expected.phases[:30]), _ALT), _ALT)


def _phase(phase: Phase) -> str:
    long = f"for {messages.duration(phase.seconds)}" if phase.seconds else "as long as people take"
    sides = f"{count(phase.old_tasks, 'old task')}, {count(phase.new_tasks, 'new task')}"
    return f"{plain(phase.name, 80)} {long} ({sides}, {phase.new_traffic_percent:g} % of traffic on the new side)"
