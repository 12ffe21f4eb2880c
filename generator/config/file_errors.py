"""One mistake inside a file, and those that libyaml finds in its syntax."""

from msgspec import Struct
from yaml import MarkedYAMLError

from generator.config.problems import Path


class Mistake(Struct, frozen=True):
    """Something wrong in one file; line and column count from 1. ``drop`` is what to leave out to read on."""

    path: Path
    line: int
    column: int
    problem: str
    fix: str
    drop: Path | None = None


# Beginning of libyaml's sentence: what to write instead.
_SYNTAX = {
    "mapping values are not allowed": "put text that holds `: ` in quotes, or correct the indentation",
    "could not find expected ':'": "write `key: value`, and correct the indentation",
    "did not find expected key": "indent the keys of a mapping alike, and put quotes around text that begins with a quote",
    "did not find expected '-'": "begin each entry of the list with `- `, all indented alike",
    "did not find expected ',' or": "close the bracket, or put a comma between its entries",
    "did not find expected node": "write the value, or remove the comma before this place",
    "found unexpected end of stream": "close the quote or bracket",
    "found character that cannot start": "put text that begins with a special character in quotes",
    "found unknown escape": "double the backslash, or use single quotes",
    "block sequence entries are not allowed": "put the list on lines of its own, below its key",
    "found undefined tag": "write the plain value without a tag",
}


def syntax_mistake(data: bytes, error: MarkedYAMLError) -> Mistake:
    """Translate libyaml's complaint; tabs, which it calls something else, are named."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    rows = data.split(b"\n")
    row = rows[line] if line < len(rows) else b""
    if b"\t" in row[: len(row) - len(row.lstrip())]:
        return Mistake((), line + 1, column + 1, "a tab indents this line", "indent with spaces")
    problem = error.problem or "is not valid YAML"
    fix = next(
        (fix for start, fix in _SYNTAX.items() if problem.startswith(start)),
        "correct the indentation and quotes around this place",
    )
    return Mistake((), line + 1, column + 1, f"is not valid YAML ({problem})", fix)
