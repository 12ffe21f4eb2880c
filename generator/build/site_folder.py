"""Reads the files of a static site from the folder that a build tool wrote, or says what can't be published."""

import re
from collections.abc import Iterator
from pathlib import Path

from generator.errors import UsageError
from generator.release.site_files import SiteFile

# By the file's ending, as the registries of media types have it (IANA: Media Types). A table of our own, because Python's
# depends on the machine, and the same files must have the same digest everywhere.
_TYPES = {
    "avif": "image/avif", "css": "text/css; charset=utf-8", "gif": "image/gif", "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon", "jpeg": "image/jpeg", "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8", "json": "application/json", "mjs": "text/javascript; charset=utf-8",
    "mp4": "video/mp4", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8", "wasm": "application/wasm", "webmanifest": "application/manifest+json",
    "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2", "xml": "application/xml",
}  # fmt: skip
# CloudFront compresses by itself, and source maps are for developers.
_LEFT_OUT = frozenset({"br", "gz", "map"})
_NAME = re.compile(r"[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)*")
MOST_FILES = 5_000
MOST_BYTES = 50 * 1024 * 1024


def read_site(folder: Path, hashed: str) -> tuple[SiteFile, ...]:
    """The files below a folder, sorted by path. ``hashed`` is the folder in it whose files have a hash in their name.

    Raises:
        UsageError: it is no folder with an ``index.html``, or holds what can't be published.
    """
    if not (folder / "index.html").is_file():
        raise UsageError(f"{folder} has no index.html; write the folder that your build tool wrote, such as dist")
    found = tuple(_read(folder, path, hashed) for path in sorted(_published(folder)))
    if len(found) > MOST_FILES or sum(len(file.body) for file in found) > MOST_BYTES:
        raise UsageError(
            f"{folder} has more than {MOST_FILES} files or 50 MiB; put large files into a bucket of data.buckets instead"
        )
    return found


def _published(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_symlink():
            raise UsageError(f"{path} is a symbolic link; let the build tool write a file")
        if path.is_file() and path.suffix.removeprefix(".") not in _LEFT_OUT:
            yield path


def _read(folder: Path, path: Path, hashed: str) -> SiteFile:
    name = path.relative_to(folder).as_posix()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{ascii(name)[:100]} has characters that an address must escape; use letters, digits, _ . ~ and -"
        )
    if "." not in path.name:
        raise UsageError(f"{name} has no ending such as .html; an address without one is answered with index.html")
    kind = _TYPES.get(path.suffix.removeprefix(".").lower(), "application/octet-stream")
    return SiteFile(name, path.read_bytes(), kind, name.startswith(f"{hashed}/"))
