"""What commands print with ``--json``: a struct for each document, which names itself in its field ``document``.

``release/1`` is version 1 of the document ``release``. Fields and words may join a version; a field that goes, or that
means something else, makes a new one. The schemas in docs/schemas/ are written from these structs
(`make fresh-write`).
"""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Document(msgspec.Struct, frozen=True, kw_only=True, tag_field="document"):
    """Base class of all. A struct of the domain in it leaves out the fields that have their defaults."""
