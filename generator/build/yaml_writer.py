"""CloudFormation as YAML for people to read, with the short forms of the intrinsic functions.

``build --format yaml`` writes it beside the JSON that is deployed. troposphere's ``to_yaml`` gives the same document
about sixty times slower; a test reads this text back and compares it with the template.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

_SHORT = frozenset(
    "Base64 Cidr FindInMap GetAZs If ImportValue Join Select Split Sub And Equals Not Or ToJsonString Length".split()  # noqa: SIM905
)
# A plain scalar that YAML 1.1 and 1.2 readers both take for the same string: no digits first, no words like `no`.
_PLAIN = re.compile(r"^[A-Za-z_/][A-Za-z0-9_/.-]*(?:::[A-Za-z0-9]+)*$")
_RAW = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff]")
_WORDS = frozenset("y n yes no on off true false null none nan inf".split())  # noqa: SIM905


def to_yaml(template: dict[str, Any]) -> str:
    """YAML text of a template (plain data); sections in CloudFormation's usual order, keys otherwise sorted."""
    first = [
        "AWSTemplateFormatVersion",
        "Description",
        "Transform",
        "Metadata",
        "Parameters",
        "Mappings",
        "Rules",
        "Conditions",
    ]
    names = [n for n in first if n in template] + sorted(set(template) - {*first, "Outputs"})
    if "Outputs" in template:
        names.append("Outputs")
    lines: list[str] = []
    for name in names:
        lines.extend(_entry(f"{name}:", template[name], 0))
    return "\n".join(lines) + "\n"


def _entry(head: str, value: Any, depth: int) -> Iterator[str]:
    """Lines of ``head`` (a key with its colon, or a dash) and its value; children are indented below ``depth``."""
    pad = "  " * depth
    tag, value = _tagged(value)
    lead = f"{pad}{head}{tag}"
    if isinstance(value, str) and "\n" in value and _literal(value):
        yield f"{lead} |{'' if value.endswith(chr(10)) else '-'}"
        for line in value.removesuffix("\n").split("\n"):
            yield f"{pad}  {line}" if line else ""
    elif isinstance(value, dict) and value:
        items = [(_scalar(k) + ":", v) for k, v in sorted(value.items())]
        yield from _block(lead, items, depth, in_sequence=head == "-" and not tag)
    elif isinstance(value, list) and value:
        yield from _block(lead, [("-", v) for v in value], depth, in_sequence=head == "-" and not tag)
    else:
        yield f"{lead} {_scalar(value)}"


def _block(lead: str, items: list[tuple[str, Any]], depth: int, *, in_sequence: bool) -> Iterator[str]:
    """A mapping or sequence below ``lead``. Inside a sequence its first line follows the dash."""
    lines = (line for head, value in items for line in _entry(head, value, depth + 1))
    if in_sequence:
        yield f"{lead} {next(lines).lstrip(' ')}"
    else:
        yield lead
    yield from lines


def _tagged(value: Any) -> tuple[str, Any]:
    """Split an intrinsic function into its short tag (with a leading blank) and its argument."""
    if isinstance(value, dict) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref" and isinstance(argument, str):
            return " !Ref", argument
        if name == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(a, str) for a in argument):
            return " !GetAtt", ".".join(argument)
        if name.startswith("Fn::") and name[4:] in _SHORT and not _is_intrinsic(argument):
            return f" !{name[4:]}", argument
    return "", value


def _is_intrinsic(value: Any) -> bool:
    """Whether a value gets a tag of its own. YAML allows one tag for each node."""
    return isinstance(value, dict) and bool(_tagged(value)[0])


def _literal(value: str) -> bool:
    """Whether a text can be a literal block: printable, no leading blank, at most one newline at its end."""
    return (
        value[0] not in " \n\t"
        and not value.endswith("\n\n")
        and value.isascii()
        and value.replace("\n", "").isprintable()
    )


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _PLAIN.match(value) and value.lower() not in _WORDS and not value.endswith((".", "/")):
            return value
        # JSON strings are YAML's double-quoted strings, but for characters that YAML does not let stand raw.
        return _RAW.sub(lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False))
    text = json.dumps(value)
    # YAML 1.1 takes `1e-07` for a string: its floats have a point.
    return text.replace("e", ".0e") if isinstance(value, float) and "e" in text and "." not in text else text
