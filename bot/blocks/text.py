"""Text as Slack shows it: the one place that escapes, shortens and marks up.

Everything from outside (commits, branches, reasons, AWS's words) goes through here and shows as text: no mention, no
link, no hidden direction. https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterable
from time import gmtime, strftime

from generator.safe_text import lines as lines_of

_ENTITY = re.compile(r"&[a-z]{0,3}$")
_MORE = "…"


def clean(text: str) -> str:
    """Text without invisible characters."""
    return lines_of(text)


def clip(text: str, most: int) -> str:
    """At most that many characters, with an ellipsis if some are left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + _MORE


def plain(text: str, most: int, instead: str = "-") -> str:
    """Text for ``plain_text`` and table cells, which interpret nothing. Slack refuses empty ones."""
    return clip(clean(text[: most * 4]).strip(), most) or instead


def safe(text: str, most: int = 300) -> str:
    """Text for ``mrkdwn``, on one line: ``&``, ``<`` and ``>`` as entities, none of them cut in two."""
    line = " ".join(clean(text[: most * 4]).split())
    text = escaped(line)
    return text if len(text) <= most else _ENTITY.sub("", text[: most - 1]).rstrip() + _MORE


def escaped(text: str) -> str:
    """The characters that Slack interprets, as entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str, most: int = 120) -> str:
    """A code span. Backticks inside are replaced, because they would end it."""
    inside = safe(text.replace("`", "'"), most) or "-"
    return f"`{inside}`"


def pre(text: str, most: int = 2500) -> str:
    """A block of code, its lines kept."""
    lines = [clean(line) for line in text[: most * 4].replace("`", "'").split("\n")]
    whole = escaped("\n".join(lines))
    if len(whole) > most - 8:
        whole = _ENTITY.sub("", whole[: most - 9]).rstrip() + _MORE
    return f"```\n{whole.strip() or '-'}\n```"


def link(url: str, label: str, most: int = 120) -> str:
    """A link. Without an ``https`` address, only its label."""
    shown = safe(label.replace("|", "/"), most) or "-"
    if not re.fullmatch(r"https://[^\s<>|]{1,1000}", url):
        return shown
    return f"<{url.replace('&', '&amp;')}|{shown}>"


def user(id_: str) -> str:
    """A mention of somebody by id."""
    return f"<@{id_}>"


def channel(id_: str) -> str:
    """A link to a channel by id."""
    return f"<#{id_}>"


def when(at: float, style: str = "{date_short_pretty} at {time}") -> str:
    """A moment in the reader's own time zone. A client that can't show dates shows UTC.

    https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    """
    if not 0 < at < 4e9:
        return "-"
    return f"<!date^{int(at)}^{style}|{strftime('%Y-%m-%d %H:%M UTC', gmtime(at))}>"


def lines(found: Iterable[str], most: int, instead: str = "") -> str:
    """Lines of markup, as many as fit. The others are counted, and no line is cut."""
    kept: list[str] = []
    rows = list(found)
    room = most - 24
    for row in rows:
        if len(row) + 1 > room:
            kept.append(f"… and {len(rows) - len(kept)} more")
            break
        kept.append(row)
        room -= len(row) + 1
    return "\n".join(kept) or instead


def count(number: int, what: str) -> str:
    """``1 change``, ``2 changes``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
