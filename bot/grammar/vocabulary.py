"""The words that the bot understands, besides the names of the platform. Data alone.

A name of the platform comes before an alias: where a service is called ``queue``, the word means that service. No
service can have the name of a verb (``generator/config/rules/names.py``).
"""

from collections.abc import Mapping

# Each verb with the other words for it. Phrases are joined by spaces.
_ALIASES: Mapping[str, str] = {
    "deploy": "release,ship,push,launch,rollout,roll out,put,update,upgrade,deliver,deploying",
    "apply": "",
    "plan": "preview,dry run,dry-run,dryrun,simulate",
    "promote": "",
    "rollback": "roll back,revert,back out,backout,go back,restore,downgrade,rolled back",
    "restart": "redeploy,re-deploy,reboot,bounce,recycle,force new deployment",
    "status": "state,health,overview,info,describe,dashboard,running,details,versions,version,current",
    "history": "releases,deployments,deploys,recent,timeline",
    "diff": "changelog,changes,compare,difference,differences,delta,what changed",
    "logs": "log,tail,output,stdout",
    "where": "find,locate,whereis",
    "locks": "freezes,locked,frozen",
    "open": "queue,waiting,pending,inbox,todo,approvals,in progress",
    "environments": "envs,environment,services,stacks,apps",
    "cancel": "withdraw,call off,nevermind,never mind",
    "abort": "stop,halt",
    "undo": "",
    "continue": "proceed,resume,go ahead,go on,carry on,unpause",
    "approve": "lgtm,accept,agree,shipit,ship it,+1,👍,:+1,:thumbsup,:shipit,:white_check_mark,yes,ok,okay,looks good,looks good to me,approved",
    "reject": "deny,decline,refuse,veto,disapprove,no",
    "retry": "rerun,try again,run again,release again,again",
    "lock": "hold,block",
    "freeze": "",
    "unlock": "unblock,unhold,free",
    "unfreeze": "thaw",
    "help": "?,commands,usage,man,hi,hello,hey,start",
    "thanks": "thank you,thx,ty,cheers,thank,great,nice",
}
VERBS: Mapping[str, str] = {
    alias: verb for verb, others in _ALIASES.items() for alias in (verb, *others.split(",")) if alias
} | {"roll-back": "rollback"}
# Verbs that may also stand behind the names: "app prod restart".
LATER = (set(_ALIASES) | {"redeploy", "revert", "roll back", "changelog", "health", "tail", "log"}) - {
    "open",
    "where",
    "environments",
    "thanks",
}
LOOKING = {"status", "history", "diff", "logs", "where", "locks", "open", "environments", "help", "thanks", "plan"}
# Verbs that only lead to another one: "show the logs".
SHOWING = {"show", "get", "list", "ls", "view", "see", "give", "display", "check", "tell"}
# Words before a verb that looks: "the last deployments".
LEADING = {"me", "us", "the", "all", "a", "my", "last", "recent", "your", "current"}
# What turns a request into its opposite, or ties it to something: nothing is requested then.
NEGATIONS = {"not", "don't", "dont", "never", "without", "except", "unless", "if", "but", "instead"}
# Nouns behind a verb that say nothing more: "cancel the deploy".
NOUNS = {"deploy", "deployment", "release", "rollout", "rollback", "restart", "change", "changes", "freeze", "lock"}

# Words without a meaning of their own. "not", "except", "after" and their like must never be here.
FILLERS = {
    "to", "in", "on", "onto", "into", "from", "at", "with", "for", "please", "pls", "plz", "thanks", "thx", "→", "->",
    "=>", "-->", ">", "@", "the", "a", "an", "of", "my", "our", "version", "release", "service", "environment", "env",
    "commit", "sha", "branch", "stack", "and", "&", "+", "now", "asap", "immediately", "it", "this", "that", "me", "us",
    "thank", "you", "using", "rev", "revision", "build", "back", "kindly",
}  # fmt: skip
# What comes before a request that is asked for politely.
POLITE = (
    "hey", "hi", "hello", "slipway", "bot", "so", "please", "pls", "plz", "kindly", "just", "can you", "could you",
    "would you", "will you", "can u", "i want to", "i want you to", "i need to", "i need you to", "i would like to",
    "i'd like to", "let's", "lets", "let us", "we want to", "we need to", "need to", "want to", "time to", "go and",
)  # fmt: skip
ALL = {"all", "everything", "everywhere", "*", "every", "anything"}
NEWEST = {"latest", "newest", "head", "tip"}
LAST = {"last", "previous", "prior", "before", "good"}
# Other words for an environment, if exactly one of a row is the name of one.
SYNONYMS = (
    ("prod", "production", "live"),
    ("staging", "stage", "stg"),
    ("dev", "development", "develop"),
    ("test", "testing"),
    ("int", "integration"),
)
# Words of a time: where nobody said how to read them, they are no reason.
TIMES = {
    "tonight", "today", "tomorrow", "later", "soon", "morning", "evening", "afternoon", "night", "noon", "midnight",
    "weekend", "week", "day", "days", "hour", "hours", "minute", "minutes", "month", "until", "till", "monday", "tuesday",
    "wednesday", "thursday", "friday", "saturday", "sunday", "while", "eod", "now", "before", "after", "next", "from",
}  # fmt: skip
# What people ask for and chat does not do: what to use instead.
ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("scale", "resize"), "change `tasks` of the service in `stacks/`, merge it, then release it with `/deploy`"
    ),
    **dict.fromkeys(
        ("destroy", "delete", "remove", "teardown", "kill"),
        "nothing is deleted from chat; in a terminal: `slipway destroy`, or `slipway delete` for a stack that `stacks/` no longer has",
    ),
    **dict.fromkeys(
        ("create", "new", "add", "init"), "write it in `stacks/`; in a terminal `slipway new` writes the file"
    ),
    **dict.fromkeys(
        ("build", "publish", "test", "merge"), "CI does this for each commit of the default branch, then `/deploy` offers it"
    ),
    **dict.fromkeys(
        ("config", "secret", "secrets", "set"), "change it in `stacks/` (secrets: in Secrets Manager), merge it, then release"
    ),
    **dict.fromkeys(("drift", "cost", "audit", "doctor", "graph", "report"), "use it in a terminal: `slipway {}`"),
    "schedule": "a release starts when it is requested and approved; ask at the time at which it is to start",
    "pause": "to hold releases back, use `/deploy lock app prod because …`; a rollout waits where `rollout.pause` says",
    "hotfix": "a fix is released like every version, `/deploy app prod because …`; `break glass because …` skips approvals",
    "ping": "the bot is here: `/deploy status` shows what is running",
    "ssh": "nobody logs in to tasks from chat; `/deploy logs app prod` shows what they print",
}  # fmt: skip
