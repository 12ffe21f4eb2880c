"""What all release commands share: their options, the engine, and errors in one sentence."""

import argparse
from collections.abc import Callable
from pathlib import Path

from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

INTERRUPTED = 130  # as a shell reports Ctrl-C


def person_option(parser: argparse.ArgumentParser) -> None:
    """Declare who acts, and which worker: options of every command that requests something."""
    read_options(parser)
    parser.add_argument(
        "--as",
        dest="as_",
        metavar="PERSON",
        help="with --sandbox: act as this person of `people:` (default: the first)",
    )


def read_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of commands that only read."""
    parser.add_argument(
        "--worker",
        action="store_true",
        help="also run a worker in this process; needs the permission to assume the role of the worker",
    )


def follow_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of commands that follow a release."""
    parser.add_argument(
        "--wait", action="store_true", help="keep waiting for approval, instead of ending with exit code 3"
    )
    parser.add_argument("--no-follow", action="store_true", help="send the request, and do not follow the release")


def reason_options(parser: argparse.ArgumentParser, *, glass: bool = True) -> None:
    """Declare the option for the reason."""
    parser.add_argument(
        "--reason", default="", metavar="TEXT", help="the reason, shown to the approvers and in the history"
    )
    if glass:
        parser.add_argument(
            "--break-glass",
            default="",
            metavar="REASON",
            help="break glass: skip locks, freezes and approvals; the use is recorded and shown",
        )


def in_sandbox_alone(args: argparse.Namespace, option: str, *, given: bool, instead: str) -> None:
    """Refuse an option that makes no sense without ``--sandbox``; ``instead`` is what to do in AWS.

    Raises:
        UsageError: it was given without ``--sandbox``.
    """
    if given and not args.sandbox:
        raise UsageError(f"{option} is allowed in the sandbox only; in AWS, {instead}")


def run_with_application(args: argparse.Namespace, out: Output, do: Callable[[Application], int]) -> int:
    """Create the engine, run the command, and report a failure outside of this program in one sentence: exit code 1.

    Raises:
        UsageError: the options or the configuration are wrong.
    """
    from generator.cli.interrupted import goes_on
    from generator.release.client import Unanswered
    from generator.release.errors import ReleaseError
    from generator.wiring.composition import Options, compose

    as_ = getattr(args, "as_", None)
    instead = "your credentials identify you; leave it out"
    in_sandbox_alone(args, "--as", given=bool(as_), instead=instead)
    try:
        application = compose(
            Path(args.stacks),
            Options(sandbox=args.sandbox, worker=getattr(args, "worker", False), person=as_ or ""),
            out.progress,
        )
        try:
            named = getattr(args, "env", None)
            for env in [named] if isinstance(named, str) else named or ():
                _known(application, env)
            return do(application)
        except KeyboardInterrupt:
            said = goes_on(application)
            if not said:
                raise
            out.error(said)
            return INTERRUPTED
        finally:
            application.close()
    except (ReleaseError, Unanswered) as error:
        out.error(_said(args, error))
        return 1


def _known(application: Application, env: str) -> None:
    """Refuse an environment whose file is gone while its stacks stand; every other unknown name is the command's to refuse.

    Raises:
        UsageError: there is such an environment.
        ReleaseError: the log can't be read.
    """
    if env in application.facts.environments:
        return
    from generator.release.environment_state import forgotten, forgotten_sentences
    from generator.release.errors import ReleaseError

    try:
        found = forgotten(application.client.log, application.facts.environments)
    except ReleaseError as error:
        if getattr(error, "code", "") in _NO_HOME:
            return  # where there is no log yet, nothing can be forgotten
        raise
    for sentence in forgotten_sentences({name: keys for name, keys in found.items() if name == env}):
        raise UsageError(sentence)


# How DynamoDB, SQS and S3 say that home does not stand yet.
_NO_HOME = {"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NoSuchBucket"}


def _said(args: argparse.Namespace, error: Exception) -> str:
    if getattr(error, "code", "") not in _NO_HOME:
        return str(error)
    if args.sandbox:
        return "nothing is deployed in this sandbox yet; deploy with: slipway apply prod --sandbox"
    return "there is no release log yet; ask an administrator to create it with: slipway bootstrap ACCOUNT"
