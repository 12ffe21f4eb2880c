"""Calls of the Web API and the ids of the default workspace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.workspace.seed import identifier
from tests.workspace.app import Json

DEPLOYS, GENERAL, PLATFORM = (identifier("C", name) for name in ("deploys", "general", "platform"))


def refusal(call: Callable[[], Any]) -> Json:
    with pytest.raises(SlackApiError) as error:
        call()
    body: Json = error.value.response.data
    assert body["ok"] is False
    return body


def post(api: WebClient, text: str = "hello", **more: Any) -> Json:
    body: Json = api.chat_postMessage(channel=DEPLOYS, text=text, **more).data
    return body
