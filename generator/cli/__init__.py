"""The command line: one command a module, loaded only when it is asked for."""

# Command name to summary: all that `--help` needs to know, so that it imports no command.
COMMANDS = {
    "build": "Write the CloudFormation template of every stack",
    "lint": "Check templates with cfn-lint, cloudformation-validate and Slipway's own rules",
    "graph": "Draw which stack feeds which",
    "cost": "Estimate what an environment costs a month",
    "schema": "Print the JSON Schema of a configuration file",
    "publish": "Publish a version: images, code and templates of a commit; CI calls it",
    "plan": "Show what apply would change, and what that means",
    "apply": "Bring an environment to what stacks/ says, one release a stack",
    "deploy": "Bring a version to a service, and follow it to its end",
    "promote": "Bring what runs well in one environment to another",
    "approve": "Agree to exactly what a release would do now",
    "reject": "Say no to a release",
    "cancel": "Take a release back that has not begun",
    "undo": "Stop a release and go back, by whatever way is open",
    "continue": "Let a rollout go on that waits at its gate",
    "rollback": "Bring an earlier version back",
    "follow": "Watch a release to its end",
    "status": "Show what runs where, and what is going on",
    "history": "List the releases of a stack",
    "diff": "Show what a release or a stack would change, value by value",
    "logs": "Print what a service prints",
    "drift": "Show what differs from the templates in AWS",
    "lock": "Hold releases back, with a reason",
    "unlock": "Take a lock or a freeze away",
    "freeze": "Let nothing new be released; the way back stays open",
    "audit": "Verify the release log against its signed heads",
    "worker": "Run a worker here: take requests and move releases",
    "bootstrap": "Make home and an account's foundation, with your own credentials",
    "destroy": "Delete an environment that is not protected",
    "sandbox": "Run an embedded AWS on this machine, without an account",
    "rules": "List the lint rules, or explain one",
}
# Another word for a command, which its help does not list.
ALIASES = {"proceed": "continue"}


def module_of(command: str) -> str:
    """The module of a command: its name, with an underscore where Python keeps the word for itself."""
    from keyword import iskeyword

    return f"generator.cli.{command}_" if iskeyword(command) else f"generator.cli.{command}"
