"""``python -m bot demo``: the whole system in a browser, or a scripted tour with ``--tour``."""

import argparse
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.demo.environments import EnvironmentProgress, NotSetUpError
from bot.demo.folder import CHANNEL, ENVIRONMENT, SERVICE, Folder
from generator.config.errors import ConfigurationError
from generator.errors import UsageError
from generator.release.errors import ReleaseError
from generator.safe_text import lines

if TYPE_CHECKING:
    from bot.demo.system import Demo
    from bot.workspace.server import Workspace

EXAMPLES = """examples:
  python -m bot demo            set everything up (about a minute, once) and open the page; Ctrl-C stops it, and the next start continues
  python -m bot demo --fresh    start without the state of earlier demos
  python -m bot demo --tour     play the tour without a browser, print it, and end with exit code 0 or 1
"""
_SAVE_EVERY = 20.0
_TOUR_SPEED = 0.01


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """The options."""
    from bot.demo.system import PORT, SPEED

    parser = argparse.ArgumentParser(
        prog="python -m bot demo",
        description="The whole system on this machine: an embedded AWS, a local Slack, the bot and a worker.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tour", action="store_true", help="play the tour, without a browser")
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        metavar="N",
        help=f"port of the page (default {PORT}); another port is used if it is busy",
    )
    parser.add_argument("--fresh", action="store_true", help="start without the state of earlier demos")
    parser.add_argument(
        "--real", action="store_true", help="run app as real processes behind a real load balancer; needs HAProxy"
    )
    parser.add_argument("--quiet", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--speed", type=float, metavar="X", help=f"seconds for each second that AWS takes (default {SPEED:g})"
    )
    given = parser.parse_args(argv)
    if not 0 <= given.port < 65536:
        parser.error(f"--port {given.port} is not a port; write a number from 1 to 65535, or 0 for any")
    if given.speed is not None and not 0 <= given.speed <= 1:
        parser.error(f"--speed {given.speed:g}: write a number from 0 (instant) to 1 (as slow as AWS)")
    return given


def main(argv: Sequence[str], stop: threading.Event, checkout: Path | None = None) -> int:
    """Return 0 after Ctrl-C or a successful tour, 1 after a failure, 2 for wrong ``stacks/`` or options."""
    given = arguments(argv)
    home = checkout or Path.cwd()
    # A tour begins again each time and leaves the demo of people alone.
    folder = Folder(home, home / ".cache" / "tour" if given.tour else None, real=given.real)
    folder.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        return _tour(given, folder) if given.tour else _demo(given, folder, stop)
    except KeyboardInterrupt:
        _say("stopped during the setup; the next start begins the setup again")
        return 1
    except (ConfigurationError, UsageError) as error:
        _say(f"{error}")
        return 2
    except (NotSetUpError, ReleaseError, OSError) as error:
        _say(f"the demo failed: {error}\nsee {folder.log}, or start again with --fresh")
        return 1


def _demo(given: argparse.Namespace, folder: Folder, stop: threading.Event) -> int:
    from bot.demo.system import SPEED, DemoOptions, running
    from bot.demo.welcome import Welcome

    progress, welcome = Progress(), Welcome()

    def opened(workspace: "Workspace") -> None:
        welcome.opened(workspace)
        busy = f" (port {given.port} is busy)" if given.port and workspace.port != given.port else ""
        _say(f"The page is open: {workspace.url}{busy}. It shows how the rest is set up.")
        if not given.quiet and _has_display():
            import webbrowser

            webbrowser.open(workspace.url)

    def show(places: Sequence[EnvironmentProgress]) -> None:
        progress.show(places)
        welcome.show(places)

    speed = SPEED if given.speed is None else given.speed
    began = time.monotonic()
    _log(folder)
    with running(folder, DemoOptions(given.port, given.fresh, speed, opened, show, stop.is_set, given.real)) as demo:
        progress.close()
        welcome.ready(demo)
        took = time.monotonic() - began
        sys.stdout.write(_greeting(demo, given.port, took))
        sys.stdout.flush()
        while not stop.wait(_SAVE_EVERY):
            demo.workspace.ask(demo.workspace.save)
        _say("stopping; the state is kept, and `make demo` continues with it")
    return 0


def _tour(given: argparse.Namespace, folder: Folder) -> int:
    from bot.demo.system import DemoOptions, running
    from bot.demo.tour import NotSeen, Tour

    progress = Progress()
    _log(folder)
    speed = _TOUR_SPEED if given.speed is None else given.speed
    with running(folder, DemoOptions(port=0, fresh=True, speed=speed, show=progress.show)) as demo:
        progress.close()
        try:
            Tour(demo, _print).play()
        except NotSeen as error:
            _print(f"\nThe tour stopped: {error}")
            return 1
    _print("\nAll steps succeeded. To try it yourself, run: make demo")
    return 0


def _print(line: str) -> None:
    sys.stdout.write(f"{lines(line)}\n")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(f"{lines(line)}\n")


def _log(folder: Folder) -> None:
    """The bot's log goes to a file, so that it does not appear between the lines for people."""
    from bot.logs import JsonFormatter

    stream = logging.FileHandler(folder.log, encoding="utf-8")
    stream.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [stream]
    root.setLevel(logging.WARNING)


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _greeting(demo: "Demo", asked_port: int, took: float) -> str:
    busy = f" (port {asked_port} is busy)" if asked_port and demo.workspace.port != asked_port else ""
    crashes, widens = demo.short("crashes"), demo.short("widens")
    again = "The state of the last demo was restored" if demo.resumed else f"Ready after {took:.0f} s"
    return f"""
{again}. Open {demo.url}{busy}
You are Ana in #{CHANNEL}; with "Act as" at the left you become another person, and "The cloud" shows what AWS does.
{_board(demo)}{_tasks(demo)}

Four things to try:
  1. Type  /deploy {SERVICE} {ENVIRONMENT}  then act as Ben, press Approve, and watch.
  2. Type  /rollback {SERVICE} {ENVIRONMENT}  to roll back a good version; one person is enough.
  3. Type  /deploy {SERVICE} {ENVIRONMENT} {crashes}  and let Ben approve: that version crashes. It is rolled back automatically, with the reason.
  4. Type  /deploy {SERVICE} {ENVIRONMENT} {widens}  which adds permissions, so that two approvals are needed. Gus, a guest, can't approve.

Ctrl-C stops everything; the next `make demo` continues from here, and `make demo FRESH=1` starts again.
"""


def _board(demo: "Demo") -> str:
    url, why = demo.board
    return f"The release board{f' is at {url}' if url else ' is off'}{f': {why}' if why else ''}."


def _tasks(demo: "Demo") -> str:
    if demo.tasks.why:
        return f"\nThe tasks of {SERVICE} are scripts: {demo.tasks.why}."
    return f'\nThe tasks of {SERVICE} are real processes: "The app" shows who uses them.' if demo.tasks.control else ""


class Progress:
    """Shows the progress of the setup: bars on a terminal, one line for each finished stack in a pipe."""

    def __init__(self) -> None:
        self._drawn = 0
        self._told: dict[str, int] = {}
        self._people = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"

    def show(self, places: Sequence[EnvironmentProgress]) -> None:
        """Draw the progress again, or print what is new."""
        if self._people:
            up = f"\x1b[{self._drawn}F" if self._drawn else ""
            rows = [f"  {place.row}" for place in places]
            sys.stderr.write(up + "".join(f"\x1b[2K{row}\n" for row in rows))
            sys.stderr.flush()
            self._drawn = len(rows)
            return
        for place in places:
            if self._told.get(place.name) != place.done:
                self._told[place.name] = place.done
                sys.stderr.write(f"{place.name}: {place.done} of {place.total}\n")
                sys.stderr.flush()

    def close(self) -> None:
        """Stop drawing."""
        self._drawn = 0
