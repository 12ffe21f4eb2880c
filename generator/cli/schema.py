"""``slipway schema [KIND]``: the JSON Schema of the configuration files."""

import argparse
from pathlib import Path

from generator.cli.output import Output
from generator.errors import UsageError

EXAMPLES = (
    "slipway schema service          print the schema of services/*.yaml",
    "slipway schema --write          write stacks/schema/*.json, which the files name for editors",
    "slipway schema --check          exit 1 if they are not up to date",
    "slipway schema --into docs/configuration.md   write the tables of all fields into a document",
)
DOCUMENTS = ("schema-files",)
KINDS = ("platform", "environment", "service", "function")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what this command takes."""
    parser.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND", help=f"kind of file: {', '.join(KINDS)}")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="write the schemas of all kinds below DIR/schema/")
    action.add_argument("--into", metavar="FILE", help="write tables of all fields into FILE, between its two markers")
    action.add_argument(
        "--check",
        action="store_true",
        help="list the schema files that are not up to date, and exit 1 if there is one",
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print one schema, or write or check all of them. Return 0 if done, 1 if one is not up to date.

    Raises:
        UsageError: no kind is named, or the folder is missing.
    """
    from generator.config.schema import KINDS as ALL
    from generator.config.schema import text

    if args.into:
        return _into(Path(args.into), out)
    if not (args.write or args.check):
        if args.kind is None:
            raise UsageError(
                f"slipway schema: no kind of file is given; write one of {', '.join(KINDS)}; see `slipway schema "
                "--help`"
            )
        out.block(text(args.kind).rstrip("\n") + "\n")
        return 0
    folder = Path(args.stacks)
    if not folder.is_dir():
        raise UsageError(f"{folder} does not exist; run in the folder that holds stacks/, or name it with --stacks DIR")
    kinds = [kind for kind in ALL if args.kind in {None, kind}]
    texts = {folder / "schema" / f"{kind}.json": text(kind) for kind in kinds}
    stale = [path for path, expected in texts.items() if not _same(path, expected)]
    if args.write:
        (folder / "schema").mkdir(exist_ok=True)
        for path in stale:
            path.write_bytes(texts[path].encode())
    if args.json:
        from generator.cli.documents.platform_documents import SchemaFilesDocument

        names = tuple(map(str, stale))
        out.data(SchemaFilesDocument(written=names) if args.write else SchemaFilesDocument(stale=names))
    elif args.write:
        out.block("".join(f"wrote {path}\n" for path in stale) or "all schemas are up to date\n")
    else:
        out.text(
            "\n".join(f"{path} is not up to date; run `slipway schema --write`" for path in stale)
            or "all schemas are up to date"
        )
    return 1 if stale and args.check else 0


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()


def _into(path: Path, out: Output) -> int:
    from generator.config.reference import into

    try:
        old = path.read_text()
        new = into(old)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}; add the two markers where you want the tables") from error
    path.write_text(new)
    out.text(f"{path}: {'up to date' if new == old else 'written'}")
    return 0
