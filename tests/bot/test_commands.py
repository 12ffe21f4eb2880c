"""What people type means what they mean; nothing that they type breaks anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import VERBS, plain_text, understand
from bot.intents import Form, Intent, Show, Unclear
from generator.config.rules.names import COMMANDS
from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock
from tests.release.fake_platform import FakePlatform

FACTS = FakePlatform().facts
APP = "prod/service-app"
SHA = "3f2a5b6c7d8e"

CASES: list[tuple[str, str, Intent]] = [
    ("/deploy", "", Form()),
    ("/deploy", "app prod", Propose(id="", stack=APP)),
    ("/deploy", "prod app", Propose(id="", stack=APP)),
    ("/deploy", "  App   PROD ", Propose(id="", stack=APP)),
    ("/deploy", "deploy app prod", Propose(id="", stack=APP)),
    ("/deploy", "app to prod", Propose(id="", stack=APP)),
    ("/deploy", "app → prod", Propose(id="", stack=APP)),
    ("/deploy", "app-&gt;prod".replace("-&gt;", " -&gt; "), Propose(id="", stack=APP)),
    ("/deploy", "app=>prod", Propose(id="", stack=APP)),
    ("/deploy", "app/main prod", Propose(id="", stack=APP)),
    ("/deploy", "app/main to prod please", Propose(id="", stack=APP)),
    ("/deploy", "service-app prod", Propose(id="", stack=APP)),
    ("/deploy", f"app prod {SHA}", Propose(id="", stack=APP, version=SHA)),
    ("/deploy", "app prod latest", Propose(id="", stack=APP)),
    ("/deploy", f"app prod {SHA} because the shop is down", Propose(id="", stack=APP, version=SHA, reason="the shop is down")),
    ("/deploy", "app prod break glass because the shop is down",
     Propose(id="", stack=APP, reason="the shop is down", break_glass="the shop is down")),
    ("/deploy", "network prod", Propose(id="", stack="prod/network")),
    ("/deploy", "plan prod network", Show("plan", "prod/network")),
    ("/deploy", "plan network prod", Show("plan", "prod/network")),
    ("/deploy", "apply prod network", Propose(id="", stack="prod/network")),
    ("/deploy", "history app", Show("history", "*/app")),
    ("/deploy", f"app prod {SHA} now", Propose(id="", stack=APP, version=SHA)),
    ("/deploy", "unlock app prod please now", Unlock(id="", scope=APP)),
    ("/deploy", "promote app staging prod", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy", "promote app from staging to prod", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy", "app", Form(service="app")),
    ("/deploy", "prod", Form(environment="prod")),
    ("/deploy", "rollback app prod", RollBack(id="", stack=APP)),
    ("/rollback", "", Form(kind="rollback")),
    ("/rollback", "app", Form(service="app", kind="rollback")),
    ("/rollback", "app prod", RollBack(id="", stack=APP)),
    ("/rollback", "app in prod because it is slow", RollBack(id="", stack=APP, reason="it is slow")),
    ("/rollback", "app prod prod-app-12", RollBack(id="", stack=APP, release="prod-app-12")),
    ("/rollback", f"app prod {SHA}", RollBack(id="", stack=APP, version=SHA)),
    ("/deploy", "status", Show("status")),
    ("/deploy", "status prod", Show("status", "prod")),
    ("/deploy", "history app prod", Show("history", APP)),
    ("/deploy", "history prod app", Show("history", APP)),
    ("/deploy", "diff app prod", Show("diff", APP)),
    ("/deploy", "logs app prod", Show("logs", APP)),
    ("/deploy", "help", Show("help")),
    ("/rollback", "help", Show("help")),
    ("/deploy", "restart app prod", RestartService(id="", stack=APP)),
    ("/deploy", "restart prod app because the key is new", RestartService(id="", stack=APP, reason="the key is new")),
    ("", "restart app prod break glass because db", RestartService(id="", stack=APP, reason="db", break_glass="db")),
    ("", "", Show("help")),
    ("", "status", Show("status")),
    ("", "app prod", Propose(id="", stack=APP)),
    ("/deploy", "cancel prod-app-12", Decide(id="", release="prod-app-12", verdict="cancel")),
    ("/deploy", "undo prod-app-12 because of errors", Decide(id="", release="prod-app-12", verdict="undo", reason="of errors")),
    ("", "undo", Decide(id="", release="", verdict="undo")),
    ("/deploy", "continue prod-app-12", Decide(id="", release="prod-app-12", verdict="continue")),
    ("/deploy", "proceed prod-app-12", Decide(id="", release="prod-app-12", verdict="continue")),
    ("/deploy", "lock app prod because I move the database", Lock(id="", scope=APP, reason="I move the database")),
    ("/deploy", "lock app prod 2h because I move it", Lock(id="", scope=APP, reason="I move it", hours=2.0)),
    ("/deploy", "lock prod 1d because of the audit", Lock(id="", scope="prod/*", reason="of the audit", hours=24.0)),
    ("/deploy", "lock app prod for 2 hours because db", Lock(id="", scope=APP, reason="db", hours=2.0)),
    ("/deploy", "lock app prod 90 minutes because db", Lock(id="", scope=APP, reason="db", hours=1.5)),
    ("/deploy", "freeze prod for 1 week because db", Lock(id="", scope="prod/*", reason="db", hours=168.0, freeze=True)),
    ("/deploy", "freeze prod because of Christmas", Lock(id="", scope="prod/*", reason="of Christmas", freeze=True)),
    ("/deploy", "unlock app prod", Unlock(id="", scope=APP)),
    ("/deploy", "unfreeze prod", Unlock(id="", scope="prod/*")),
]  # fmt: skip


@pytest.mark.parametrize(("command", "text", "intent"), CASES)
def test_what_people_write_is_understood(command: str, text: str, intent: Intent) -> None:
    """Words in either order, fillers, arrows and the habits of other deploy bots all mean the same."""
    assert understand(command, text, FACTS) == intent


UNCLEAR = [
    ("app prd", "did you mean prod?"),
    ("ap prod", "did you mean app?"),
    ("stauts", "did you mean status?"),
    ("app/feature prod", "only main is released by branch name, not feature"),
    ("app prod v1.2", "is not a version"),
    (f"app prod {SHA} 7", "is not expected here"),
    (f"app prod {SHA} tomorrow", "a release starts when it is requested and approved"),
    ("app prod not now", "'not' is not understood here, so nothing is requested"),
    ("app prod break glass", "needs a reason"),
    ("restart app", "name a service and an environment: /deploy restart app prod"),
    (f"restart app prod {SHA}", "a restart brings no other version"),
    ("restart app prod break glass", "needs a reason"),
    ("lock app prod", "name what to lock and the reason"),
    ("unlock", "name what to unlock"),
    ("lock app prod for ages because db", "'for ages' is not a time that the bot understands"),
    ("lock app prod until later because db", "'until later' is not a time that the bot understands"),
    ("lock app prod tonight because db", "'tonight' is not understood here"),
    ("lock app prod 2h for 3 hours because db", "names two times"),
    ("unlock app prod please soon", "'soon' is not understood here"),
    ("lock prod tonight", "'tonight' may be a time or a part of the reason"),
    ("lock app prdo db migration", "did you mean prod?"),
    ("plan prod", "name a service and an environment: `/deploy plan app prod`"),
    ("promote app prod", "name a service and two environments"),
    ("logs app", "name a service and an environment: `/deploy logs app dev`"),
    ("app prod <https://github.com/other/shop/commit/3f2a5b6c7d8e>", "this link is to other/shop"),
    ("cancel Prod!App", "is not a release"),
    ("frobnicate", "is not a command, a service or an environment"),
]


@pytest.mark.parametrize(("text", "why"), UNCLEAR)
def test_what_is_not_understood_names_what_to_write(text: str, why: str) -> None:
    """A typo gets the nearest name; a half-sentence gets an example."""
    found = understand("/deploy", text, FACTS)
    assert isinstance(found, Unclear)
    assert why in found.why
    assert "/deploy help" in found.why


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("app &amp; prod", "app & prod"),
        ("&amp;lt;", "&lt;"),
        ("<@U0000000001|ana> app", "@U0000000001 app"),
        ("<#C0000000001|deploys>", "#C0000000001"),
        ("<https://app.prod|app.prod>", "app.prod"),
        ("<!channel>", "!channel"),
    ],
)
def test_slack_markup_is_undone_once(raw: str, plain: str) -> None:
    """What Slack escaped reads as it was typed, and nothing is unescaped twice."""
    assert plain_text(raw) == plain


words = st.sampled_from([*VERBS, "app", "prod", "to", "→", "because", "2h", SHA, "prod-app-1", "@", "<", "`", "'"])


@given(
    st.lists(st.one_of(words, st.text(max_size=30)), max_size=12).map(" ".join),
    st.sampled_from(["", "/deploy", "/rollback"]),
)
def test_nothing_that_is_typed_breaks_it(text: str, command: str) -> None:
    """Any text at all gives a meaning or a sentence, and every request that comes of it names stacks that exist."""
    found = understand(command, text, FACTS)
    if isinstance(found, Propose | RollBack | RestartService):
        assert found.stack in FACTS.stacks
    if isinstance(found, Unclear):
        assert found.why


def test_no_service_is_called_like_a_verb() -> None:
    """`/deploy continue prod` can mean one thing only: no file of the configuration may have the name of a verb."""
    assert set(VERBS) - COMMANDS == set()
