"""Tables as CSV, as spreadsheets read them (RFC 4180).

A cell that begins with one of ``= + - @`` or a control character is a formula to a spreadsheet: an apostrophe stands
before it (OWASP: CSV Injection). Numbers of ours stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # the last four are their full-width forms


def rows(head: Sequence[str], cells: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table, one at a time."""
    yield _line(head)
    for row in cells:
        yield _line([_cell(cell) for cell in row])


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
        case datetime():
            return value.isoformat()
        case _:
            text = str(value)
            return f"'{text}" if text.startswith(_FORMULA) else text
