"""Signed heads of the audit chain: KMS signs them, S3 stores them under Object Lock.

``heads/CHAIN/NUMBER.json`` in the audit bucket, one object for each chain and number. Object Lock guards versions only:
a newer version or a delete marker may lie over a head, so that all versions are read and the oldest counts. Source: S3
User Guide, "Locking objects with Object Lock".
"""

import base64
import binascii
import json
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from itertools import islice
from typing import Any

from generator.aws.objects import History, Objects
from generator.aws.signing_key import SigningKey
from generator.release.audit import Sealed, SealedHead
from generator.release.errors import Tampered

_ROOT = "heads/"
_AT_ONCE = 1000  # heads that are read before the next are listed


class KmsSeal:
    """A ``ports.Seal`` with the audit key."""

    def __init__(self, key: SigningKey, objects: Objects) -> None:
        self._key = key
        self._objects = objects

    def seal(self, chain: str, number: int, hash_: str, at: float) -> None:
        """Sign and store. Repeating it with the same hash does no harm.

        Raises:
            Tampered: Another hash was sealed under this number.
        """
        key = place(chain, number)
        there = self._objects.get(key)
        if there is None:
            signature = self._key.sign(message(chain, number, hash_, at))
            body = {"at": at, "chain": chain, "hash": hash_, "number": number}
            body["signature"] = base64.b64encode(signature).decode()
            # A signature is another each time: who comes second finds one that is not theirs.
            there = self._objects.put_once(key, json.dumps(body, sort_keys=True).encode())
        if there is not None:
            head, good = self._verified(there, key)
            if head.hash != hash_ or not good:
                raise Tampered(f"entry {number} of {chain} was signed with other content; run: slipway audit verify")

    def heads(
        self, pool: Executor | None = None, chosen: Callable[[str], bool] = bool, chain: str = "", after: int = 0
    ) -> Iterator[SealedHead]:
        """Every head that was ever stored, in order of chain and number: its oldest version, and what is wrong with it.

        With ``chain`` those of that chain alone, and no others are listed; with ``after`` those after that number.
        """

        def read(history: History) -> SealedHead:
            raw = self._objects.get(history.key, history.oldest) if history.oldest else None
            head, good = self._verified(raw or b"", history.key)
            return SealedHead(head, _fault(history, good=good))

        prefix = _folder(chain) if chain else _ROOT
        first = place(chain, after) if chain else ""
        found = (history for history in self._objects.histories(prefix) if history.key > first)
        stored = (history for history in found if chosen(_chain_of(history.key)))
        while part := list(islice(stored, _AT_ONCE)):
            yield from map(read, part) if pool is None else pool.map(read, part)

    def _verified(self, raw: bytes, key: str) -> tuple[Sealed, bool]:
        head = _read(raw, key)
        signed = message(head.chain, head.number, head.hash, head.at)
        good = place(head.chain, head.number) == key and self._key.has_signed(signed, head.signature)
        return head, good

    def public_key(self) -> bytes:
        """The public half of the key, as KMS returns it."""
        return self._key.public_key()


def place(chain: str, number: int) -> str:
    """The key of a chain's head in the bucket. Numbers sort as text."""
    return f"{_folder(chain)}{number:010}.json"


def _folder(chain: str) -> str:
    return f"{_ROOT}{urllib.parse.quote(chain, safe='')}/"


def _chain_of(key: str) -> str:
    return urllib.parse.unquote(key.removeprefix(_ROOT).partition("/")[0])


def message(chain: str, number: int, hash_: str, at: float) -> bytes:
    """The signed text. Heads are stored for years, so this form never changes."""
    return json.dumps({"at": at, "chain": chain, "hash": hash_, "number": number}, sort_keys=True).encode()


def _fault(history: History, *, good: bool) -> str:
    if history.markers:
        return "has a signed head that somebody deleted: a delete marker lies over it"
    if history.versions > 1:
        return f"has a signed head that somebody overwrote: there are {history.versions} versions of it"
    return "" if good else "has a signature that was not created by the worker"


def _read(raw: bytes, key: str) -> Sealed:
    """A head. One that can't be read has no hash and no signature."""
    try:
        row: dict[str, Any] = json.loads(raw)
        signature = base64.b64decode(row["signature"], validate=True)
        return Sealed(str(row["chain"]), int(row["number"]), str(row["hash"]), float(row["at"]), signature)
    except (ValueError, KeyError, TypeError, binascii.Error):
        chain, _, number = key.removeprefix(_ROOT).rpartition("/")
        digits = number.partition(".")[0]
        return Sealed(urllib.parse.unquote(chain), int(digits) if digits.isdecimal() else 0, "", 0.0, b"")
