"""``slipway new service|function|environment NAME``: a valid file to begin with."""

import argparse
import re
from pathlib import Path

from generator.cli.output import Output
from generator.errors import UsageError

EXAMPLES = [
    "slipway new service shop --port 8080 --health /health",
    'slipway new function cleanup --schedule "rate(1 hour)"',
    "slipway new environment prod --account 333333333333 --region eu-west-1 --domain example.com --protected",
]
DOCUMENTS = ("written",)
_KINDS = ("service", "function", "environment")
_TAKES = {
    "service": {"port", "health"},
    "function": {"schedule"},
    "environment": {"account", "region", "domain", "hosted_zone_id", "protected"},
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("kind", choices=_KINDS, metavar="|".join(_KINDS), help="what is added")
    parser.add_argument("name", metavar="NAME", help="its name, which is also the name of its file")
    parser.add_argument("--port", type=int, metavar="N", help="service: where the container listens (default: 8080)")
    parser.add_argument("--health", metavar="PATH", help="service: the path that answers 200 (default: /)")
    parser.add_argument("--schedule", metavar="WHEN", help="function: rate(...) or cron(...) (default: rate(1 hour))")
    parser.add_argument("--account", metavar="ID", help="environment: AWS account, 12 digits")
    parser.add_argument("--region", metavar="REGION", help="environment: AWS Region")
    parser.add_argument("--domain", metavar="DOMAIN", help="environment: domain name")
    parser.add_argument("--hosted-zone-id", metavar="ID", help="environment: Route 53 zone that holds the domain")
    parser.add_argument("--protected", action="store_true", default=None, help="environment: as production needs it")


def run(args: argparse.Namespace, out: Output) -> int:
    """Write the files; 2 if one is there or the configuration would be wrong."""
    from generator.cli.new_files import NAME, place
    from generator.config import starter

    folder = Path(args.stacks)
    if folder.name != "stacks" or not folder.is_dir():
        raise UsageError(f"{folder} is no folder stacks/; run `slipway init` for a new platform, or go to where it is")
    if not re.fullmatch(NAME, args.name):
        raise UsageError(
            f"{args.name!r} can't be a name: lower-case letters, digits and single hyphens make one, such as my-{args.kind}"
        )
    _only(args, args.kind)
    match args.kind:
        case "service":
            text = starter.service_file(8080 if args.port is None else args.port, args.health or "/")
            files, then = {f"stacks/services/{args.name}.yaml": text}, "slipway build && slipway lint --fast"
        case "function":
            files, then = starter.function_files(args.name, args.schedule or "rate(1 hour)"), "slipway build"
        case _:
            missing = [f"--{field}" for field in ("account", "region", "domain") if not getattr(args, field)]
            if missing:
                raise UsageError(f"an environment also needs {', '.join(missing)}; see `slipway new --help`")
            new = starter.NewEnvironment(
                args.name, args.account, args.region, args.domain, args.hosted_zone_id or "", args.protected
            )
            files, then = (
                {f"stacks/environments/{args.name}.yaml": starter.environment_file(new)},
                f"slipway build {args.name}",
            )
    place(folder.parent, files)
    if out.json:
        from generator.cli.documents.platform_documents import WrittenDocument

        out.data(WrittenDocument(written=tuple(files)))
        return 0
    for name in files:
        out.text(f"wrote {folder.parent / name}")
    out.progress(f"Next: {then}")
    return 0


def _only(args: argparse.Namespace, kind: str) -> None:
    """Refuse an option of another kind: dropped in silence it would be missed later."""
    others = set().union(*_TAKES.values()) - _TAKES[kind]
    wrong = sorted(f"--{name.replace('_', '-')}" for name in others if getattr(args, name) is not None)
    if wrong:
        raise UsageError(f"a {kind} takes no {', '.join(wrong)}; see `slipway new --help`")
