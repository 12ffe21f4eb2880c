"""The command line: one command a module, loaded only when it is asked for."""

# Command name to summary: all that `--help` needs to know, so that it imports no command.
COMMANDS = {
    "build": "Write the CloudFormation template of every stack",
    "lint": "Check templates with cfn-lint, cloudformation-validate and Slipway's own rules",
    "graph": "Draw which stack feeds which",
    "cost": "Estimate what an environment costs a month",
    "schema": "Print the JSON Schema of a configuration file",
    "sandbox": "Run an embedded AWS on this machine, without an account",
    "rules": "List the lint rules, or explain one",
}
