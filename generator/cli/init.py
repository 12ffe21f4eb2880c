"""``slipway init [DIR]``: a repository of your own platform, with a first environment and service."""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generator.cli.new_files import NAME
from generator.cli.output import Output
from generator.errors import UsageError

EXAMPLES = [
    "slipway init shop          # asks what it needs to know",
    "slipway init shop --yes    # asks nothing: says which options are needed",
]
DOCUMENTS = ("written",)


class _Question(NamedTuple):
    """An option of ``init`` that is asked for on a terminal: what it is, and the answer of who just presses Enter."""

    option: str
    text: str
    default: Callable[[argparse.Namespace], str] = lambda _args: ""
    valid: str = r".+"


def _name(args: argparse.Namespace) -> str:
    """The folder's name as a platform can be called."""
    words = re.findall(r"[a-z0-9]+", Path(args.dir).resolve().name.lower())
    name = "-".join(words)[:12].strip("-")
    return name if re.fullmatch(NAME, name) else ""


def _remote(folder: Path) -> str:
    """OWNER/NAME of the folder's repository on GitHub, "" where it has none."""
    found = re.search(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", _git(folder, "remote", "get-url", "origin"))
    return found[1] if found else ""


def _git(folder: Path, *words: str) -> str:
    try:
        ran = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""


_QUESTIONS = (
    _Question("name", "Name of the platform, which starts every resource name (12 characters at most)", _name, NAME),
    _Question("owner", "Team that owns it", lambda _: "platform-team"),
    _Question("repository", "GitHub repository, OWNER/NAME", lambda args: _remote(Path(args.dir)), r"[\w.-]+/[\w.-]+"),
    _Question("repository_id", "Its id (gh api repos/OWNER/NAME --jq .id)", valid=r"[1-9][0-9]{0,17}"),
    _Question("owner_id", "Its owner's id (gh api repos/OWNER/NAME --jq .owner.id)", valid=r"[1-9][0-9]{0,17}"),
    _Question("environment", "Name of the first environment", lambda _: "dev", NAME),
    _Question("account", "AWS account of that environment", valid=r"[0-9]{12}"),
    _Question("region", "AWS Region", lambda _: "eu-west-1"),
    _Question("domain", "Domain name of the environment, such as dev.example.com"),
    _Question("hosted_zone_id", "Route 53 hosted zone that holds it", valid=r"Z[A-Z0-9]{5,31}"),
    _Question("people", "People who release, separated by commas", lambda _: "me", r"[\w.-]+( *, *[\w.-]+)*"),
    _Question("service", "Name of the first service", lambda _: "app", NAME),
    _Question("port", "Port that its container listens on", lambda _: "8080", r"[0-9]{1,5}"),
)  # fmt: skip


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "dir", nargs="?", default=".", metavar="DIR", help="new folder, or one without stacks/ (default: .)"
    )
    for question in _QUESTIONS:
        option = f"--{question.option.replace('_', '-')}"
        parser.add_argument(option, metavar=question.option.rpartition("_")[2].upper(), help=question.text)
    parser.add_argument("--pin", metavar="REQUIREMENT", help="what requirements.txt installs (default: this Slipway)")
    parser.add_argument("--yes", action="store_true", help="ask nothing; take the defaults for what is not given")


def run(args: argparse.Namespace, out: Output) -> int:
    """Ask, check and write; 2 if something is missing, wrong or in the way, and then nothing was written."""
    from generator.cli.new_files import place
    from generator.config.schema import KINDS, text
    from generator.config.starter import NewEnvironment, NewPlatform, platform_files

    folder = Path(args.dir)
    if (folder / "stacks").exists():
        raise UsageError(f"{folder / 'stacks'} is there already; add to it with: slipway new service NAME")
    answers = _answers(args, out)
    environment = NewEnvironment(
        answers["environment"], answers["account"], answers["region"], answers["domain"], answers["hosted_zone_id"],
        protected=False,
    )  # fmt: skip
    new = NewPlatform(
        name=answers["name"], owner=answers["owner"], repository=answers["repository"],
        repository_id=int(answers["repository_id"]), owner_id=int(answers["owner_id"]),
        people=tuple(part.strip() for part in answers["people"].split(",") if part.strip()),
        environment=environment, service=answers["service"], port=int(answers["port"]), pin=args.pin or _pin(),
    )  # fmt: skip
    files = platform_files(new, {kind: text(kind) for kind in KINDS})
    for name in [name for name in (".gitignore", "README.md", "requirements.txt") if (folder / name).exists()]:
        del files[name]
        out.progress(f"{folder / name} is there already, and stays as it is")
    place(folder, files)
    if out.json:
        from generator.cli.documents.platform_documents import WrittenDocument

        out.data(WrittenDocument(written=tuple(str(folder / name) for name in files)))
        return 0
    for name in files:
        out.text(f"wrote {folder / name}")
    go = "" if args.dir == "." else f"cd {args.dir} && "
    out.progress(f"Next: {go}slipway build && slipway lint --fast")
    out.progress(f"Then a release on this machine: slipway apply {environment.name} --yes --sandbox")
    return 0


def _answers(args: argparse.Namespace, out: Output) -> dict[str, str]:
    """What was given, else asked on a terminal, else the default.

    Raises:
        UsageError: something has no default and was not given, or does not fit; all of it at once.
    """
    ask = sys.stdin.isatty() and not args.yes and not out.json
    found, missing, wrong = {}, [], []
    for question in _QUESTIONS:
        option = f"--{question.option.replace('_', '-')}"
        given = getattr(args, question.option)
        default = question.default(args)
        value = given if given is not None else _ask(question, default, out) if ask else default
        if not value and not re.fullmatch(question.valid, value):
            missing.append(option)
        elif not re.fullmatch(question.valid, value):
            wrong.append(f"{option} {value!r}: {question.text}")
        found[question.option] = value
    if missing or wrong:
        lines = [*wrong, *([f"{', '.join(missing)} must be given; see `slipway init --help`"] if missing else [])]
        raise UsageError("\n".join(lines))
    return found


def _ask(question: _Question, default: str, out: Output) -> str:
    while True:
        out.ask(f"{question.text}{f' [{default}]' if default else ''}: ")
        try:
            answer = input().strip() or default
        except EOFError:
            raise UsageError("the answers ended; nothing was written") from None
        if re.fullmatch(question.valid, answer):
            return answer
        out.error("that does not fit; please write it again")


def _pin() -> str:
    """The requirement that installs this Slipway again, from where it came (PEP 610), "" where nobody can know.

    Source: Python Packaging User Guide, "Recording the Direct URL Origin of installed distributions".
    """
    import json
    from importlib.metadata import distribution

    origin = json.loads(distribution("slipway-ecs").read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        return f"slipway-ecs[sandbox] @ git+{url}@{origin['vcs_info']['commit_id']}"
    digest = origin.get("archive_info", {}).get("hashes", {}).get("sha256", "")
    if digest and url.startswith("https://"):
        return f"slipway-ecs[sandbox] @ {url}#sha256={digest}"
    checkout = Path(__file__).parents[2]
    remote, commit = _git(checkout, "remote", "get-url", "origin"), _git(checkout, "rev-parse", "HEAD")
    return f"slipway-ecs[sandbox] @ git+{remote}@{commit}" if remote.startswith("https://") and commit else ""
