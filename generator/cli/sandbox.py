"""``slipway sandbox`` or ``slipway sandbox prepare [ENV…]``: an AWS endpoint on this machine, for people and tests without an account."""

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.sandbox import process

if TYPE_CHECKING:
    from generator.wiring.application import Application
    from generator.wiring.sandbox_preparation import Preparation

EXAMPLES = [
    "slipway sandbox                 # runs here until Ctrl-C, and prints what to export",
    "slipway sandbox --speed 0.1     # stacks and rollouts take a tenth of the time that AWS takes",
    "slipway sandbox --fresh         # forget what earlier ones held",
    "slipway sandbox prepare         # zones, home, foundations, and this checkout as a version",
    "slipway sandbox prepare prod    # the same for one environment",
    "slipway sandbox status",
    "slipway sandbox stop",
]
DOCUMENTS = ("sandbox", "sandbox-status", "sandbox-prepared")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("verb", nargs="?", choices=("run", "prepare", "status", "stop"), default="run", metavar="VERB",
                        help="run (the default), prepare, status or stop")  # fmt: skip
    parser.add_argument("env", nargs="*", metavar="ENV", help="prepare: environments to come (default: all)")
    parser.add_argument(
        "--out", default="build", metavar="DIR", help="prepare: folder that is built into (default: build)"
    )
    parser.add_argument(
        "--port",
        type=int,
        metavar="N",
        help="port of 127.0.0.1 (default: the last one, or 4566); another port is used if it is busy",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        metavar="X",
        help="seconds for each second that AWS takes: 0 instant (default), 1 realistic",
    )
    parser.add_argument("--fresh", action="store_true", help="start without the state of earlier sandboxes")
    parser.add_argument(
        "--idle",
        type=float,
        default=15.0,
        metavar="MIN",
        help="stop after this many minutes without a call; 0 never stops",
    )
    parser.add_argument("--enforce", action="store_true", help="check every call against the IAM policies")


def _speed(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 (instant) to 1 (realistic)")
    return found


def run(args: argparse.Namespace, out: Output) -> int:
    """Run, show or stop the sandbox of the checkout that contains the configuration."""
    root = process.root_of(args.stacks)
    if args.env and args.verb != "prepare":
        raise UsageError(f"`slipway sandbox {args.verb}` takes no environment; did you mean: slipway sandbox prepare")
    match args.verb:
        case "prepare":
            return _prepare(args, out)
        case "status":
            return _status(root, out)
        case "stop":
            return _stop(root, out)
        case _:
            return _run(root, args, out)


def _run(root: Path, args: argparse.Namespace, out: Output) -> int:
    if not 0 <= (args.port or 0) < 65536:
        raise UsageError(f"--port {args.port}: a port is a number from 1 to 65535; 0 uses any free port")
    options = process.Options(args.port, args.speed, args.fresh, args.idle, args.enforce)
    with process.foreground(root, options) as endpoint:
        if args.port and endpoint.port != args.port:
            out.progress(f"port {args.port} is busy; this sandbox uses port {endpoint.port}")
        _exports(endpoint, out)
        kept = "" if args.fresh else "; its earlier state was restored"
        out.progress(
            f"the sandbox is running{kept}. Run the export lines above in another terminal; Ctrl-C here "
            "stops the sandbox."
        )
        try:
            while process.running(root):
                time.sleep(0.2)
        except KeyboardInterrupt:
            out.progress("stopping; the state is kept")
            return 0
    out.progress(
        "the sandbox has stopped: on request, or after a time without calls; start it again with: slipway sandbox"
    )
    return 0


def _exports(endpoint: process.Endpoint, out: Output) -> None:
    if out.json:
        from generator.cli.documents.sandbox_documents import SandboxDocument

        out.data(SandboxDocument(port=endpoint.port, pid=endpoint.pid, environment=endpoint.environment()))
    else:
        for name, value in endpoint.environment().items():
            out.text(f"export {name}={value}")
    out.stdout.flush()


def _status(root: Path, out: Output) -> int:
    found = process.find(root)
    if found is None:
        if out.json:
            _print_status(None, out)
        out.progress(
            "the sandbox of this checkout is starting, ending or busy: it does not answer now. Repeat the command"
            if process.running(root)
            else "no sandbox of this checkout is running; start one with: slipway sandbox"
        )
        return 1
    status = process.Control(found.port).status()
    if out.json:
        _print_status(status, out)
        return 0
    rest = (
        f"stops after {status['idle_limit']:g} minutes without a call"
        if status["idle_limit"]
        else ("never stops by itself")
    )
    out.table(
        ["what", "value"],
        [
            ["address", found.url],
            ["process", str(status["pid"])],
            ["speed", f"{status['speed']:g} of the time that AWS takes"],
            ["calls", f"{status['calls']}, the last {status['idle']} s ago; {rest}"],
            ["state", str(status["state"])],
        ],
    )
    return 0


def _print_status(status: "dict[str, Any] | None", out: Output) -> None:
    from generator.cli.documents.sandbox_documents import SandboxStatus, SandboxStatusDocument

    out.data(SandboxStatusDocument(sandbox=SandboxStatus(**status) if status is not None else None))


def _stop(root: Path, out: Output) -> int:
    if process.stop(root):
        out.progress("the sandbox has stopped; its state is kept, and `slipway sandbox` restores it")
    else:
        out.progress("no sandbox of this checkout is running; nothing to do")
    return 0


def _prepare(args: argparse.Namespace, out: Output) -> int:
    use(args, out)
    args.sandbox = True
    return release_command.run_with_application(args, out, lambda application: _prepared(application, args, out))


def _prepared(application: "Application", args: argparse.Namespace, out: Output) -> int:
    from generator.catalog import stack_names

    environments = [stack_names.environment(application.facts, name) for name in args.env]
    found = _seed(application, args, environments or list(application.config.environments), out)
    if out.json:
        version = found.version.id if found.version is not None else None
        from generator.cli.documents.release_documents import StackResult
        from generator.cli.documents.sandbox_documents import PreparedDocument

        stacks = tuple(StackResult(stack=key, result=result) for key, result in found.stacks)
        out.data(PreparedDocument(zones=tuple(found.zones), stacks=stacks, version=version))
        return 0
    for zone in found.zones:
        out.text(f"hosted zone {zone} is there")
    for key, result in found.stacks:
        out.text(f"{key} {result}")
    if found.version is not None:
        out.text(f"version {found.version.id} is published")
    out.progress(f"Next: {application.command_line('apply ENV')}")
    return 0


def _seed(
    application: "Application", args: argparse.Namespace, environments: list[str], out: Output, *, publish: bool = True
) -> "Preparation":
    from generator.apply.prerequisites import bring_up_accounts
    from generator.build.publish import git_subject
    from generator.wiring.built_platform import build_platform
    from generator.wiring.sandbox_preparation import prepare

    subject = (git_subject(process.root_of(args.stacks)) or "this checkout") if publish else None
    found = prepare(
        application,
        build_platform(application, Path(args.out)),
        environments,
        subject,
        lambda platform, accounts: bring_up_accounts(platform, accounts, application.pace, out.progress),
    )
    if found.version is not None:
        out.progress(
            f"published {found.version.short} ({subject}) with sample images for services that are not deployed yet"
        )
    return found


def prepare_for(args: argparse.Namespace, out: Output) -> int:
    """With ``--sandbox``, create first what an AWS account has before the command. Returns 0, or the exit code that ends it.

    ``apply`` gets the checkout as its ``--version``, unless one was named; what is deleted is missing in the version
    that the checkout is; ``bootstrap`` gets its hosted zones. All others find what was there.
    """
    match args.argv[0]:
        case "apply":
            return release_command.run_with_application(
                args, out, lambda application: _for_apply(application, args, out)
            )
        case "delete" | "destroy" if args.argv[0] == "delete" or args.stack:
            return release_command.run_with_application(
                args, out, lambda application: _for_delete(application, args, out)
            )
        case "bootstrap":
            return release_command.run_with_application(args, out, _for_bootstrap)
        case _:
            return 0


def _for_apply(application: "Application", args: argparse.Namespace, out: Output) -> int:
    from generator.catalog import stack_names

    # A name that is wrong costs nothing.
    stack_names.several(application.facts, args.env, tuple(args.stack))
    found = _seed(application, args, [args.env], out, publish=not args.version)
    if found.version is not None:
        args.version = found.version.id
    return 0


def _for_delete(application: "Application", args: argparse.Namespace, out: Output) -> int:
    from generator.catalog import stack_names

    _seed(application, args, [stack_names.environment(application.facts, args.env)], out)
    return 0


def _for_bootstrap(application: "Application") -> int:
    from generator.wiring.sandbox_preparation import make_login_secrets, make_zones

    if application.tools is not None:
        make_zones(application.config, application.tools)
        make_login_secrets(application.config, application.tools)
    return 0


def use(args: argparse.Namespace, out: Output) -> process.Endpoint:
    """Point boto3 at the sandbox of this checkout, and start it if needed. Call it before the first client is created.

    A started sandbox is reported, because it continues after the command.

    Raises:
        UsageError: it does not start.
    """
    import os

    root = process.root_of(args.stacks)
    endpoint = process.ensure(
        root,
        started=lambda new: out.progress(f"a sandbox was started at {new.url}; stop it with: slipway sandbox stop"),
    )
    # What people exported for a real account must not be mixed with the sandbox's address.
    for name in (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        os.environ.pop(name, None)
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]:
        del os.environ[name]
    os.environ.update(endpoint.environment())
    return endpoint
