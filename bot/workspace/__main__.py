"""`python -m bot.workspace`: a local Slack to point any Bolt app at."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.workspace.server import Workspace

EXAMPLES = """examples:
  python -m bot.workspace                          Socket Mode, any free port
  python -m bot.workspace --port 8065 --save w.json   restore the same tokens and messages
  python -m bot.workspace --http http://127.0.0.1:3000/slack/events   signed requests instead
"""
NEXT = """
{name} is at {url} and what people do in the page is {way}.
Next: paste the exports into another terminal, start your app there with
  App(client=WebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]))
and open the address. Ctrl-C stops.
"""


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bot.workspace",
        description="Run a local Slack on 127.0.0.1: a page in the browser, and the API for a Bolt app.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8065, help="port to listen on; another port is used if it is busy")
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep messages and tokens in this file")
    parser.add_argument("--http", default="", metavar="URL", help="deliver to this request URL instead of Socket Mode")
    given = parser.parse_args(arguments)
    if given.http and not given.http.startswith(("http://", "https://")):
        parser.error(f"--http {given.http!r} is not an address. Write for example http://127.0.0.1:3000/slack/events.")
    if not 0 <= given.port <= 65535:
        parser.error(f"--port {given.port} is not a port. Write a number from 1 to 65535, or 0 for any free port.")
    return given


def exports(workspace: Workspace) -> dict[str, str]:
    """What an app wants in its environment. SLACK_API_URL is what `WebClient(base_url=…)` takes."""
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": f"{workspace.url}/api/",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C or SIGTERM. Exports go to stdout, the rest to stderr.

    Returns:
        0 after a clean stop, 1 if it could not start.
    """
    given = _arguments(arguments)
    # aiohttp takes a while to load; --help and mistakes are answered without it.
    from bot.workspace.server import Workspace

    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _signal, _frame: over.set())
    try:
        workspace = Workspace(port=given.port, save_to=given.save, http_url=given.http).start()
    except (ValueError, OSError) as error:
        sys.stderr.write(f"The workspace did not start: {error}\n")
        return 1
    sys.stdout.write("".join(f"export {name}={value}\n" for name, value in exports(workspace).items()))
    sys.stdout.flush()
    way = f"posted to {given.http}" if given.http else "sent through Socket Mode"
    sys.stderr.write(NEXT.format(name=workspace.seed.name, url=workspace.url, way=way))
    over.wait()
    workspace.stop()
    kept = f" Everything is saved in {given.save}; continue later with --save {given.save}." if given.save else ""
    sys.stderr.write(f"Stopped.{kept}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
