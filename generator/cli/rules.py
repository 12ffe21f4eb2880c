"""``slipway rules [ID]``: list the lint rules, or explain one."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli.output import Output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.cli.documents.platform_documents import ExplainedRule
    from generator.lint.catalogue import RuleInfo
    from generator.lint.rules.rule import Example

EXAMPLES = [
    "slipway rules                # every rule of ours",
    "slipway rules E9501          # why it matters, the source, the fix, and an example",
    "slipway rules --all --json   # cfn-lint's and cloudformation-validate's too",
    'slipway rules --path         # for plain cfn-lint: cfn-lint template.yaml -a "$(slipway rules --path)"',
]
DOCUMENTS = ("rules",)

_OPEN, _CLOSE = "<!-- rules -->", "<!-- /rules -->"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "id", nargs="*", metavar="ID", help="explain these rules, such as E9501 (default: list them all)"
    )
    parser.add_argument("--all", action="store_true", help="list the rules of cfn-lint and cloudformation-validate too")
    parser.add_argument(
        "--markdown", action="store_true", help="print the list as a Markdown table, as in docs/lint.md"
    )
    parser.add_argument("--into", metavar="FILE", help=f"write that table into FILE, between {_OPEN} and {_CLOSE}")
    parser.add_argument(
        "--path", action="store_true", help="print the folder that plain cfn-lint loads: cfn-lint template.yaml -a DIR"
    )


def run(args: argparse.Namespace, out: Output) -> int:
    """Print the list or the explanations. Return 2 for an id that no engine has."""
    if args.path:
        import generator.lint.rules

        out.text(str(Path(generator.lint.rules.__file__).parent))
        return 0
    if args.id:
        return _explain(args.id, out)
    from generator.lint.catalogue import everything, ours

    rules = everything() if args.all else list(ours().values())
    if out.json:
        _print_rules([_as_data(rule, None) for rule in rules], out)
    elif args.into:
        _into(Path(args.into), markdown(rules))
    elif args.markdown:
        out.stdout.write(markdown(rules))
    else:
        rows = [[rule.id, rule.severity, rule.group or rule.engine, rule.title] for rule in rules]
        out.table(["rule", "severity", "group", "what it finds"], rows)
    return 0


def markdown(rules: "Sequence[RuleInfo]") -> str:
    """A table of rules with a line for each, its source linked where it has an address."""
    from generator.lint.catalogue import url

    lines = ["| rule | severity | group | what it finds | why | source |", "|---|---|---|---|---|---|"]
    for rule in rules:
        address = url(rule.source)
        name = rule.source.removesuffix(address).rstrip(" ,:") or "AWS"
        source = f"[{_cell(name)}]({address})" if address else _cell(rule.source)
        cells = [rule.id, rule.severity, rule.group or rule.engine, _cell(rule.title), _cell(rule.why), source]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _into(path: Path, table: str) -> None:
    from generator.errors import UsageError

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read; name a Markdown file that holds {_OPEN} and {_CLOSE}") from error
    before, opened, rest = text.partition(f"{_OPEN}\n")
    _, closed, after = rest.partition(_CLOSE)
    if not opened or not closed:
        raise UsageError(f"{path}: has no markers for the table; write {_OPEN} and {_CLOSE} on lines of their own")
    path.write_text(before + opened + table + closed + after, encoding="utf-8")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").replace("<", "&lt;")


def _explain(ids: "Sequence[str]", out: Output) -> int:
    from generator.lint.catalogue import everything, example, ours

    own = ours()
    asked = [rule_id.upper() for rule_id in ids]
    # The engines take a second to load, and are only asked about ids that are not ours.
    known = list(own.values()) if all(rule_id in own for rule_id in asked) else everything()
    found = [rule for rule_id in asked for rule in known if rule.id == rule_id]
    if out.json:
        _print_rules([_as_data(rule, example(rule)) for rule in found], out)
    else:
        out.stdout.write("\n".join(_as_text(rule, example(rule)) for rule in found))
    unknown = [rule_id for rule_id in asked if not any(rule.id == rule_id for rule in found)]
    for rule_id in unknown:
        out.error(f"{rule_id}: {_nearest(rule_id, [rule.id for rule in known])}")
    return 2 if unknown else 0


def _nearest(rule_id: str, ids: "Sequence[str]") -> str:
    from difflib import get_close_matches

    near = get_close_matches(rule_id, ids, n=1)
    return f"no such rule; {f'did you mean {near[0]}?' if near else 'see `slipway rules --all`'}"


def _print_rules(rules: "Sequence[ExplainedRule]", out: Output) -> None:
    from generator.cli.documents.platform_documents import RulesDocument

    out.data(RulesDocument(rules=tuple(rules)))


def _as_data(rule: "RuleInfo", shown: "Example | None") -> "ExplainedRule":
    from msgspec import structs

    from generator.cli.documents.platform_documents import ExplainedRule

    return ExplainedRule(
        **structs.asdict(rule), fails=shown.fails if shown else None, passes=shown.passes if shown else None
    )


def _as_text(rule: "RuleInfo", shown: Any) -> str:
    from generator.lint.catalogue import as_yaml

    lines = [f"{rule.id}  {rule.title}", f"  {'found by':8}  {rule.engine}, as {_article(rule.severity)}"]
    for label, text in (("why", rule.why), ("fix", rule.fix), ("source", rule.source)):
        if text:
            lines.append(f"  {label:8}  {' '.join(text.split())}")
    if shown:
        for label, template in (("Fails:", shown.fails), ("Passes:", shown.passes)):
            lines += ["", f"  {label}", *(f"    {line}" for line in as_yaml(template).splitlines())]
    return "\n".join(lines) + "\n"


def _article(severity: str) -> str:
    return {"error": "an error", "warning": "a warning"}.get(severity, "information")
