"""The picture of a rollout on a card: a file in Slack, with a description in text.

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
    """The data of the picture. None unless a release waits for approval and its phases are known."""
    if not isinstance(release.state, Waiting) or release.reading is None:
        return None
    expected = release.reading.shown.expected
    return expected if expected is not None and expected.phases else None


def rollout(release: Release, expected: Expected, file: str) -> ImageBlock:
    """The picture that was uploaded as ``file``."""
    text = plain(title(release, expected), 300)
    return ImageBlock(slack_file=SlackFile(id=file), title=text, alt_text=alternative(release, expected))


def _commits(release: Release) -> tuple[str, str] | None:
    """The versions on the two sides. None if both sides run one version, or there is none before."""
    before, after = release.before, release.after
    return None if before is None or before.commit == after.commit else (before.commit[:12], after.commit[:12])


def title(release: Release, expected: Expected) -> str:
    """What the colours mean, and how long the rollout takes. The picture contains no text."""
    old, new = _commits(release) or ("old tasks", "new tasks")
    known = sum(phase.seconds for phase in expected.phases)
    every = grid_step(known)
    lines = f", a line every {messages.duration(every)}" if every and known > every else ""
    waits = "; dark where it waits for people" if any(not phase.seconds for phase in expected.phases) else ""
    colours = f"⬜ {old}  🟩 {new}  🟧 traffic of {new}"
    return f"{colours}; about {messages.duration(expected.seconds)}{lines}{waits}"


def alternative(release: Release, expected: Expected) -> str:
    """The description for people who can't see the picture: phase by phase."""
    head = f"A rollout of about {messages.duration(expected.seconds)}: "
    return clip(plain(head + "; ".join(_phase(phase, _commits(release)) for phase in expected.phases[:30]), _ALT), _ALT)


def _phase(phase: Phase, commits: tuple[str, str] | None) -> str:
    long = f"for {messages.duration(phase.seconds)}" if phase.seconds else "as long as people take"
    old, new = count(phase.old_tasks, "old task"), count(phase.new_tasks, "new task")
    if commits is not None:
        old = f"{count(phase.old_tasks, 'task')} of {commits[0]}"
        new = f"{count(phase.new_tasks, 'task')} of {commits[1]}"
    share = f"{phase.new_traffic_percent:g} % of the traffic to the second"
    return f"{plain(phase.name, 80)} {long} ({old}, {new}, {share})"
