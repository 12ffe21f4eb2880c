"""The command line: one command a module, loaded only when it is used."""

# Command name to summary: all that `--help` needs to know, so that it imports no command.
COMMANDS = {
    "init": "Begin a platform of your own in a new folder",
    "new": "Add a service, a function or an environment to stacks/",
    "build": "Write the CloudFormation template of every stack",
    "lint": "Check templates with cfn-lint, cloudformation-validate and Slipway's own rules",
    "graph": "Draw which stack uses the outputs of which",
    "cost": "Estimate the monthly cost of an environment",
    "schema": "Print the JSON Schema of a configuration file",
    "publish": "Publish a version: the images, code and templates of a commit. Run it in CI",
    "plan": "Show what apply would change, and the effect of each change",
    "apply": "Deploy all stacks of an environment, with one release for each stack",
    "deploy": "Deploy a version of a service, and follow the release until it ends",
    "promote": "Deploy the last good version of one environment to another",
    "approve": "Approve exactly what a release would change",
    "reject": "Reject a release",
    "cancel": "Cancel a release that has not started",
    "undo": "Stop a release and roll it back",
    "continue": "Continue a rollout that is waiting at a gate",
    "rollback": "Roll a service back to an earlier version",
    "restart": "Restart the tasks of a service, with the version that is running",
    "follow": "Follow a release until it ends",
    "status": "Show which versions are running, open releases and locks",
    "history": "List the releases of a stack",
    "diff": "Show what a release or a stack would change, property by property",
    "report": "Write what happened in a release, for a post-mortem, as Markdown",
    "logs": "Print the logs of a service",
    "drift": "Show what was changed in AWS outside of the templates",
    "lock": "Lock a stack or an environment, so that nothing is released to it",
    "unlock": "Remove a lock or a freeze",
    "freeze": "Freeze an environment: no new releases, only rollbacks",
    "audit": "Verify the release log against its signed heads",
    "github": "Keep comments, deployments and drift issues on GitHub up to date. Run it in CI",
    "worker": "Run a worker, which handles requests and runs releases",
    "bootstrap": "Create home, the foundation of an account and its permissions, with your own credentials",
    "delete": "Empty and delete the stack of a service that stacks/ does not ask for any more",
    "destroy": "Delete an environment that is not protected, or one stack that nothing asks for",
    "sandbox": "Run an embedded AWS on this machine; no AWS account is needed",
    "completion": "Print the script that completes commands, names and releases in your shell",
    "rules": "List the lint rules, or explain one",
    "help": "Explain a command, or a word of Slipway",
}
# Another word for a command, which its help does not list.
ALIASES = {"proceed": "continue"}


def module_of(command: str) -> str:
    """The module of a command: its name, with an underscore if Python reserves the word."""
    from keyword import iskeyword

    return f"generator.cli.{command}_" if iskeyword(command) else f"generator.cli.{command}"
