"""``slipway apply ENV [STACK…]``: bring an environment to what ``stacks/`` defines, with one release for each stack."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.apply.moved_outputs import CurrentStacks
    from generator.apply.order import Order
    from generator.apply.orphans import Orphan
    from generator.release.model.release import Release
    from generator.release.model.version import Version

EXAMPLES = [
    "slipway apply prod --yes --sandbox    # the whole production platform, on this machine",
    "slipway apply staging                 # the newest published version's templates",
    "slipway apply prod network cluster    # two stacks of it",
    "slipway apply dev --yes --images      # in CI: everything in which a version differs from what runs",
]
DOCUMENTS = ("apply", "refused")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("env", metavar="ENV", help="an environment, or `home`")
    parser.add_argument("stack", nargs="*", metavar="STACK", help="stacks of ENV (default: all)")
    parser.add_argument(
        "--version", metavar="VERSION", help="a published commit (default: the newest; with --sandbox: the checkout)"
    )
    parser.add_argument(
        "--images", action="store_true", help="also release what only brings another image, code or files"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation; approvals are still needed")
    parser.add_argument(
        "--wait", action="store_true", help="keep waiting for approval, instead of ending with exit code 3"
    )
    parser.add_argument(
        "--out", default="build", metavar="DIR", help="with --sandbox: folder to build into (default: build)"
    )
    release_command.reason_options(parser)
    release_command.person_option(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if all is up to date, 1 if a stack failed (others are left alone), 3 if not approved, confirmed or free."""
    return release_command.run_with_application(args, out, lambda application: apply(application, args, out))


def apply(application: Application, args: argparse.Namespace, out: Output) -> int:
    """Find the differences, ask for confirmation, and release the stacks in order."""
    from generator.apply.order import Order, needed
    from generator.apply.orphans import in_order, only_removes
    from generator.catalog import stack_names
    from generator.cli.apply_releases import ApplyReleases, exchange_priorities

    chosen = [f.ref.key for f in stack_names.several(application.facts, args.env, tuple(args.stack))]
    version = _published(application, args)
    feeds = {key: sorted(set(body.sources.values())) for key, body in version.stacks.items()}
    included = needed(chosen, feeds)
    # What other environments hold is theirs; home's registries come along.
    keys = [k for k in version.order if k in included and (k in chosen or k.startswith("home/"))]
    keys = [k for k in keys if not application.facts.stacks[k].administrators]
    gone = {one.ref.key for one in _gone(application, args, version)}
    last = {key for key in keys if key.startswith("home/registry") and only_removes(application, version, key)}
    order = Order(*in_order(keys, feeds, gone, last))
    current = _sort_out(application, order, version, gone, images=args.images)
    exchange_priorities(application, order, version, current)
    refused = _refused(application, out, order, version, current)
    if refused:
        from generator.cli.progress import print_refused

        print_refused(out, refused) if out.json else out.error(
            "\n".join([*refused, "nothing was changed; correct that, or name the other stacks to apply them alone"])
        )
        return 1
    if not _agreed(args, out, order, current):
        out.error("nothing was changed; to apply, run the command again and confirm it")
        return 3
    releases = ApplyReleases(application, args, out, order, version, current).run()
    code = _told(application, out, order, releases, version)
    if order.ended.get(f"{application.config.platform.bot.environment}/bot") == "done":
        from generator.cli.first_worker_report import close_first_worker

        close_first_worker(application, Path(args.out), out)
    return code


def _gone(application: Application, args: argparse.Namespace, version: "Version") -> "list[Orphan]":
    """Stacks that nothing asks for any more. None if stacks were named, or a version that is not the newest."""
    from generator.apply import orphans

    if args.stack or version.id != _newest(application).id:
        return []
    look = orphans.noted if application.work is None else orphans.there
    return look(application, args.env, version.stacks)


def _published(application: Application, args: argparse.Namespace) -> "Version":
    return application.versions.get(args.version) if args.version else _newest(application)


def _newest(application: Application) -> "Version":
    from generator.errors import UsageError
    from generator.release.version_selection import newest_of_branch

    branch = application.facts.default_branch
    found = newest_of_branch(application.versions.newest(), branch)
    if found is None:
        raise UsageError(f"no version of {branch} has been published yet; publish one in CI, or with: slipway publish")
    return found


def _sort_out(
    application: Application, order: "Order", version: "Version", gone: set[str], *, images: bool
) -> "CurrentStacks":
    """Note stacks that are up to date, and those that nobody published. Returns those that may still get other values."""
    from generator.apply.moved_outputs import CurrentStacks
    from generator.apply.order import hold_edges, is_current
    from generator.release.model.log_records import Slot
    from generator.release.version_selection import lacks

    current = CurrentStacks(application, version)
    slots = application.client.log.slots(order.order)
    current.gone = gone
    for key in order.order:
        if key in gone:
            continue
        service = application.facts.stacks[key].ref.service
        if lacks(version, key, service):
            order.end(key, "skipped")
        elif is_current(slots.get(key, Slot()), version, key, service, images=images) and _is_there(application, key):
            running = slots[key].running
            if version.stacks[key].sources and running is not None:
                current.commits[key] = running.commit
            else:
                order.end(key, "unchanged")
    hold_edges(order, {key for key, slot in slots.items() if slot.running is not None}, gone)
    return current


def _is_there(application: Application, key: str) -> bool:
    """Whether a stack that the log knows still exists. A caller without a worker leaves that question to the worker."""
    from generator.release.model.people import ENGINE

    if application.work is None:
        return True
    ref = application.facts.stacks[key].ref
    return application.clouds.at(ref, ENGINE).stacks.describe(ref.name) is not None


def _refused(
    application: Application, out: Output, order: "Order", version: "Version", current: "CurrentStacks"
) -> list[str]:
    """What AWS would refuse of several stacks; a single one is looked at by its release, which changes nothing before."""
    from generator.apply.refused_changes import refused_changes

    begins = [key for key in order.left if key not in current.gone and key not in current.commits]
    if application.work is None or len(begins) < 2:
        return []
    return list(refused_changes(application, begins, version, out.progress))


def _agreed(args: argparse.Namespace, out: Output, order: "Order", current: "CurrentStacks") -> bool:
    from generator.errors import UsageError

    if args.yes:
        return True
    begins = [key for key in order.left if key not in current.commits or current.older(key)]
    sure, goes = [key for key in begins if key not in current.gone], [key for key in begins if key in current.gone]
    if not begins:
        return True
    behind = order.behind(sure) & set(current.commits) - set(sure)
    more = f", and what their outputs change of {', '.join(k for k in order.left if k in behind)}" if behind else ""
    whole = [f"release {', '.join(sure)}{more}"] if sure else []
    whole += [f"delete {', '.join(goes)}, because nothing asks for that any more"] if goes else []
    if not sys.stdin.isatty():
        raise UsageError(f"this would {' and '.join(whole)}; add --yes to continue without a confirmation")
    out.ask(f"This will {' and '.join(whole)}. Continue? [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _told(
    application: Application, out: Output, order: "Order", releases: "dict[str, list[Release]]", version: "Version"
) -> int:
    """Print a line for each stack, and what to do about those that are not up to date."""
    from generator.cli import progress, release_text
    from generator.release.model.states import Waiting

    now = application.clock()
    codes = {"failed": 1, "held": 3}
    found = {codes.get(how, 0) for how in order.ended.values()}
    code = 1 if 1 in found else 3 if 3 in found else 0
    if out.json:
        from generator.cli.documents.release_documents import ApplyDocument, StackResult

        out.data(
            ApplyDocument(
                version=version.id,
                stacks=tuple(StackResult(stack=key, result=order.ended.get(key, "not started")) for key in order.order),
                releases=tuple(progress.document(application, r, now) for each in releases.values() for r in each),
            )
        )
        return code
    for key in order.order:
        how = order.ended.get(key)
        parts = releases.get(key, [])
        for release in parts:
            is_held = how == "held" and isinstance(release.state, Waiting)
            lines = release_text.waiting(application, release, now) if is_held else None
            for line in release_text.closed(release, application.flags) if lines is None else lines:
                out.text(line)
        if key in order.partly:
            first = ", ".join(sorted(order.partly[key]))
            out.text(f"{key} has a spare listener priority until {first} is released; apply again for its own")
        if parts:
            continue
        if how == "skipped":
            out.text(
                f"{key} was skipped: no version of it has been published yet; publish one in CI, or with: "
                "slipway publish"
            )
        elif how is None:
            waits = order.waits_for(key)
            out.text(f"{key} was not started" + (f"; it comes after {', '.join(waits)}" if waits else ""))
    same = sum(how == "unchanged" for how in order.ended.values())
    done = sum(how == "done" for how in order.ended.values())
    out.text(f"{done} released, {same} unchanged, of {len(order.order)} stacks; version {version.short}")
    return code
