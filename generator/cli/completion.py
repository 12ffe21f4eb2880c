"""``slipway completion bash|zsh|fish``: the script that makes Tab complete commands, names and releases."""

import argparse

from generator.cli.output import Output

EXAMPLES = [
    'slipway completion bash            # in ~/.bashrc write: eval "$(slipway completion bash)"',
    'slipway completion zsh             # in ~/.zshrc, after compinit: eval "$(slipway completion zsh)"',
    "slipway completion fish | source   # in ~/.config/fish/config.fish",
]
DOCUMENTS = ("completion",)
_SHELLS = ("bash", "zsh", "fish")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=_SHELLS, metavar="|".join(_SHELLS), help="the shell that you use")


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the script; argcomplete keeps it for each shell."""
    from argcomplete.shell_integration import shellcode

    script = shellcode(["slipway"], shell=args.shell)
    if args.json:
        from generator.cli.documents.platform_documents import CompletionDocument

        out.data(CompletionDocument(shell=args.shell, script=script))
    else:
        out.block(script.rstrip("\n") + "\n")
    return 0
