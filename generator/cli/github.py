"""``slipway github …``: what the workflows report on GitHub: a comment, deployments of commits, drift issues."""

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli import release_command
from generator.cli.output import Output
from generator.errors import UsageError
from generator.wiring.application import Application

if TYPE_CHECKING:
    from generator.cli.documents import Document
    from generator.pipeline.deployments import Deployed
    from generator.pipeline.github import GitHub

EXAMPLES = [
    "slipway github comment build/plan/dev.md build/plan/prod.md --pull-request 12",
    "slipway github report prod   # the commits' deployments say what became of the releases",
    "slipway github drift prod --file build/drift/prod.json   # the output of: slipway drift prod --json",
]
DOCUMENTS = ("github-comment", "github-deployments", "github-issue")
_AGO = re.compile(r"([1-9]\d{0,3})([hd])")
_HISTORY = 50  # releases of a stack that are looked at
_MOST_BYTES = 5 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "verb", choices=("comment", "report", "drift"), metavar="comment|report|drift",
        help="keep the comment of a pull request, the deployments of commits, or the issue of an environment up to date",
    )  # fmt: skip
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="files with plans (comment), environments (the others)"
    )
    parser.add_argument("--pull-request", type=int, default=0, metavar="N", help="the pull request of comment")
    parser.add_argument("--file", metavar="FILE", help="what `slipway drift ENV --json` printed")
    parser.add_argument(
        "--since", default="7d", metavar="AGO", help="report releases that were asked for since then: 12h, 7d (default)"
    )
    release_command.read_options(parser)


def run(args: argparse.Namespace, out: Output) -> int:
    """Return 0 if GitHub is up to date, 1 if it does not answer or refuses."""
    github = _github(os.environ)
    if args.verb == "comment":
        return _comment(args, out, github)
    if args.verb == "drift":
        return _drift(args, out, github)
    seconds = _seconds(args.since)
    return release_command.run_with_application(
        args, out, lambda application: report(application, github, args.names, seconds, out)
    )


def _github(environ: "os._Environ[str]") -> "GitHub":
    from generator.pipeline.github import GitHub

    missing = [name for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN") if not environ.get(name)]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} must be set; in a workflow GITHUB_REPOSITORY is, and GITHUB_TOKEN is "
            "${{ github.token }} (docs/pipeline.md)"
        )
    return GitHub(
        environ.get("GITHUB_API_URL", "https://api.github.com"), environ["GITHUB_REPOSITORY"], environ["GITHUB_TOKEN"]
    )


def _comment(args: argparse.Namespace, out: Output, github: "GitHub") -> int:
    from generator.cli.documents.environment_documents import GitHubCommentDocument
    from generator.pipeline import comment

    if args.pull_request < 1 or not args.names:
        raise UsageError(
            "write: slipway github comment FILE... --pull-request N, files with `slipway plan ENV --markdown`"
        )
    plans = [_read(Path(name)) for name in args.names]
    run = ""
    if os.environ.get("GITHUB_RUN_ID", "").isdecimal():
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        run = f"{server}/{os.environ['GITHUB_REPOSITORY']}/actions/runs/{os.environ['GITHUB_RUN_ID']}"
    body = comment.text(plans, commit=os.environ.get("SLIPWAY_COMMIT") or os.environ.get("GITHUB_SHA", ""), run=run)
    how = comment.keep(github, args.pull_request, body)
    return _told(out, f"the comment of pull request {args.pull_request}: {how}", GitHubCommentDocument(comment=how))


def _drift(args: argparse.Namespace, out: Output, github: "GitHub") -> int:
    from generator.cli.documents.environment_documents import GitHubIssueDocument
    from generator.pipeline import drift_issue

    if len(args.names) != 1 or not args.file:
        raise UsageError("write: slipway github drift ENV --file FILE, the output of: slipway drift ENV --json")
    [environment] = args.names
    rows = drift_issue.rows(_read(Path(args.file)))
    if rows is None:
        raise UsageError(f"{args.file} is not what `slipway drift {environment} --json` prints")
    how = drift_issue.keep(github, environment, rows)
    return _told(out, f"the issue {drift_issue.title(environment)!r}: {how}", GitHubIssueDocument(issue=how))


def report(application: Application, github: "GitHub", environments: list[str], seconds: float, out: Output) -> int:
    """Bring the deployments of the releases of some environments (default: all) up to date."""
    from generator.cli.documents.environment_documents import GitHubDeploymentsDocument
    from generator.pipeline import deployments

    found = deployments.report(github, list(_deployed(application, environments, application.clock() - seconds)))
    for release in found.foreign:
        out.progress(f"{release}: its commit is not in this repository; the repository that published it reports it")
    return _told(
        out,
        f"{len(found.written)} written, {len(found.unchanged)} unchanged",
        GitHubDeploymentsDocument(**found._asdict()),
    )


def _deployed(application: Application, environments: list[str], since: float) -> "list[Deployed]":
    from generator.catalog import stack_names
    from generator.pipeline.deployments import deployed
    from generator.release.model.states import Closed

    facts = application.facts
    names = environments or sorted(facts.environments)
    # An environment that is not there is refused, with the near ones, before anything is told.
    chosen = [found for name in names for found in stack_names.several(facts, name, ()) if found.ref.service]
    now, reported = application.clock(), []
    for stack in chosen:
        good = False
        for summary in application.client.history(stack.ref.key, _HISTORY):
            release = application.client.release(summary.id) if summary.created >= since or not summary.closed else None
            succeeded = summary.state == "succeeded"
            if release is not None:
                protected = facts.environments[stack.ref.environment].protected
                reported.append(deployed(release, now, current=not good, protected=protected))
                succeeded = isinstance(release.state, Closed) and release.state.outcome == "succeeded"
            good = good or succeeded
    return reported


def _told(out: Output, text: str, document: "Document") -> int:
    if out.json:
        out.data(document)
    else:
        out.text(text)
    return 0


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; write it with: slipway plan ENV --markdown > {path}") from None
    if len(found) > _MOST_BYTES:
        raise UsageError(f"{path} is longer than 5 MiB")
    return found.decode(errors="replace")


def _seconds(ago: str) -> float:
    found = _AGO.fullmatch(ago)
    if not found:
        raise UsageError(f"--since takes 12h or 7d, and not {ago!r}")
    return int(found[1]) * {"h": 3600.0, "d": 86_400.0}[found[2]]
