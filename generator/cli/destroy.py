"""``slipway destroy ENV``: delete an environment that is not protected, with an administrator's own credentials."""

import argparse
import sys
from pathlib import Path

from generator.cli import session
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Engine

EXAMPLES = [
    "slipway destroy dev             # asks for the environment's name",
    "slipway destroy dev --yes --sandbox",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment")
    parser.add_argument("--yes", action="store_true", help="do not ask for its name; in the sandbox only")
    parser.add_argument("--out", default="build", metavar="DIR", help="folder that is built into (default: build)")


def run(args: argparse.Namespace, out: Output) -> int:
    """0 all is deleted, 1 a stack could not be deleted, 3 refused: it is protected, or nobody agreed."""
    if args.yes and not args.sandbox:
        raise UsageError("--yes is for the sandbox; elsewhere type the environment's name when you are asked")
    return session.act(args, out, lambda engine: destroy(engine, args, out))


def destroy(engine: Engine, args: argparse.Namespace, out: Output) -> int:
    """In reverse order; what keeps its data (buckets, tables, logs, keys) stays in the account and is named."""
    from generator.apply import prerequisites
    from generator.build.build import build_graph
    from generator.catalog import stack_names

    env = stack_names.environment(engine.facts, args.env)
    refused = _refusal(engine, env)
    if refused:
        out.data({"refused": refused}) if out.json else out.error(refused)
        return 3
    g = prerequisites.ground(engine, Path(args.out))
    order = build_graph(g.config, env).order
    keys = [key for key in reversed(order) if key.startswith(f"{env}/")]
    admin = prerequisites.administrator(g, engine.pace)
    there = [key for key in keys if admin.stack(prerequisites.place(g, key)) is not None]
    if there and not _agreed(env, there, args, out):
        out.error("nothing was deleted")
        return 3
    done = []
    for key in there:
        out.progress(f"{key}: deleting")
        done.append((key, admin.delete(prerequisites.place(g, key))))
        _tell(engine, key, out)
    if out.json:
        out.data([{"stack": key, "result": result} for key, result in done])
    else:
        for key, result in done:
            out.text(f"{key} {result}")
        out.text(f"{len(done)} stacks of {env} are deleted; what they were told to keep is still in the account")
    return 0


def _tell(engine: Engine, key: str, out: Output) -> None:
    """Let a worker see that nothing runs there any more: the function that would tell of it is gone as well."""
    from generator.release.errors import ReleaseError
    from generator.release.model.requests import Wake

    ref = engine.facts.stacks[key].ref
    arn = f"arn:aws:cloudformation:{ref.region}:{ref.account}:stack/{ref.name}/deleted"
    try:
        engine.desk.send(Wake(name="DELETE_COMPLETE", resources=(arn,)))
        if engine.work is not None:
            engine.work(0.0)
    except ReleaseError as error:
        out.progress(f"{key}: deleted, but `slipway status` may still show what ran there: {error}")


def _refusal(engine: Engine, env: str) -> str:
    """Why an environment is not destroyed; "" if it may be."""
    if env not in engine.config.environments:
        return f"{env} is no environment; home and foundations are deleted by hand, since nothing brings them back"
    if engine.facts.environments[env].protected:
        return f"{env} is protected; write `protected: false` in stacks/environments/{env}.yaml, apply that, then try again"
    if engine.config.platform.bot.environment == env:
        return f"the bot and home are in {env}; let the bot live elsewhere first"
    held = [place.open.id for place in engine.desk.status(_keys(engine, env)) if place.open is not None]
    if held:
        return f"{', '.join(held)} {'is' if len(held) == 1 else 'are'} open; wait, or end them with: slipway cancel"
    return ""


def _keys(engine: Engine, env: str) -> list[str]:
    return [key for key, f in engine.facts.stacks.items() if f.ref.environment == env]


def _agreed(env: str, there: list[str], args: argparse.Namespace, out: Output) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(f"this would delete {', '.join(there)}; somebody has to type the name at a terminal")
    out.stderr.write(f"This deletes {', '.join(there)}.\nType {env} to go on: ")
    out.stderr.flush()
    return sys.stdin.readline().strip() == env
