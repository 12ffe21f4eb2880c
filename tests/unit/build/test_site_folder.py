"""The folder that a build tool wrote becomes the files of a site, or a sentence says what to change."""

from pathlib import Path

import pytest

from generator.build.site_folder import MOST_FILES, read_site
from generator.errors import UsageError
from generator.release.site_files import site_digest


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """What Vite writes: a page, an icon, a script with a hash in its name, and what is not published."""
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "index.html.gz", "icon.svg", "assets/index-4f3a.js", "assets/index-4f3a.js.map"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_files_are_typed_and_cached_by_what_they_are(dist: Path) -> None:
    """Pages are asked for again each time, files with a hash in their name for a year; maps and compressed copies stay here."""
    assert [(f.path, f.content_type, f.cache) for f in read_site(dist, "assets")] == [
        ("assets/index-4f3a.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("icon.svg", "image/svg+xml", "no-cache"),
        ("index.html", "text/html; charset=utf-8", "no-cache"),
    ]


def test_the_digest_stands_for_every_byte_and_name(dist: Path) -> None:
    """The same files have the same digest; another byte, name or folder of hashed files another one."""
    first = site_digest(read_site(dist, "assets"))
    assert len(first) == 64
    assert site_digest(reversed(read_site(dist, "assets"))) == first
    others = {site_digest(read_site(dist, "static"))}
    (dist / "icon.svg").write_text("other")
    others.add(site_digest(read_site(dist, "assets")))
    (dist / "icon.svg").rename(dist / "icon2.svg")
    others.add(site_digest(read_site(dist, "assets")))
    assert len(others | {first}) == 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a b.html", "has characters that an address must escape"),
        ("caf\u00e9.html", "has characters that an address must escape"),
        ("LICENSE", "has no ending such as .html"),
    ],
)
def test_a_file_that_has_no_address_is_refused(dist: Path, name: str, said: str) -> None:
    """Each is named, with what to do."""
    (dist / name).write_text("x")
    with pytest.raises(UsageError, match=said):
        read_site(dist, "assets")


def test_what_is_no_site_is_refused(dist: Path) -> None:
    """A folder without a page, a link out of the folder, and more than a site has."""
    with pytest.raises(UsageError, match=r"assets has no index\.html; write the folder that your build tool wrote"):
        read_site(dist / "assets", "assets")
    link = dist / "passwd.txt"
    link.symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match=r"passwd\.txt is a symbolic link"):
        read_site(dist, "assets")
    link.unlink()
    for number in range(MOST_FILES):
        (dist / f"{number}.txt").touch()
    with pytest.raises(UsageError, match="more than 5000 files"):
        read_site(dist, "assets")
