"""``python -m bot``: the front and a worker in one process. ``web`` and ``worker`` run one of them, in any number."""

import argparse
import faulthandler
import importlib.util
import os
import signal
import sys
import threading
from collections.abc import Sequence

from generator.proxies import settle

EXAMPLES = """examples:
  python -m bot              front and worker in one process
  python -m bot web          the front only: Socket Mode, or HTTP with SLACK_TRANSPORT=http
  python -m bot worker       a worker only
  python -m bot doctor       check tokens, scopes, channels, groups, table and queue
  python -m bot demo         everything on this machine, in a browser; no account is needed
  python -m bot manifest     print the app manifest to paste into api.slack.com/apps
settings come from the environment: SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET (or NAME_FILE), SLACK_TRANSPORT,
SLACK_PORT, HEALTH_PORT, SLIPWAY_STACKS; see docs/slack.md
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; 0 done, 1 failed, 2 wrong settings."""
    words = sys.argv[1:] if argv is None else list(argv)
    settle(os.environ)
    if words[:1] == ["demo"]:
        if not _installed("demo", "bot.workspace", "ministack", "aiohttp", "slack_bolt"):
            return 2
        from bot.demo.demo import main as demo

        return demo(words[1:], _stopped())
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Slipway's Slack bot.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "command", nargs="?", default="both", choices=("both", "web", "worker", "doctor", "manifest", "demo")
    )
    parser.add_argument("--sandbox", action="store_true", help="use the embedded AWS of this checkout")
    parser.add_argument("--json", action="store_true", help="doctor: print the checks as JSON")
    given = parser.parse_args(words)
    match given.command:
        case "manifest":
            from bot.manifest import text

            sys.stdout.write(text())
            return 0
        case _ if not _installed("bot", "aiohttp", "slack_bolt"):
            return 2
        case "doctor":
            from bot.access import connect
            from bot.doctor import main as doctor

            return doctor(connect(sandbox=given.sandbox), as_json=given.json)
        case part:
            from bot import logs
            from bot.access import connect
            from bot.supervisor import serve

            logs.start()
            return serve(part, connect(sandbox=given.sandbox), _stopped())


def _installed(extra: str, *packages: str) -> bool:
    """Whether the packages of an extra are installed. The image of the bot, for example, has none of the demo."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed; "
            f"Slipway's extra `{extra}` installs what this command needs; see Install in the README\n"
        )
    return not missing


def _stopped() -> threading.Event:
    """An event that SIGTERM sets, with which ECS stops a task, and Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


if __name__ == "__main__":
    # A crash inside a C extension ends a process without a word; this writes where every thread was.
    faulthandler.enable()
    sys.exit(main())
