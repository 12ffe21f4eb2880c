"""Questions: "what's on prod?", "who deployed app?", "is prod locked?". A question is only ever answered. Pure."""

from collections.abc import Mapping, Sequence

from bot.grammar.mentioned import Mentioned, labels, read
from bot.grammar.sentence import Sentence
from bot.intents import Show
from generator.errors import UsageError
from generator.release.model.platform import PlatformFacts

FIRST = {
    "what", "what's", "whats", "which", "who", "who's", "whos", "when", "where", "where's", "why", "how", "is", "are",
    "was", "were", "did", "has", "have", "does", "do", "can", "may", "should", "could", "any", "anything", "will",
}  # fmt: skip
# What a question is about, by its words; the first row that has one of them counts.
_ABOUT: Mapping[str, set[str]] = {
    "locks": {"locked", "lock", "locks", "frozen", "freeze", "freezes", "froze", "held", "holds", "holding", "blocked"},
    "why": {"why", "failed", "fail", "wrong", "broke", "broken", "crashed", "crash", "happened", "cause"},
    "open": {"waiting", "waits", "pending", "open", "queue", "queued", "progress", "happening", "approve", "approves",
             "approval", "approvals"},
    "diff": {"changed", "changes", "change", "new", "differs", "different", "difference", "diff", "unreleased"},
    "history": {"deployed", "released", "shipped", "pushed", "rolled", "reverted", "who", "who's", "whos", "when", "history", "asked", "requested",
                "deploys", "deployments", "releases", "did", "has", "have", "was", "were"},
    "logs": {"logs", "log", "printed", "prints"},
}  # fmt: skip
_IGNORED = {
    "running", "runs", "run", "live", "up", "down", "healthy", "ok", "okay", "fine", "right", "versions", "there", "been",
    "be", "i", "we", "currently", "status", "state", "out", "by", "still", "yet", "already", "today", "one", "time",
    "deploy", "going", "as", "or", "so", "just", "safe", "allowed", "free", "able", "ready", "possible", "last", "latest",
    "current", "code", "roll", "rollback", "recently", "done", "finished", "over", "gone", "went", "available", "services",
    "am", "an", "tell", "show", "not", "which", "what's", "good", "came", "come", "get", "got", "happen",
}  # fmt: skip


def is_question(sentence: Sentence, facts: PlatformFacts) -> bool:
    """Whether the line asks. "Can you deploy …?" is a request, as is what begins with the name of a service."""
    first = sentence.words[0].lower().strip("`'\"?!,") if sentence.words else ""
    if sentence.polite or first in {*facts.environments, *labels(facts)}:
        return sentence.asks and not sentence.polite
    return (not sentence.verb and first in FIRST) or (sentence.asks and sentence.verb not in {"help", ""})


def answer(words: Sequence[str], facts: PlatformFacts) -> Show:
    """What a question wants to see.

    Raises:
        UsageError: a word of it is neither a name nor a usual word of questions.
    """
    lower = [w.lower().strip("`'\",;!.").rstrip("?") for w in words]
    if lower[:1] == ["how"] or {"you"} & set(lower[1:3]):
        return Show("help")
    about = next((what for what, signs in _ABOUT.items() if signs & set(lower)), "status")
    if {"this", "it", "that"} & set(lower) and not {*facts.environments, *labels(facts)} & set(lower):
        return Show("release")
    ignored = FIRST | _IGNORED | set().union(*_ABOUT.values())
    names = {*facts.environments, *labels(facts)}
    found = read([w for w, low in zip(words, lower, strict=True) if low in names or low not in ignored], facts)
    return show(about, found)


def show(about: str, found: Mentioned, note: str = "") -> Show:  # noqa: PLR0911 - one for each thing that can be named
    """What is to be seen of what these words name: a release, a commit, a stack, a service, an environment, or all.

    Raises:
        UsageError: a word is not understood, or too little is named.
    """
    found.refuse("service", "environment", "release", "commit", "newest", "last", "all", "region")
    release, commit = found.one("release", "status {}"), found.one("commit", "where is {}")
    if release:
        return Show("release", release, note)
    if commit and not found.all("service") and about in {"status", "history", "where"}:
        return Show("where", commit)
    service = found.one("service", f"/deploy {about} {{}}")
    if about == "diff" and len(found.all("environment")) == 2:
        return Show("status", f"*/{service}" if service else "", note)
    environment = found.one("environment", f"/deploy {about} {{}}")
    if about == "why":
        about = "history" if not service or not environment else "why"
    if about in {"locks", "open", "environments"}:
        return Show(about, environment)
    if service and environment:
        return Show(about, stack_key(found.facts, service, environment), note)
    if about == "diff" and not service and not environment:
        return Show("history")
    if about in {"diff", "logs", "plan", "why"}:
        return Show(about, _only(found.facts, about, service, environment), note)
    return Show(about, f"*/{service}" if service else environment, note)


def stack_key(facts: PlatformFacts, service: str, environment: str) -> str:
    """The key of a service or stack in an environment.

    Raises:
        UsageError: it does not exist there.
    """
    from generator.catalog import stack_names

    return stack_names.stack(facts, environment, service).ref.key


def _only(facts: PlatformFacts, verb: str, service: str, environment: str) -> str:
    """The only stack that is named by half. Else each that it may be is written out."""
    if environment and not service:
        here = [f.ref.label for f in facts.stacks.values() if f.ref.environment == environment and f.ref.service]
        choices = [f"`/deploy {verb} {label} {environment}`" for label in here[:6]]
    elif service:
        keys = [f.ref for f in facts.stacks.values() if service in {f.ref.label, f.ref.stack}]
        if len(keys) == 1:
            return keys[0].key
        choices = [f"`/deploy {verb} {service} {ref.environment}`" for ref in keys[:6]]
    else:
        choices = []
    raise UsageError(f"name a service and an environment: {' or '.join(choices) or f'/deploy {verb} app prod'}")
