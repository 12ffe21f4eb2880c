"""``slipway --help`` as a fixed text, because building an argument parser takes longer than starting Python."""

from generator.cli import COMMANDS


def text() -> str:
    """The list of commands, how to get help on one, and an example."""
    width = max(map(len, COMMANDS)) + 2
    commands = "\n".join(f"  {name:{width}}{summary}" for name, summary in COMMANDS.items())
    return f"""\
usage: slipway COMMAND [OPTION ...]

Build, lint and release the CloudFormation of an ECS platform.

commands:
{commands}

options:
  -h, --help  show this, or with a command what it takes: slipway build --help
  --version   print the version

Example: slipway build prod && slipway lint prod
"""
