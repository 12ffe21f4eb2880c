"""``python -m bot doctor``: checks everything that the bot needs. Each failed check says what to do."""

import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Literal, NamedTuple, get_args

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.access import Connect
from bot.iam_check import simulated
from bot.manifest import scopes
from bot.settings import Settings, SettingsError, read
from bot.slack_client import unreachable, web_client
from bot.web import client
from generator.cli.output import Output
from generator.config.errors import ConfigurationError
from generator.errors import UsageError
from generator.release.errors import ReleaseError
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import ChangeClass
from generator.release.model.settings import Slack
from generator.release.policy import approvers
from generator.wiring.worker import Access

MAX_SKEW = 30.0  # seconds; a worker whose clock differs more from AWS's moves nothing
Result = Literal["ok", "warning", "failed"]
_SIGNS: dict[Result, str] = {"ok": "✓", "warning": "!", "failed": "✕"}


class Check(NamedTuple):
    """One line: what was checked, the result, and what to do."""

    name: str
    result: Result
    text: str


def main(connect: Connect, *, as_json: bool) -> int:
    """Print every check. Return 0 if nothing failed, 1 if something did, 2 if the settings are wrong."""
    out = Output(json=as_json)
    try:
        settings = read(os.environ)
        # On AWS both are this process's one role; IAM is asked about each.
        found, works = connect(settings.root, "web"), connect(settings.root, "worker")
    except SettingsError as error:
        for mistake in error.mistakes:
            out.error(mistake)
        return 2
    except (ConfigurationError, UsageError) as error:
        out.error(str(error))
        return 2
    checks = list(examine(settings, found, {"bot": found, "worker": works}))
    if out.json:
        out.data([check._asdict() for check in checks])
    for check in () if out.json else checks:
        out.text(f"{_SIGNS[check.result]} {check.name}: {check.text}")
    return 1 if any(check.result == "failed" for check in checks) else 0


def examine(settings: Settings, found: Access, roles: Mapping[str, Access]) -> Iterator[Check]:
    """All checks, Slack first. ``roles`` are those that ask IAM about each part."""
    for sentence in settings.missing:
        yield Check("settings", "failed", sentence)
    if found.slack is None:
        yield Check("platform.yaml", "failed", "has no slack: section; write team_id, app_id and channels")
    if settings.bot_token:
        yield from of_slack(client(settings), settings, found.slack, found.facts)
    yield from of_front(settings)
    yield from of_aws(found)
    yield from of_people(found)
    yield from of_rules(found.facts)
    for role, asks in roles.items():
        result, text = simulated(asks, role)
        yield Check(f"rights of {role}", result, text)


def of_slack(slack: WebClient, settings: Settings, section: Slack | None, facts: PlatformFacts) -> Iterator[Check]:
    """Token, scopes, workspace, channels, user groups, people."""
    try:
        me = slack.auth_test()
    except SlackApiError as error:
        yield Check("bot token", "failed", f"Slack answers {_code(error)}; fill in the one from OAuth & Permissions")
        return
    except (OSError, HTTPException) as error:
        yield Check("Slack", "failed", unreachable(slack, error))
        return
    yield Check("bot token", "ok", f"{me.get('user')} in {me.get('team')}")
    yield from of_clock(str(me.headers.get("date", me.headers.get("Date", ""))), time.time())
    granted = str(me.headers.get("x-oauth-scopes", me.headers.get("X-OAuth-Scopes", ""))).replace(" ", "").split(",")
    lacking = [scope for scope in scopes() if scope not in granted]
    yield (
        Check("scopes", "failed", f"{', '.join(lacking)} are missing; add them and install the app again")
        if lacking
        else Check("scopes", "ok", "all scopes of the manifest")
    )
    if settings.app_token:
        app = web_client(settings.api_url, settings.app_token)
        yield _try("app-level token", lambda: app.apps_connections_open(app_token=settings.app_token), "opens Socket Mode",
                   "create one with connections:write under Basic Information")  # fmt: skip
    if section is None:
        return
    same = me.get("team_id") == section.team_id
    wrong = f"the token belongs to {me.get('team_id')}, and platform.yaml names {section.team_id}; correct one of them"
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
                       "check the id and the scope usergroups:read; user groups need a paid plan")  # fmt: skip
    for name, person in facts.people.items():
        if person.slack is None:
            yield Check(f"person {name}", "warning", "has no Slack id and can't use the bot; write slack: U…")


def of_clock(slack: str, now: float) -> Iterator[Check]:
    """Whether this machine's clock agrees with Slack's, by the ``Date`` of an answer.

    Signatures are valid for five minutes.
    """
    try:
        ahead = now - parsedate_to_datetime(slack).timestamp()
    except ValueError:
        return
    if abs(ahead) <= MAX_SKEW:
        yield Check("clock", "ok", "is Slack's")
        return
    way = "ahead of" if ahead > 0 else "behind"
    yield Check("clock", "failed", f"is {abs(ahead):.0f} s {way} Slack's; synchronize it (NTP)")


def of_front(settings: Settings) -> Iterator[Check]:
    """What the front on this machine reports. Only the front sees whether Slack's signatures are right."""
    url = f"http://127.0.0.1:{settings.health_port}/readyz"
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({}), _Told()).open(url, timeout=3) as answer:
            told = json.loads(answer.read(100_000))
        missing, warnings = dict(told["missing"]), dict(told.get("warnings", {}))
    except (OSError, ValueError, KeyError, TypeError):
        if settings.transport == "http":
            text = f"no front answers at {url}; run the doctor beside a front to learn whether Slack's signatures are right"
            yield Check("front", "warning", text)
        return
    for name, why in {**missing, **warnings}.items():
        yield Check(f"front: {name}", "failed", str(why))
    if not missing and not warnings:
        yield Check("front", "ok", "is ready, and refuses no signature")


class _Told(urllib.request.HTTPErrorProcessor):
    """Accepts 503 as an answer, because its body says why."""

    def http_response(self, request: Any, response: Any) -> Any:
        del request
        return response


def _channel(slack: WebClient, channel: str) -> Check:
    try:
        found: Any = slack.conversations_info(channel=channel)["channel"]
    except SlackApiError as error:
        return Check(f"channel {channel}", "failed", f"Slack answers {_code(error)}; check the id, and invite the bot")
    name = f"#{found.get('name', channel)}"
    if found.get("is_archived"):
        return Check(f"channel {name}", "failed", "is archived; name another channel")
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


def of_aws(found: Access) -> Iterator[Check]:
    """Whether table and queue answer."""
    try:
        found.adapters.table.get("doctor", "doctor")
        yield Check("release table", "ok", "can be read")
    except ReleaseError as error:
        yield Check("release table", "failed", f"{error}")
    try:
        url = getattr(found.queue, "_url", "")
        found.adapters.api("sqs")("get_queue_attributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        yield Check("queue", "ok", "can be reached")
    except ReleaseError as error:
        yield Check("queue", "failed", f"{error}")


def of_people(found: Access) -> Iterator[Check]:
    """Whether somebody can choose a session name that belongs to a person."""
    from generator.apply.session_names import session_checks

    try:
        for check in session_checks(found.facts.people, found.adapters.api("iam")):
            yield Check(check.name, "ok" if check.result == "passed" else check.result, check.text)
    except ReleaseError as error:
        text = f"the session names of roles could not be checked ({error}); run slipway bootstrap ACCOUNT --check"
        yield Check("people", "warning", text)


def of_rules(facts: PlatformFacts) -> Iterator[Check]:
    """Rules for two people that depend on the front alone, which speaks for anybody in Slack."""
    for name, rules in facts.environments.items():
        if not any(stack.ref.environment == name and not stack.administrators for stack in facts.stacks.values()):
            continue
        asked = {
            rule: approvers(rules.releases.approvals, rule, protected=rules.protected) for rule in get_args(ChangeClass)
        }
        resting = [rule for rule, one in asked.items() if one.people > 1 and not one.attested]
        if resting:
            text = f"two people or more are asked for {', '.join(resting)}, and anyone who takes over the front can speak for all "
            yield Check(f"rules of {name}", "warning", f"{text}of them in Slack; write attested: 1 in these rules")
