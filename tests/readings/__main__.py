"""``python -m tests.readings [BASE...]``: record the change sets of all cases, or of some bases."""

import json
import sys
from pathlib import Path

from tests.readings.cases import CASES
from tests.readings.record import record

RECORDED = Path(__file__).parents[1] / "unit" / "preview" / "change_sets"


def main() -> int:
    """Write one file for each base."""
    chosen = set(sys.argv[1:])
    RECORDED.mkdir(parents=True, exist_ok=True)
    for base in sorted({case.base for case in CASES}):
        if chosen and base not in chosen:
            continue
        rows = record([case for case in CASES if case.base == base])
        body = ",\n".join(
            f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in sorted(rows.items())
        )
        (RECORDED / f"{base}.json").write_text(f"{{\n{body}\n}}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
