"""``slipway destroy ENV``: delete an environment that is not protected, with an administrator's own credentials.

``slipway destroy ENV STACK`` is a release: it empties and deletes one stack that ``stacks/`` does not ask for any more.
"""

import argparse
import sys
from pathlib import Path

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

EXAMPLES = [
    "slipway destroy dev             # asks for the environment's name",
    "slipway destroy dev --yes --sandbox",
    "slipway destroy --everything    # the whole platform, home included",
    "slipway destroy prod edge-2     # one stack that nothing asks for any more",
]
DOCUMENTS = ("stacks", "refused", "release", "answer")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", nargs="?", help="an environment")
    parser.add_argument(
        "stack", nargs="?", metavar="STACK", help="a stack of ENV that stacks/ does not ask for any more"
    )
    parser.add_argument(
        "--everything",
        action="store_true",
        help="the whole platform in the account of your credentials, home and all data included",
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask for the name of the environment; with --sandbox only"
    )
    parser.add_argument("--out", default="build", metavar="DIR", help="folder to build into (default: build)")
    release_command.reason_options(parser)
    release_command.follow_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if all is deleted, 1 if a stack could not be deleted, 3 if it is protected or not confirmed."""
    instead = "leave it out and type the name of the environment"
    if args.everything == bool(args.env):
        raise UsageError("name an environment, or write --everything: slipway destroy ENV")
    if args.stack:
        from generator.cli.delete import ask

        return release_command.run_with_application(args, out, lambda it: ask(it, args, out, args.stack))
    release_command.in_sandbox_alone(args, "--yes", given=args.yes, instead=instead)
    if args.everything:
        from generator.cli.platform_removal import remove_platform

        return release_command.run_with_application(args, out, lambda it: remove_platform(it, args, out))
    return release_command.run_with_application(args, out, lambda application: destroy(application, args, out))


def destroy(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Delete the stacks in reverse order. Resources that are retained (buckets, tables, logs, keys) are named."""
    from generator.apply import prerequisites
    from generator.build.build import build_graph
    from generator.catalog import stack_names
    from generator.release.environment_state import standing
    from generator.wiring.built_platform import build_platform

    env = stack_names.environment(application.facts, args.env)
    refused = _refusal(application, env)
    if refused:
        from generator.cli.progress import print_refused

        print_refused(out, [refused]) if out.json else out.error(refused)
        return 3
    platform = build_platform(application, Path(args.out))
    order = build_graph(platform.config, env).order
    keys = [key for key in reversed(order) if key.startswith(f"{env}/")]
    admin = prerequisites.administrator(platform, application.pace)
    there = [key for key in keys if admin.stack(prerequisites.administrator_stack(platform, key)) is not None]
    if there and not _agreed(env, there, args, out):
        out.error("nothing was deleted")
        return 3
    done = []
    for key in there:
        out.progress(f"{key}: deleting")
        role = application.clouds.execution_role(application.facts.stacks[key].ref)
        place = prerequisites.administrator_stack(platform, key)
        if key == f"{env}/cluster" and (lifted := admin.unprotect(place)):
            out.progress(f"{key}: {lifted} instances are no longer protected from scale-in")
        done.append((key, admin.delete(place, role)))
        _tell(application, key, out)
    # Deleted by hand, while no file said where they were: the log still has them as standing.
    for key in {*standing(application.client.log, env)} & {*keys} - {*there}:
        _tell(application, key, out)
    if out.json:
        from generator.cli.documents.environment_documents import StacksDocument
        from generator.cli.documents.release_documents import StackResult

        out.data(StacksDocument(stacks=tuple(StackResult(stack=key, result=result) for key, result in done)))
    else:
        for key, result in done:
            out.text(f"{key} {result}")
        out.text(
            f"{len(done)} stacks of {env} are deleted; resources with the deletion policy Retain are still in "
            "the account"
        )
    return 0


def _tell(application: Application, key: str, out: Output) -> None:
    """Let a worker find out that nothing runs there any more: the function that reports it is deleted as well."""
    from generator.release.errors import ReleaseError
    from generator.release.model.requests import Wake

    ref = application.facts.stacks[key].ref
    arn = f"arn:aws:cloudformation:{ref.region}:{ref.account}:stack/{ref.name}/deleted"
    try:
        application.client.send(Wake(name="DELETE_COMPLETE", resources=(arn,)))
        if application.work is not None:
            application.work(0.0)
    except ReleaseError as error:
        out.progress(f"{key}: deleted, but `slipway status` may still show its last version: {error}")


def _refusal(application: Application, env: str) -> str:
    """Why an environment can't be destroyed. "" if it can."""
    from generator.release.way_out import way_out

    if env not in application.config.environments:
        return (
            f"{env} is not an environment; home, foundations and permissions can't be restored, so delete them by hand"
        )
    if application.facts.environments[env].protected:
        return f"{env} is protected; write `protected: false` in stacks/environments/{env}.yaml, apply that, then try again"
    if application.config.platform.bot.environment == env:
        return f"the bot and home are in {env}; move the bot to another environment first"
    held = [place.open for place in application.client.status(_keys(application, env)) if place.open is not None]
    if held:
        return "\n".join(f"{release.id} is open; wait until it has ended, or {way_out(release)}" for release in held)
    return ""


def _keys(application: Application, env: str) -> list[str]:
    return [key for key, f in application.facts.stacks.items() if f.ref.environment == env]


def _agreed(env: str, there: list[str], args: argparse.Namespace, out: Output) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            f"this would delete {', '.join(there)}; run it in a terminal, and type the name of the environment there"
        )
    out.ask(f"This deletes {', '.join(there)}.\nType {env} to continue: ")
    return sys.stdin.readline().strip() == env
