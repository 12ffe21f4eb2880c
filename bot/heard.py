"""What somebody typed, without Slack's markup. https://docs.slack.dev/interactivity/implementing-slash-commands."""

import re

_MOST = 2000  # characters; Slack allows more, nobody means them
_LABELLED = re.compile(r"<([@#!])([^<>|]{1,60})(?:\|[^<>]{0,80})?>")
_LINK = re.compile(r"<(https?://[^<>|]{1,500})(?:\|([^<>]{0,500}))?>")


def heard(text: str) -> str:
    """What was typed, without Slack's markup: entities undone once, links as their labels, mentions as ids."""
    text = _LINK.sub(lambda m: m[2] or m[1], text[:_MOST])
    text = _LABELLED.sub(lambda m: f"{m[1]}{m[2]}", text)
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(text.split())
