"""The map in docs/architecture.md shows the code as it is."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.unit.test_architecture import ROOMS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
# `generator/config/read.py`, `templates/`: paths of ours, as they stand between backticks.
NAMED = re.compile(r"`((?:stacks|templates|generator|bot|app|tests|docs|build)/[\w./-]*)`")
WRITTEN = {"build/"}  # exists only after `slipway build`
TYPE = re.compile(r"`([A-Z][A-Za-z]+)`")
TESTS = re.compile(r"\btests/[\w/-]+(?:\.(?:py|yaml|md|txt))?")
CITES = re.compile(r"\b((?:docs|tests)/[\w/-]+\.(?:md|py))\b")


def tree() -> Iterator[tuple[str, str]]:
    """Each path of the tree with its line, from the two spaces by which each level is indented."""
    block = re.search(r"^```tree\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert block, "the page has no tree"
    above: list[str] = []
    for line in block[1].splitlines():
        level = (len(line) - len(line.lstrip())) // 2
        name, _, said = line.strip().partition(" ")
        above = [*above[:level], name.rstrip("/")]
        yield "/".join(above), said.strip()


def folders() -> Iterator[str]:
    """Folders of code: those that hold files of ours, whatever Python or an editor left behind."""
    for name in ("generator", "bot", "templates"):
        for folder in [ROOT / name, *sorted((ROOT / name).rglob("*/"))]:
            if "__pycache__" not in folder.parts and any(file.is_file() for file in folder.iterdir()):
                yield str(folder.relative_to(ROOT))


def test_every_path_that_the_map_names_exists() -> None:
    """Anyone who follows the map, or the page of decisions, arrives."""
    decisions = (ROOT / "docs" / "decisions.md").read_text()
    named = set(NAMED.findall(PAGE + decisions)) - WRITTEN
    assert len(named) > 80
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
    assert [path for path, _ in tree() if not (ROOT / path).exists()] == []


def test_every_value_on_the_path_of_a_release_is_a_class() -> None:
    """The table of the path names the types as the code names them today."""
    path = PAGE.partition("## The path of a release")[2].partition("## Where to find")[0]
    named = {name for cell in re.findall(r"^\|[^|]*\|([^|]*)\|", path, re.MULTILINE) for name in TYPE.findall(cell)}
    source = "\n".join(file.read_text() for file in (ROOT / "generator").rglob("*.py"))
    assert len(named) > 20
    assert (
        sorted(
            name for name in named if not re.search(rf"^(class {name}\b|{name}(: TypeAlias)? = )", source, re.MULTILINE)
        )
        == []
    )


def test_every_test_that_a_page_runs_exists() -> None:
    """The commands of the pages about adding something name tests that are there."""
    made = "test_reports.py"  # a page tells its reader to write it
    pages = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {(page.name, path) for page in pages for path in TESTS.findall(page.read_text())}
    assert len(named) > 20
    assert sorted((page, path) for page, path in named if not path.endswith(made) and not (ROOT / path).exists()) == []


def test_every_folder_is_on_the_map() -> None:
    """No folder of the generator, the bot or the templates is without a line that says what it holds."""
    lines = dict(tree())
    missing = [folder for folder in folders() if not lines.get(folder)]
    assert missing == [], "give each of these folders a line in the tree of docs/architecture.md"


def test_every_page_and_test_that_the_code_cites_exists() -> None:
    """A citation in the code leads to a page of this repository."""
    cited = {
        (str(path.relative_to(ROOT)), page)
        for name in ("generator", "bot", "templates", "stacks", "tests")
        for path in sorted((ROOT / name).rglob("*"))
        if path.suffix in {".py", ".yaml"} and path.is_file() and "golden" not in path.parts
        for page in CITES.findall(path.read_text())
    }
    assert len(cited) > 10
    assert sorted((path, page) for path, page in cited if not (ROOT / page).exists()) == []


def test_the_rules_of_import_are_those_that_are_tested() -> None:
    """The table of the page says of each room of the generator what the test of the architecture lets it import."""
    rows = dict(re.findall(r"^\| `generator/(\w+)/` \| ([^|]*) \|", PAGE, re.MULTILINE))
    assert {room: set(re.findall(r"`(\w+)`", others)) for room, others in rows.items()} == ROOMS
