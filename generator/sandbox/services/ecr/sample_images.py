"""Images that a repository holds from the moment that it is created, as if CI had pushed them in that second.

POST /_slipway/sample-images {"account": "333333333333", "region": "eu-west-1", "repository": "slipway/app",
"images": [{"manifest": "{...}", "tag": "sample-good"}]}

A repository of the platform is created by a release, and the release of a service needs its image right after.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from generator.sandbox.ecs import ministack_ecs
from generator.sandbox.ecs.model import Home
from generator.sandbox.server.control import control
from generator.sandbox.server.persistence import persisted
from generator.sandbox.services import ministack_ecr

if TYPE_CHECKING:
    from generator.sandbox.server.wire import Request


class SampleImages:
    """Images by account, region and repository: ``[{"manifest": text, "tag": text}]``."""

    def __init__(self) -> None:
        self._held: dict[str, list[dict[str, str]]] = {}
        self._lock = threading.Lock()

    def add(self, home: Home, repository: str, images: list[dict[str, str]]) -> None:
        """Keep these beside those that are kept already."""
        with self._lock:
            held = self._held.setdefault(f"{home.account}/{home.region}/{repository}", [])
            held += [image for image in images if image not in held]

    def of(self, home: Home, repository: str) -> list[dict[str, str]]:
        """Those of a repository."""
        with self._lock:
            return list(self._held.get(f"{home.account}/{home.region}/{repository}", []))

    def dump(self) -> dict[str, list[dict[str, str]]]:
        """Everything."""
        with self._lock:
            return {key: list(images) for key, images in self._held.items()}

    def load(self, data: dict[str, list[dict[str, str]]]) -> None:
        """Take back what `dump` gave."""
        with self._lock:
            self._held = data

    def reset(self) -> None:
        """Forget everything."""
        self.load({})


SAMPLES = SampleImages()
persisted("ecr-sample-images", SAMPLES)


@control("sample-images")
def sample_images(body: dict[str, Any]) -> None:
    """Put images into a repository, now if it is there, and when it is created.

    Raises:
        ValueError: A member is missing.
    """
    home = Home(str(body.get("account") or ""), str(body.get("region") or ""))
    repository, images = str(body.get("repository") or ""), body.get("images")
    if not (home.account and home.region and repository and isinstance(images, list)):
        raise ValueError('send "account", "region", "repository" and "images", a list of {"manifest", "tag"}')
    given = [{"manifest": str(image["manifest"]), "tag": str(image["tag"])} for image in images]
    SAMPLES.add(home, repository, given)
    ministack_ecs.on_loop(home, lambda: put(home, repository))


def put(home: Home, repository: str) -> None:
    """Put what is kept for a repository into it, if it is there. Call it on the event loop."""
    for image in SAMPLES.of(home, repository):
        ministack_ecr.put_image(home, repository, image["manifest"], image["tag"])


def created(request: Request) -> None:
    """A repository was just created. Call it on the event loop."""
    put(Home(request.account, request.region), request.text("repositoryName"))
