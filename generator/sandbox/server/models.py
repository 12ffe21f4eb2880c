"""The API models that botocore brings: read once in the sandbox's process, for anyone who asks.

They come without their documentation, which saves a third of their memory, and are botocore's most expensive part: EC2's
takes a tenth of a second and 20 MB.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def model(service: str) -> Any:
    """The `botocore.model.ServiceModel` of a service by botocore's name (`elbv2`), far lighter than a client.

    Raises:
        botocore.exceptions.UnknownServiceError: There is none of this name.
    """
    from botocore.model import ServiceModel

    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


def session() -> Any:
    """A botocore session of its own that shares the models."""
    import botocore.session

    made = botocore.session.Session()
    made.register_component("data_loader", _loader())
    return made


@cache
def _loader() -> Any:
    import botocore.loaders

    class Files(botocore.loaders.JSONFileLoader):  # type: ignore[misc] # botocore has no types
        def load_file(self, file_path: str) -> Any:
            for ending, opened in ((".json", Path.open), (".json.gz", gzip.open)):
                path = Path(file_path + ending)
                if path.is_file():
                    with opened(path, "rb") as file:
                        return json.loads(file.read(), object_pairs_hook=_bare)
            return None

    return botocore.loaders.Loader(file_loader=Files())


def _bare(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # The key stays: botocore reads it of some shapes.
    return {key: "" if key == "documentation" and isinstance(value, str) else value for key, value in pairs}
