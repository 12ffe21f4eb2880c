"""Reads JSON into values of msgspec, safely from many threads.

msgspec learns a type at its first use and stores what it knows while it still learns: a second thread that decodes the same type at that
moment crashes the whole process (msgspec 0.22, seen with ``Release``). So a type is learned under a lock, before anything is decoded.
"""

from threading import Lock
from types import UnionType
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

_LOCK = Lock()
_KNOWN: dict[Any, "msgspec.json.Decoder[Any]"] = {}


@overload
def decode(text: bytes | str, kind: type[T]) -> T: ...


@overload
def decode(text: bytes | str, kind: UnionType) -> Any: ...


def decode(text: bytes | str, kind: Any) -> Any:
    """A value of a type, or of one of several, from its JSON.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    decoder = _KNOWN.get(kind)
    if decoder is None:
        with _LOCK:
            decoder = _KNOWN.setdefault(kind, msgspec.json.Decoder(kind))
    return decoder.decode(text)
