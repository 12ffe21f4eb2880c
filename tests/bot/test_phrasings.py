"""What people typed, what each means by it, and what the bot does: it does that, or says what to write."""

import pytest

from bot.commands import understand
from bot.intents import Form, Indirect, Intent, Show, Unclear
from generator.release.model.requests import Decide, Lock, Propose, RestartService, RollBack, Unlock
from tests.release.fake_platform import FakePlatform

FACTS = FakePlatform().facts
APP, WEB = "prod/service-app", "prod/service-web"
SHA = "9c3ef8a13f13"
NEWEST = Propose(id="", stack=APP)
THIS = Propose(id="", stack=APP, version=SHA)
BACK = RollBack(id="", stack=APP)
LINK = "<https://github.com/acme/slipway/commit/9c3ef8a13f13aa>"

# The line, what a person means by it, and what the bot does: a request, an answer, or a part of the sentence that helps.
PHRASINGS: list[tuple[str, str, Intent | str]] = [
    ("/deploy app prod", "the newest version to prod", NEWEST),
    ("/deploy app to prod", "the same", NEWEST),
    ("/deploy deploy app to production", "the same, with prod's long name", NEWEST),
    ("/deploy app/main to prod", "the newest of main", NEWEST),
    ("/deploy app/feature-x to prod", "a branch, which no release can be of", "only main is released by branch name"),
    ("/deploy app/release-1.2 to staging", "likewise", "only main is released by branch name"),
    ("/deploy app #123 prod", "the version of a pull request", Indirect("propose", stack=APP, pull=123)),
    ("/deploy app PR 123 to prod", "likewise", Indirect("propose", stack=APP, pull=123)),
    ("/deploy app prod v1.2.3", "a tag, which is no version", "'v1.2.3' is not a version; write seven to forty digits"),
    (f"/deploy app@{SHA} to prod", "this commit", THIS),
    (f"/deploy app:{SHA} prod", "this commit", THIS),
    (f"/deploy {SHA} to prod", "this commit, of a service that is not named", Form(environment="prod", version=SHA)),
    ("/deploy app prod 9c3ef8a", "this commit", Propose(id="", stack=APP, version="9c3ef8a")),
    ("/deploy app prod 9C3EF8A13F13", "this commit", THIS),
    (f"/deploy app prod {LINK}", "the commit of the link", Propose(id="", stack=APP, version="9c3ef8a13f13aa")),
    ("/deploy app prod HEAD", "the newest", NEWEST),
    ("/deploy app prod main", "the newest of main", NEWEST),
    ("/deploy app prod latest", "the newest", NEWEST),
    ("/deploy app,web to prod", "two releases", "write one request for each: `/deploy app prod` and `/deploy web prod`"),
    ("/deploy app and web to prod", "two releases", "write one request for each"),
    ("/deploy all prod", "the whole environment", "use in a terminal: `slipway apply prod`"),
    ("/deploy prod app", "the newest version to prod", NEWEST),
    ("/deploy ap prod", "a typing error", "'ap' is not a command, a service or an environment; did you mean app?"),
    ("/deploy app prdo", "a typing error", "'prdo' is not a command, a service or an environment; did you mean prod?"),
    ("/deploy app", "app, to be asked where", Form(service="app")),
    ("/deploy prod", "prod, to be asked what", Form(environment="prod")),
    ("/deploy ", "the form", Form()),
    ("/deploy app to prod!", "the newest version to prod", NEWEST),
    ("/deploy app prod --force", "without asking anybody", "'--force' does not exist; who may pass approvals and locks writes"),
    ("/deploy hotfix app prod", "a fix, quickly", "'hotfix' is not done in chat: a fix is released like every version"),
    ("/deploy app prod please", "the newest version to prod", NEWEST),
    ("/deploy App Prod", "the same", NEWEST),
    ("/deploy `app` `prod`", "the same", NEWEST),
    ("/deploy app prod in us-east-1", "another Region than prod's", "prod is in eu-west-1; leave the region out"),
    ("/deploy redeploy app prod", "new tasks of the same version", RestartService(id="", stack=APP)),
    ("/deploy restart app prod", "new tasks of the same version", RestartService(id="", stack=APP)),
    ("/deploy rollback app prod", "the version before", BACK),
    ("/deploy revert app prod", "the version before", BACK),
    ("/deploy roll back app on prod", "the version before", BACK),
    ("/deploy undo app prod", "what is open of app, else what runs, is to be undone", Indirect("undo", stack=APP)),
    ("/deploy undo", "a release that is not named", Decide(id="", release="", verdict="undo")),
    ("/rollback app prod", "the version before", BACK),
    ("/rollback app prod 2", "two back, or release 2", "name a release: /rollback app prod prod-app-2"),
    ("/rollback app prod last", "the version before", BACK),
    ("/rollback prod-app-4", "back from this release, or to it", Indirect("rollback", release="prod-app-4")),
    ("/rollback app prod to prod-app-2 because bad", "the version of that release",
     RollBack(id="", stack=APP, release="prod-app-2", reason="bad")),
    ("/deploy status", "what runs", Show("status")),
    ("/deploy status prod", "what runs in prod", Show("status", "prod")),
    ("/deploy status app prod", "what runs there", Show("status", APP)),
    ("/deploy what's on prod?", "what runs in prod", Show("status", "prod")),
    ("/deploy what is running on prod", "what runs in prod", Show("status", "prod")),
    ("/deploy who deployed app?", "the releases of app, with who asked", Show("history", "*/app")),
    ("/deploy who deployed app to prod", "those to prod", Show("history", APP)),
    (f"/deploy where is {SHA}", "which stacks run it", Show("where", SHA)),
    ("/deploy list", "what runs", Show("status")),
    ("/deploy envs", "the names of environments", Show("environments")),
    ("/deploy services", "the names of services", Show("environments")),
    ("/deploy info prod-app-4", "how that release stands", Show("release", "prod-app-4")),
    ("/deploy prod-app-4", "how that release stands", Show("release", "prod-app-4")),
    ("/deploy status prod-app-4", "how that release stands", Show("release", "prod-app-4")),
    ("/deploy lock prod db migration", "hold prod back, for this reason", Lock(id="", scope="prod/*", reason="db migration")),
    ("/deploy lock prod because db migration", "the same", Lock(id="", scope="prod/*", reason="db migration")),
    ("/deploy lock app prod 2h because db", "for two hours", Lock(id="", scope=APP, reason="db", hours=2.0)),
    ("/deploy lock app prod until 18:00 because db", "until then", Lock(id="", scope=APP, reason="db", hours=-1)),
    ('/deploy lock prod "db migration"', "hold prod back, for this reason", Lock(id="", scope="prod/*", reason="db migration")),
    ("/deploy freeze prod until monday because holidays", "until Monday begins",
     Lock(id="", scope="prod/*", reason="holidays", hours=-1, freeze=True)),
    ("/deploy unlock app prod", "no lock", Unlock(id="", scope=APP)),
    ("/deploy locks", "what is locked, by whom", Show("locks")),
    ("/deploy queue", "what is open or waits", Show("open")),
    ("/deploy promote app staging prod", "what staging runs, to prod", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy promote app from staging to prod", "the same", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy promote app to prod", "from where prod's rule says, if there is one", "/deploy promote app staging prod"),
    ("/deploy promote app", "a promotion, of which the environments are missing", "name a service and two environments"),
    ("/deploy logs app prod", "its last lines", Show("logs", APP)),
    ("/deploy logs app", "its last lines, in an environment that is not named", "`/deploy logs app prod`"),
    ("/deploy tail app prod", "its last lines", Show("logs", APP)),
    ("/deploy logs app prod 100", "more lines than chat shows", Show("logs", APP, "slipway logs app prod --since 1h")),
    ("/deploy logs app prod --since 1h", "older lines than chat shows", Show("logs", APP, "slipway logs app prod --since 1h")),
    ("/deploy history app", "its releases everywhere", Show("history", "*/app")),
    ("/deploy history", "the last releases of all", Show("history")),
    ("/deploy diff app prod", "what is published and not released", Show("diff", APP)),
    ("/deploy changelog app prod", "the same", Show("diff", APP)),
    ("/deploy help", "help", Show("help")),
    ("/deploy ?", "help", Show("help")),
    ("/deploy help lock", "how to lock", Show("help", "lock")),
    ("/deploy commands", "help", Show("help")),
    ("/deploy hi", "what the bot is", Show("help")),
    ("/deploy approve", "approve what waits", Indirect("approve")),
    ("/deploy lgtm", "approve what waits", Indirect("approve")),
    ("/deploy reject prod-app-4 because no", "reject it", Decide(id="", release="prod-app-4", verdict="reject", reason="no")),
    ("/deploy cancel app prod", "what is open of app is to end", Indirect("cancel", stack=APP)),
    ("/deploy cancel", "a release that is not named", Decide(id="", release="", verdict="cancel")),
    ("/deploy abort app prod", "stop what is open of app, however far it is", Indirect("abort", stack=APP)),
    ("/deploy continue prod-app-4", "open its gate", Decide(id="", release="prod-app-4", verdict="continue")),
    ("/deploy retry prod-app-4", "the same release again", Indirect("retry", release="prod-app-4")),
    ("@slipway app prod", "the newest version to prod", NEWEST),
    ("@slipway undo", "undo the release of this thread", Decide(id="", release="", verdict="undo")),
    ("@slipway status", "what runs", Show("status")),
    ("@slipway what's on prod?", "what runs in prod", Show("status", "prod")),
    ("@slipway thanks!", "nothing", Show("thanks")),
    ("@slipway can you deploy app to prod?", "the newest version to prod", NEWEST),
    ("@slipway approve", "approve the release of this thread", Indirect("approve")),
    # Beyond the list: more words, other orders, and what must never become a request.
    ("/deploy ship app to prod", "the newest version to prod", NEWEST),
    ("@slipway hey, can you please deploy the latest app to production?", "the same", NEWEST),
    ("/deploy prod/app", "the same", NEWEST),
    ("/deploy app from staging to prod", "what staging runs", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy app staging to prod", "what staging runs", Propose(id="", stack=APP, promote_from="staging")),
    ("/deploy app staging prod", "two environments, or a promotion", "`/deploy promote app staging prod`"),
    ("/deploy app prod https://github.com/acme/slipway/pull/42", "a pull request", Indirect("propose", stack=APP, pull=42)),
    ("/deploy app prod restart", "new tasks", RestartService(id="", stack=APP)),
    ("/deploy app prod status", "what runs there", Show("status", APP)),
    ("/deploy status app", "what runs of app everywhere", Show("status", "*/app")),
    ("/deploy show me the logs of app in prod", "its last lines", Show("logs", APP)),
    ("/deploy cancel the deploy of app to prod", "what is open of app is to end", Indirect("cancel", stack=APP)),
    ("/deploy undo the last deploy of app in prod", "likewise", Indirect("undo", stack=APP)),
    ("/deploy approve prod-app-2", "approve this release", Indirect("approve", release="prod-app-2")),
    ("/deploy who locked prod?", "who holds it", Show("locks", "prod")),
    ("/deploy is prod locked?", "who holds it", Show("locks", "prod")),
    ("/deploy what's waiting?", "what waits for people", Show("open")),
    ("/deploy why did app fail on prod", "the cause of its last release", Show("why", APP)),
    ("/deploy what changed in app prod", "what is published and not released", Show("diff", APP)),
    ("@slipway who deployed this?", "the release of this thread", Show("release")),
    ("/deploy plan prod network", "to look at what would change", Show("plan", "prod/network")),
    ("/deploy web prod --dry-run", "to look at what would change", Show("plan", WEB)),
    ("/deploy app prod?", "a question, so nothing is requested", Show("status", APP, "A question requests nothing")),
    ("/deploy can I deploy app to prod?", "a question, too", Show("status", APP, "A question requests nothing")),
    ("/deploy don't deploy app to prod", "no release", "so nothing is requested"),
    ("/deploy do not deploy app to prod", "no release", "so nothing is requested"),
    ("/deploy everything except app to prod", "not app", "so nothing is requested"),
    ("/deploy app prod at 18:00", "a release later", "a release starts when it is requested and approved"),
    ("/deploy delete app prod", "no stack any more", "nothing is deleted from chat"),
    ("/deploy app prod frobnicate", "something unknown", "'frobnicate' is not a command"),
    ("/deploy frobnicate app prod", "something unknown", "'frobnicate' is not a command"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "meaning", "does"), PHRASINGS, ids=[line for line, _, _ in PHRASINGS])
def test_a_phrase_does_what_is_meant_or_says_what_to_write(line: str, meaning: str, does: Intent | str) -> None:
    """Each of the lines that people typed; a sentence of help never comes with a request."""
    command, _, text = line.partition(" ")
    found = understand("" if command == "@slipway" else command, text, FACTS)
    assert meaning
    if isinstance(does, str):
        assert isinstance(found, Unclear), found
        assert does in found.why
    elif isinstance(does, Show):
        assert isinstance(found, Show), found
        assert (found[:2], does.note in found.note) == (does[:2], True)
        assert bool(found.note) is bool(does.note)
    elif isinstance(does, Lock) and does.hours < 0:
        assert isinstance(found, Lock)
        assert 0 < found.hours <= 7 * 24
        assert (found.scope, found.reason, found.freeze) == (does.scope, does.reason, does.freeze)
    else:
        assert found == does
