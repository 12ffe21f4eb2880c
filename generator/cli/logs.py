"""``slipway logs SERVICE ENV``: what the tasks of a service print."""

import argparse
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.release.model.observed import LogLine
    from generator.release.ports import Services

EXAMPLES = [
    "slipway logs app prod                # the last ten minutes",
    "slipway logs app prod --since 2h --limit 500",
    "slipway logs app prod --follow",
]
DOCUMENTS = ("log-line",)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("service", metavar="SERVICE", help="a service or function")
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument(
        "--since", type=_ago, default=600.0, metavar="TIME", help="how far back: 30s, 10m, 2h, 1d (default: 10m)"
    )
    parser.add_argument(
        "--limit", type=int, default=200, metavar="N", help="highest number of lines to print (default: 200)"
    )
    parser.add_argument("--follow", action="store_true", help="keep printing new lines until Ctrl-C")
    release_command.read_options(parser)


def _ago(text: str) -> float:
    found = re.fullmatch(r"(\d{1,5})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is not a duration; write one such as 30s, 10m, 2h or 1d")
    return float(int(found[1]) * _UNITS[found[2]])


def run(args: argparse.Namespace, out: Output) -> int:
    """Read and print; changes nothing."""
    return release_command.run_with_application(args, out, lambda application: logs(application, args, out))


def logs(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Print lines as they arrive: time (UTC), stream, text."""
    from generator.catalog import stack_names
    from generator.release.last_logs import group_of
    from generator.release.model.people import ENGINE

    if not 1 <= args.limit <= 10_000:
        raise UsageError(f"--limit {args.limit}: write a number from 1 to 10000")
    found = stack_names.stack(application.facts, args.env, args.service)
    cloud = application.clouds.at(found.ref, ENGINE)
    group = group_of(cloud, found)
    if not group:
        raise UsageError(
            f"{found.ref.key} has no log group; check that it is deployed with: "
            f"{application.command_line(f'status {args.env}')}"
        )
    lines = cloud.services.logs(group, application.clock() - args.since, args.limit)
    _print(out, lines)
    if not lines and not args.follow:
        out.progress(f"{group} has no lines since then; look further back with --since")
    if args.follow:
        _follow(application, out, cloud.services, group, lines)
    return 0


def _follow(application: Application, out: Output, services: "Services", group: str, seen: "list[LogLine]") -> None:
    """Print later lines. Lines with the same time are printed once."""
    printed = {(line.at, line.stream, line.text) for line in seen}
    try:
        while True:
            application.sleep(2.0)
            # Lines arrive late and out of order: a minute is looked at again.
            lines = services.logs(group, application.clock() - 60, 1000)
            new = [line for line in lines if (line.at, line.stream, line.text) not in printed]
            _print(out, new)
            printed = {(line.at, line.stream, line.text) for line in lines} | set(list(printed)[-5000:])
    except KeyboardInterrupt:
        out.progress("stopped printing; the service keeps running")


def _print(out: Output, lines: "list[LogLine]") -> None:
    for line in lines:
        if out.json:
            import msgspec

            from generator.safe_text import json_text

            out.text(json_text(msgspec.json.encode(line, order="sorted").decode()))
            continue
        at = datetime.fromtimestamp(line.at, UTC).strftime("%H:%M:%S")
        # Text of a program: what could steer a terminal is shown, not obeyed.
        text = "".join(c if c.isprintable() or c == "\t" else repr(c)[1:-1] for c in line.text.rstrip("\n"))
        out.text(f"{at}  {line.stream.rpartition('/')[2][:12]}  {text}")
    out.stdout.flush()
