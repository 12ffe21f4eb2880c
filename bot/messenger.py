"""Posts and edits messages in Slack, also direct ones, with another rendering if Slack refuses the blocks."""

import logging
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.blocks.message import Message
from bot.message_metadata import mark, release_of

_LOG = logging.getLogger("bot.messenger")
# What Slack says of blocks that it does not take; then the classic ones are sent, and at last the text alone.
_BLOCKS = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "block_mismatch", "only_one_table_allowed"}
# What Slack says of a message that is no longer there, or was never ours.
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}


class RateLimited(Exception):  # noqa: N818 - it says what happened
    """Slack asks the bot to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} s")
        self.seconds = seconds


class MessageGone(Exception):  # noqa: N818 - it says what happened
    """The message does not exist any more."""


class SlackRefused(Exception):  # noqa: N818 - it says what happened
    """Slack refuses, and trying again changes nothing; the text ends with what to do."""


_FIXES = {
    "not_in_channel": "invite the bot: /invite @slipway",
    "channel_not_found": "check the id under slack.channels in platform.yaml, and invite the bot",
    "is_archived": "name another channel in platform.yaml",
    "missing_scope": "add the scope to the app and install it again; python -m bot doctor lists them",
    "invalid_auth": "correct the bot token",
    "account_inactive": "install the app again",
    "token_revoked": "install the app again",
}


class Messenger:
    """Sends messages as one bot. Every method may raise Limited or Mute; other errors are tried again later."""

    def __init__(self, client: WebClient, team: str) -> None:
        self._client = client
        self._team = team

    def post(self, channel: str, message: Message, *, thread: str = "", release: str = "") -> str:
        """Post a new message. Returns its ts. ``release`` marks it as that release's card."""
        more: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False}
        if thread:
            more["thread_ts"] = thread
        if release:
            more["metadata"] = mark(release)
        answer, _ = self._say(self._client.chat_postMessage, message, channel=channel, **more)
        return str(answer["ts"])

    def edit(self, channel: str, ts: str, message: Message, *, release: str = "") -> bool:
        """Replace the contents of a message; nobody is notified. Returns whether all its pictures are shown.

        Raises:
            Lost: it is gone.
        """
        more = {"metadata": mark(release)} if release else {}
        _, pictured = self._say(self._client.chat_update, message, channel=channel, ts=ts, **more)
        return pictured

    def direct(self, user: str, message: Message) -> tuple[str, str]:
        """Post a direct message. Returns its conversation and ts."""
        opened = self._call(lambda: self._client.conversations_open(users=user))
        channel = str(opened["channel"]["id"])
        return channel, self.post(channel, message)

    def address(self, channel: str, ts: str) -> str:
        """The address of a message, "" if Slack gives none."""
        try:
            return str(self._call(lambda: self._client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"])
        except (SlackRefused, MessageGone):
            return ""

    def find(self, channel: str, release: str) -> str:
        """The ts of a card that was posted by a worker that ended before it recorded that. "" for none."""
        found = self._call(
            lambda: self._client.conversations_history(channel=channel, limit=100, include_all_metadata=True)
        )
        return next((str(m["ts"]) for m in found.get("messages") or () if release_of(m) == release), "")

    def upload(self, channel: str, thread: str, name: str, title: str, contents: str) -> None:
        """Upload a text file to a thread (https://docs.slack.dev/messaging/working-with-files#upload)."""
        self._call(
            lambda: self._client.files_upload_v2(
                channel=channel, thread_ts=thread, filename=name, title=title, content=contents.encode()
            )
        )

    def picture(self, name: str, title: str, alternative: str, contents: bytes) -> str:
        """Upload a private file that blocks may show, and return its id: without a channel nobody is notified.

        https://slack.com/blog/developers/uploading-private-images-blockkit
        """
        answer = self._call(
            lambda: self._client.files_upload_v2(filename=name, title=title, alt_txt=alternative, content=contents)
        )
        return str(answer["file"]["id"])

    def has_file(self, channel: str, thread: str, name: str) -> bool:
        """Whether a file of this name is in a thread: a worker may have ended after the upload, before it recorded it."""
        found = self._call(lambda: self._client.conversations_replies(channel=channel, ts=thread, limit=200))
        return any(file.get("name") == name for m in found.get("messages") or () for file in m.get("files") or ())

    def _say(self, method: Any, message: Message, **more: Any) -> tuple[Any, bool]:
        """The answer to the first rendering that Slack accepts, and whether that has the pictures."""
        ways = [{"pictured": True}] if message.pictured is not None else []
        for way in (*ways, {}, {"classic": True}):
            try:
                answer = self._call(lambda w=way: method(text=message.text, blocks=message.rendered(**w), **more))
            except _RefusedError as error:
                _LOG.warning("Slack refuses these blocks: %s", error)
            else:
                return answer, message.pictured is None or "pictured" in way
        return self._call(lambda: method(text=message.text, blocks=[], **more)), message.pictured is None

    def _call(self, call: Any) -> Any:
        try:
            return call()
        except SlackApiError as error:
            answer = error.response
            code = str(answer.get("error", "")) if hasattr(answer, "get") else ""
            if code == "ratelimited" or getattr(answer, "status_code", 0) == 429:
                headers = {k.lower(): v for k, v in (getattr(answer, "headers", None) or {}).items()}
                raise RateLimited(_seconds(headers.get("retry-after"))) from error
            if code in _BLOCKS:
                raise _RefusedError(code) from error
            if code in _GONE:
                raise MessageGone(code) from error
            needed = str(answer.get("needed") or "") if hasattr(answer, "get") else ""
            said = f"{code or 'an error'}{f' ({needed})' if needed else ''}"
            raise SlackRefused(f"Slack answers {said}; {_FIXES.get(code, 'see the app configuration')}") from error


class _RefusedError(Exception):
    """Slack does not accept the blocks."""


def _seconds(text: object) -> float:
    value = text[0] if isinstance(text, list) and text else text
    return float(value) if isinstance(value, str) and value.isdigit() else 10.0
