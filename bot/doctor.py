"""``python -m bot doctor``: is everything there that the bot needs? Each check says what to do if it is not."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.compose import Grounds, grounds
from bot.manifest import scopes
from bot.settings import Settings, SettingsError, read
from bot.web import client
from generator.config.errors import ConfigurationError
from generator.errors import UsageError
from generator.release.errors import ReleaseError
from generator.release.model.platform import PlatformFacts
from generator.release.model.settings import Slack

Result = Literal["ok", "warning", "failed"]
_SIGNS: dict[Result, str] = {"ok": "✓", "warning": "!", "failed": "✕"}
# What each part must be allowed to do, as simulated by IAM for its role (templates/home/roles.py).
_RIGHTS = {
    "bot": ("dynamodb:GetItem", "dynamodb:Query", "sqs:SendMessage", "s3:GetObject"),
    "worker": (
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sts:AssumeRole",
    ),
}
_MUST_NOT = {"bot": ("dynamodb:PutItem", "dynamodb:UpdateItem", "sts:AssumeRole")}


class Check(NamedTuple):
    """One line: what was looked at, how it is, and what to do."""

    name: str
    result: Result
    text: str


def main(*, sandbox: bool, as_json: bool) -> int:
    """Print every check; 0 if nothing failed, 1 if something did, 2 if the settings are wrong."""
    try:
        settings = read(os.environ)
        found = grounds(settings.root, os.environ, "web", sandbox=sandbox)
    except SettingsError as error:
        sys.stderr.writelines(f"{mistake}\n" for mistake in error.mistakes)
        return 2
    except (ConfigurationError, UsageError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    checks = list(examine(settings, found))
    if as_json:
        sys.stdout.write(json.dumps([check._asdict() for check in checks], indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{_SIGNS[c.result]} {c.name}: {c.text}\n" for c in checks)
    return 1 if any(check.result == "failed" for check in checks) else 0


def examine(settings: Settings, found: Grounds) -> Iterator[Check]:
    """All checks, Slack first."""
    for sentence in settings.missing:
        yield Check("settings", "failed", sentence)
    if found.slack is None:
        yield Check("platform.yaml", "failed", "has no slack: section; write team_id, app_id and channels")
    if settings.bot_token:
        yield from of_slack(client(settings), settings, found.slack, found.facts)
    yield from of_aws(found)


def of_slack(slack: WebClient, settings: Settings, section: Slack | None, facts: PlatformFacts) -> Iterator[Check]:
    """Token, scopes, workspace, channels, user groups, people."""
    try:
        me = slack.auth_test()
    except SlackApiError as error:
        yield Check("bot token", "failed", f"Slack answers {_code(error)}; fill in the one from OAuth & Permissions")
        return
    yield Check("bot token", "ok", f"{me.get('user')} in {me.get('team')}")
    granted = str(me.headers.get("x-oauth-scopes", me.headers.get("X-OAuth-Scopes", ""))).replace(" ", "").split(",")
    lacking = [scope for scope in scopes() if scope not in granted]
    yield (
        Check("scopes", "failed", f"{', '.join(lacking)} are missing; add them and install the app again")
        if lacking
        else Check("scopes", "ok", "all that the manifest asks for")
    )
    if settings.app_token:
        app = WebClient(token=settings.app_token, base_url=settings.api_url)
        yield _try("app-level token", lambda: app.apps_connections_open(app_token=settings.app_token), "opens Socket Mode",
                   "make one with connections:write under Basic Information")  # fmt: skip
    if section is None:
        return
    same = me.get("team_id") == section.team_id
    wrong = f"the token is of {me.get('team_id')}, platform.yaml says {section.team_id}; put one right"
    yield Check("workspace", "ok" if same else "failed", section.team_id if same else wrong)
    places = {c for channels in (*section.channels.values(), section.default) for c in channels} | set(
        section.notify.values()
    )
    for channel in sorted(places):
        yield _channel(slack, channel)
    for name, team in facts.teams.items():
        if team.slack_group is not None:
            group = team.slack_group
            yield _try(f"team {name}", lambda g=group: slack.usergroups_users_list(usergroup=g), f"user group {group} can be read",  # type: ignore[misc]
                       "see the id, and the scope usergroups:read; user groups take a paid plan")  # fmt: skip
    for name, person in facts.people.items():
        if person.slack is None:
            yield Check(f"person {name}", "warning", "has no Slack id, so can't act in chat; write slack: U…")


def _channel(slack: WebClient, channel: str) -> Check:
    try:
        found: Any = slack.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        return Check(f"channel {channel}", "failed", f"Slack answers {_code(error)}; see the id, and invite the bot")
    name = f"#{found.get('name', channel)}"
    if found.get("is_archived"):
        return Check(f"channel {name}", "failed", "is archived; name another one")
    if found.get("is_ext_shared"):
        return Check(f"channel {name}", "failed", "is shared with another organization; releases are refused there")
    if not found.get("is_member"):
        return Check(f"channel {name}", "failed", "the bot is not in it; /invite @slipway")
    return Check(f"channel {name}", "ok", "the bot is in it")


def _try(name: str, call: Callable[[], Any], good: str, fix: str) -> Check:
    try:
        call()
    except SlackApiError as error:
        return Check(name, "failed", f"Slack answers {_code(error)}; {fix}")
    return Check(name, "ok", good)


def _code(error: SlackApiError) -> str:
    return str(error.response.get("error", "an error"))


def of_aws(found: Grounds) -> Iterator[Check]:
    """Table and queue answer; IAM says of both roles what they may do, and that the front may not decide."""
    try:
        found.apis.table.get("doctor", "doctor")
        yield Check("release table", "ok", "can be read")
    except ReleaseError as error:
        yield Check("release table", "failed", f"{error}")
    try:
        url = getattr(found.queue, "_url", "")
        found.apis.api("sqs")("get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        yield Check("queue", "ok", "can be reached")
    except ReleaseError as error:
        yield Check("queue", "failed", f"{error}")
    yield from _rights(found)


def _rights(found: Grounds) -> Iterator[Check]:
    from generator.adapters import home_of, partition

    home = home_of(found.config)
    for role, actions in _RIGHTS.items():
        arn = f"arn:{partition(home.region)}:iam::{home.account}:role/{home.platform}-{role}"
        try:
            allowed = _simulated(found, arn, (*actions, *_MUST_NOT.get(role, ())))
        except ReleaseError as error:
            yield Check(f"rights of {role}", "warning", f"IAM does not say ({error}); ask from a task of the bot")
            continue
        lacking = [a for a in actions if not allowed.get(a)]
        too_much = [a for a in _MUST_NOT.get(role, ()) if allowed.get(a)]
        if lacking or too_much:
            text = f"{', '.join(lacking) or 'nothing'} missing, {', '.join(too_much) or 'nothing'} too much; deploy home again"
            yield Check(f"rights of {role}", "failed", text)
        else:
            yield Check(f"rights of {role}", "ok", "as they should be")


def _simulated(found: Grounds, arn: str, actions: tuple[str, ...]) -> dict[str, bool]:
    """What IAM says of each action on what that action is about (SimulatePrincipalPolicy)."""
    from generator.adapters import home_of, partition

    home = home_of(found.config)
    prefix = f"arn:{partition(home.region)}"
    places = {
        "dynamodb": f"{prefix}:dynamodb:{home.region}:{home.account}:table/{home.table}",
        "sqs": f"{prefix}:sqs:{home.region}:{home.account}:{home.table}",
        "s3": f"{prefix}:s3:::{home.artifacts}/versions/x",
        "sts": f"{prefix}:iam::{home.account}:role/{home.platform}-release",
    }
    allowed = {}
    for action in actions:
        answer = found.apis.api("iam")(
            "simulate_principal_policy", PolicySourceArn=arn, ActionNames=[action],
            ResourceArns=[places[action.partition(":")[0]]],
        )  # fmt: skip
        allowed[action] = all(r["EvalDecision"] == "allowed" for r in answer["EvaluationResults"])
    return allowed
