"""The card about drift: what somebody changed by hand in an environment, whose hands it was, and when it is gone."""

from bot.audit_channel import audit_channel
from bot.blocks.message import Message, header, section
from bot.blocks.text import code, safe
from bot.messenger import MessageGone, Messenger, RateLimited, SlackRefused
from generator.release.drift_watch import DriftRecord
from generator.release.errors import Unavailable
from generator.release.model.settings import Slack

_MOST_ROWS = 15
_GONE = "Nothing differs any more."
_NEXT = (
    "Write into `stacks/` what you want to keep, and merge it. What you don't keep, the next release of the stack puts "
    "back where its change set touches it. `slipway drift {}` looks again."
)


def drift_message(record: DriftRecord) -> Message:
    """What differs, the stacks that differ most first; or that nothing differs any more."""
    environment = record.environment
    if not record.found:
        text = f"No more drift in {environment}"
        return Message(text, [header(text), section(_GONE)])
    properties = sum(len(stack.properties) for stack in record.found)
    title = f"Drift in {environment}"
    said = f"{_count(properties, 'property', 'properties')} in {_count(len(record.found), 'stack', 'stacks')} differ"
    lines = [f"*{said} from the templates*: somebody changed AWS outside of a release."]
    rows = [(stack.stack, row) for stack in record.found for row in stack.properties]
    for key, row in rows[:_MOST_ROWS]:
        what = f"{row.logical_id} {row.path}".strip()
        change = f"{safe(row.expected, 60) or 'nothing'} → {safe(row.actual, 60) or 'nothing'}"
        who = (
            f"by *{safe(row.who, 60)}*{f' at {safe(row.when[:16], 20)}' if row.when else ''}"
            if row.who
            else "by whom is not known"
        )
        lines.append(f"• {code(key, 80)} {code(what, 100)}: {change}, {who}")
    if len(rows) > _MOST_ROWS:
        lines.append(f"{len(rows) - _MOST_ROWS} more: `slipway drift {environment}`")
    if record.unknown:
        lines.append(f"{_count(len(record.unknown), 'stack', 'stacks')} could not be compared.")
    blocks = [header(title), *(section(part) for part in _parts(lines)), section(_NEXT.format(environment))]
    return Message(f"{title}: {said} from the templates", blocks)


class DriftCard:
    """A ``DriftTeller`` of :mod:`generator.release.drift_watch`: one card an environment, edited until nothing differs."""

    def __init__(self, messenger: Messenger, slack: Slack) -> None:
        self._messenger = messenger
        self._slack = slack

    def tell(self, record: DriftRecord) -> str:
        """Post or edit the card; ``CHANNEL TS``, or "" where the environment has no channel.

        A card that is closed gets a word in its thread too, so that people who follow it are notified.

        Raises:
            Unavailable: Slack does not answer, or refuses.
        """
        channel, _, ts = record.told.partition(" ")
        channel = channel or audit_channel(self._slack, record.environment)
        if not channel:
            return ""
        # A worker that ended before it wrote the card down has posted it under this mark.
        mark, message = f"drift-{record.environment}-{record.since:.0f}", drift_message(record)
        try:
            ts = ts or self._messenger.find(channel, mark)
            if ts:
                try:
                    self._messenger.edit(channel, ts, message, release=mark)
                except MessageGone:
                    ts = ""
            if not ts and record.found:
                ts = self._messenger.post(channel, message, release=mark)
            elif ts and not record.found:
                self._messenger.post(channel, Message(_GONE, [section(_GONE)]), thread=ts)
        except (RateLimited, SlackRefused, MessageGone) as error:
            raise Unavailable(f"{channel} in Slack: {error}") from error
        except Exception as error:
            # urllib's and http.client's, by the way the connection breaks.
            raise Unavailable(f"Slack did not answer ({type(error).__name__}: {error}); try again") from error
        return f"{channel} {ts}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _parts(lines: list[str], most: int = 2800) -> list[str]:
    """Lines in pieces that fit into a section."""
    parts = [""]
    for line in lines:
        if len(parts[-1]) + len(line) > most:
            parts.append("")
        parts[-1] += f"{line}\n"
    return parts
