"""Texts that people read use the plain words of AWS's own documentation, one word for one thing.

`BANNED` is the list: a phrase, and what to write instead. Texts are the strings of the code that hold a space, all
docstrings, and the pages of the documentation. A new riddle that a reader stumbles over is one line more here.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("app/backend", "bot", "generator", "templates")
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
# Things of which "is no ..." reads like a riddle; "there is no ..." does not.
_THINGS = (
    "JSON|acknowledgement|card|command|date|digest|drift|fault|file|key|known person|list|mapping|member|number|object|"
    "operator|person|pictures?|plain|policy|programs|request|scalar|signature|template|text|tombstone|valid"
)
# A phrase as a regular expression without regard to case, and what to write instead.
BANNED = {
    r"begins? anew|\banew\b": "again, starts again",
    r"roll-backs?\b": "rollback",
    r"\bnobody works\b": "no worker is running",
    r"\bnobody knows\b": "is not known, is not a known person",
    r"\bnobody is asked\b|\basks nobody\b": "needs no approval",
    r"\bit is told\b|\bare told\b|\bis told\b": "is reported, is shown",
    r"\bsay no\b|\bsays no\b": "reject, refuse",
    r"\bthe way back\b|\bon the way back\b|\bno way back\b": "the rollback",
    r"\bstays open\b": "stays allowed",
    r"\bgoes? ahead\b": "starts",
    r"\bgo on\?|\bgoes on without\b": "continue, continues",
    r"\bgoes? back by itself\b": "is rolled back automatically",
    r"\bglass broken\b|\bbreaking the glass\b": "break glass",
    r"\bput (?:it|that|this|them|one of them|one) right\b|\bput right what\b": "correct",
    r"\btake (?:it|that|a lock) away\b": "remove",
    r"\bis made for the first time\b|\bbeing made\b|\bwas never made\b": "created",
    r"\bgains rights\b": "permissions are added",
    r"\bset aside\b": "moved to a dead-letter queue",
    r"\bdoes not stand in the way\b": "is allowed",
    r"\blost to another write\b": "another write came first",
    r"\bsomebody else was faster\b": "another person changed it at the same time",
    r"\bis the administrators' alone\b": "can be changed by administrators only",
    r"\bbrings? (?:the last good|an earlier) version back\b": "restores, rolls back to",
    r"\bbears? (?:it )?out\b|\bborne out\b": "confirms, the evidence of",
    r"\bhears? of\b": "is called with, receives, is notified",
    r"\bways? back\b": "rollback",
    r"\bgoes on\b(?! (?:to|the|a)\b)|\bgo on\b(?! (?:to|the|a)\b)": "continue, continues",
    r"\bwhoever\b": "anyone who, the person who, the caller that",
    r"\bbut for\b": "except for",
    r"\bin so many words\b": "explicitly",
    r"\b(?:the|this) very\b(?! (?:beginning|first|last))": "exactly this",
    r"\btak(?:e|es|en) away\b": "remove, removed",
    r"\bin vain\b": "without success",
    r"\bunseen\b": "unnoticed, without a trace",
    rf"(?<!there )\b(?:is|are) no (?:{_THINGS})\b": "is not a ..., is not ...",
    r"\bhas (?:a|no) say\b": "has an effect, has no effect",
    r"\btells? of\b|\btold of\b": "reports",
    r"\b(?:is|are|was|were|be) made (?:for the first time|when|once|if it is missing)\b": "is created",
    r"\blook(?:s|ed)? after\b": "checks, handles",
    r"\bbehind \S+'s back\b": "outside of CloudFormation",
    r"\bcomes? to rest\b": "reaches a stable state",
    r"\bgives? out\b": "serves, issues",
    r"\blets? go of\b": "closes, releases",
    r"\bdeal(?:s|t)? with\b": "handles, handled",
}
# Templates whose words are in stacks that people have: they change with the next change of the template.
KNOWN = {
    "bot/grammar/vocabulary.py": "go on",  # what people may write
    "templates/foundation/budget.py": "hears of",
    "templates/observability/events.py": "whoever",
    "templates/permissions/__init__.py": "whoever",
    "templates/service/hook_code.py": "go on",
}


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Strings that hold a space, docstrings too, with their lines; of an f-string what is written in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, " ".join(node.value.split())


def riddles(text: str) -> list[str]:
    """What a text holds of the banned phrases, each with what to write instead."""
    return [f"{m[0]!r}: write {BANNED[p]}" for p in BANNED for m in re.finditer(p, text, re.IGNORECASE)]


def _is_known(riddle: str, known: str) -> bool:
    return bool(known) and riddle.startswith(repr(known))


def found() -> list[str]:
    """Every banned phrase in a text for people, with its place."""
    rows = []
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            where = path.relative_to(ROOT)
            known = KNOWN.get(str(where), "")
            read = texts(path.read_text())
            rows += [
                f"{where}:{line}: {one}" for line, text in read for one in riddles(text) if not _is_known(one, known)
            ]
    for path in PAGES:
        lines = enumerate(path.read_text().splitlines(), 1)
        rows += [f"{path.relative_to(ROOT)}:{number}: {one}" for number, line in lines for one in riddles(line)]
    return rows


def test_no_text_for_people_holds_a_riddle() -> None:
    """A reader of any mother tongue meets no phrase that AWS's documentation would not use."""
    assert found() == []


@pytest.mark.parametrize(
    ("source", "banned"),
    [
        ('print("The demo begins anew.")', True),
        ('print(f"{a}: nobody knows {b}")', True),
        ('print("a gate that " "stays open")', True),
        ('"""Nobody knows why."""', True),
        ('def f():\n    """It begins anew."""', True),
        ('class C:\n    def _f(self):\n        """It begins anew."""', True),
        ('def f():\n    """It starts again.\n\n    It begins\n    anew."""', True),
        ('print("The demo starts again.")', False),
        ('def f():\n    """It starts again."""', False),
        ("nobody_knows = 1  # Nobody knows.", False),
    ],
)
def test_strings_and_docstrings_are_judged(source: str, *, banned: bool) -> None:
    """Plain strings, f-strings, joined ones and every docstring, whatever line; names and comments are not."""
    assert any(riddles(text) for _, text in texts(source)) is banned


@pytest.mark.parametrize(
    ("text", "banned"),
    [
        ("The text is no JSON", True),
        ("There is no JSON", False),
        ("there is no key of this name", False),
        ("It goes on by itself", True),
        ("Traffic goes on the new side", False),
        ("the very first message", False),
        ("the very text", True),
        ("Encryption at rest", False),
    ],
)
def test_a_phrase_of_the_list_is_found_and_its_neighbour_is_not(text: str, *, banned: bool) -> None:
    """The list names riddles, and leaves alone what AWS's own documentation says."""
    assert bool(riddles(text)) is banned


def test_what_is_known_is_still_there() -> None:
    """An exception goes with its text."""
    for name, phrase in KNOWN.items():
        assert any(phrase in text for _, text in texts((ROOT / name).read_text())), name
