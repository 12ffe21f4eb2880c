"""The files of a static site in the bucket: below their digest, once, with what CloudFront and browsers are to do with them."""

from __future__ import annotations

import pytest

from generator.aws.session import Session
from generator.aws.version_publisher import Publisher
from generator.release.errors import Invalid, Tampered
from generator.release.site_files import SiteFile, site_digest
from tests.contract.test_versions_contract import bucket, signing_key

PAGE = SiteFile("index.html", b"<title>1</title>", "text/html; charset=utf-8")
SCRIPT = SiteFile("assets/a-1.js", b"1", "text/javascript; charset=utf-8", hashed=True)


@pytest.fixture
def publisher(session: Session) -> Publisher:
    """A publisher whose bucket for sites is that of everything else."""
    objects = bucket(session)
    return Publisher(objects, signing_key(session), objects)


def stored(publisher: Publisher, session: Session, key: str) -> tuple[bytes, str, str]:
    """Content, type and Cache-Control of an object."""
    found = session.api("s3")("get_object", Bucket=publisher._objects.bucket, Key=key)
    return found["Body"].read(), found["ContentType"], found["CacheControl"]


def test_a_site_is_stored_by_the_digest_of_its_files(publisher: Publisher, session: Session) -> None:
    """Twice is once. Files with a hash in their name are beside those of other versions."""
    for _ in range(2):
        site = publisher.site("web", (PAGE, SCRIPT))
    assert (site.path, site.count, site.size) == (f"/web/{site_digest((PAGE, SCRIPT))}", 2, len(PAGE.body) + 1)
    page = (b"<title>1</title>", "text/html; charset=utf-8", "no-cache")
    assert stored(publisher, session, f"{site.path[1:]}/index.html") == page
    script = (b"1", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable")
    assert stored(publisher, session, "web/hashed/assets/a-1.js") == script
    other = publisher.site("web", (PAGE._replace(body=b"<title>2</title>"), SCRIPT))
    assert other.path != site.path
    assert stored(publisher, session, f"{site.path[1:]}/index.html") == page


def test_a_name_with_a_hash_has_one_content(publisher: Publisher) -> None:
    """A build tool whose names hold no hash would change files of a version that runs: it is refused, with what to do."""
    publisher.site("web", (PAGE, SCRIPT))
    with pytest.raises(Invalid, match=r"assets/a-1\.js of the site web was published before with other content"):
        publisher.site("web", (PAGE, SCRIPT._replace(body=b"2")))


def test_what_is_below_a_digest_is_what_it_says(publisher: Publisher, session: Session) -> None:
    """Somebody wrote there before: nothing is published."""
    key = f"web/{site_digest((PAGE,))}/index.html"
    session.api("s3")("put_object", Bucket=publisher._objects.bucket, Key=key, Body=b"mine")
    with pytest.raises(Tampered, match="is not what its digest says; find out who wrote it"):
        publisher.site("web", (PAGE,))
