"""The documentation as a site: ``python -m tests.docs_site [FOLDER]`` writes it into ``FOLDER/site``.

Zensical builds it and refuses links to pages and headings that are not there; pictures and files are checked here.
"""

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "docs" / "zensical.toml"
_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "app/README.md", "app/backend/openapi.json")


def write_source(folder: Path) -> None:
    """Copy the pages as they lie in the repository, with README.md as the page of the root."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder / "docs")
    for name in _PAGES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    for page in [*folder.rglob("*.md"), ROOT / "README.md"]:
        text = re.sub(r"(\]\((?:\.\./)*)README\.md(#[^)]*)?\)", r"\1index.md\2)", page.read_text())
        (folder / "index.md" if page.parent == ROOT else page).write_text(text)


def build(folder: Path) -> Path:
    """Build the site below ``folder`` and return its own.

    Raises:
        SystemExit: a link leads nowhere; which one is on standard error.
    """
    write_source(folder / "pages")
    config = folder / "zensical.toml"
    config.write_text(CONFIG.read_text())
    zensical = Path(sys.executable).with_name("zensical")
    ran = subprocess.run(
        [zensical, "build", "--clean", "--strict", "--config-file", config],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        # Behind the warnings stands Zensical's own traceback.
        raise SystemExit(f"{ran.stdout}{ran.stderr}".partition("Traceback")[0])
    missing = [
        line for page in sorted((folder / "site").rglob("*.html")) for line in missing_files(folder / "site", page)
    ]
    if missing:
        raise SystemExit("\n".join(missing))
    return folder / "site"


class _Links(HTMLParser):
    """Collects what a page shows or links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        del tag
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]


def missing_files(site: Path, page: Path) -> list[str]:
    """Files that a page links to or shows, and that are not in the site."""
    links = _Links()
    links.feed(page.read_text())
    # The page of an error is shown at any address, and links from the root of the host.
    paths = [unquote(urlsplit(link).path) for link in links.found if not urlsplit(link).scheme]
    files = [path for path in paths if path and not path.startswith("/")]
    return [f"{page.relative_to(site)}: {path} is not there" for path in files if not (page.parent / path).exists()]


if __name__ == "__main__":
    print(build(Path(sys.argv[1] if len(sys.argv) > 1 else ".cache/documentation").resolve()))  # noqa: T201
