"""The shapes of what Slack sends, as far as Bolt and the listeners read them. Other shapes are refused before Bolt.

https://docs.slack.dev/interactivity/implementing-slash-commands, https://docs.slack.dev/reference/interaction-payloads,
https://docs.slack.dev/apis/events-api
"""

from typing import Any

import msgspec

Text = str | None
_Free = dict[str, Any]


class Named(msgspec.Struct):
    """A team, an organization, a user or a channel: an object with an id."""

    id: Text = None
    team_id: Text = None
    enterprise_id: Text = None


class Container(msgspec.Struct):
    """The message or view with the pressed button."""

    message_ts: Text = None
    channel_id: Text = None
    view_id: Text = None


class Option(msgspec.Struct):
    """A chosen entry of a menu."""

    value: Text = None


class Action(msgspec.Struct):
    """A button that was pressed."""

    action_id: str
    type: Text = None
    block_id: Text = None
    value: Text = None
    action_ts: Text = None


class Field(msgspec.Struct):
    """The value of an input."""

    value: Text = None
    selected_option: Option | None = None


class Entered(msgspec.Struct):
    """The state of a view: fields by block and action."""

    values: dict[str, dict[str, Field]] | None = None


class View(msgspec.Struct):
    """A modal, or App Home."""

    type: Text
    id: Text = None
    callback_id: Text = None
    private_metadata: Text = None
    hash: Text = None
    app_installed_team_id: Text = None
    state: Entered | None = None


class Event(msgspec.Struct):
    """An event of the Events API. ``channel`` and ``user`` are objects in a few kinds that no listener handles."""

    type: Text = None
    subtype: Text = None
    user: str | _Free | None = None
    channel: str | _Free | None = None
    channel_type: Text = None
    channel_id: Text = None
    bot_id: Text = None
    text: Text = None
    tab: Text = None
    ts: Text = None
    thread_ts: Text = None
    team: str | _Free | None = None
    user_team: Text = None
    source_team: Text = None
    item: _Free | None = None
    message: _Free | None = None


class Authorized(msgspec.Struct):
    """The account for which an event is delivered."""

    enterprise_id: Text = None
    team_id: Text = None
    user_id: Text = None
    is_enterprise_install: bool | None = None


class Payload(msgspec.Struct):
    """A command, an interaction or an event. The listeners handle absent fields."""

    type: Text = None
    challenge: Text = None
    command: Text = None
    text: Text = None
    team: str | Named | None = None
    team_id: Text = None
    enterprise: str | Named | None = None
    enterprise_id: Text = None
    user: str | Named | None = None
    user_id: Text = None
    channel: str | Named | None = None
    channel_id: Text = None
    api_app_id: Text = None
    trigger_id: Text = None
    response_url: Text = None
    callback_id: Text = None
    action_id: Text = None
    event_id: Text = None
    is_enterprise_install: str | bool | None = None
    container: Container | None = None
    message: _Free | None = None
    actions: list[Action] | msgspec.UnsetType = msgspec.UNSET
    view: View | msgspec.UnsetType = msgspec.UNSET
    event: Event | msgspec.UnsetType = msgspec.UNSET
    authorizations: list[Authorized] | None = None


def wrong_shape(body: object) -> str:
    """Which part of a parsed body has another shape than Slack's, without its content. "" if none has."""
    try:
        found = msgspec.convert(body, Payload)
    except msgspec.ValidationError as error:
        return str(error)
    if found.type == "block_actions" and not found.actions:
        return "block_actions without actions"
    return "event_callback without an event" if found.type == "event_callback" and found.event is msgspec.UNSET else ""
