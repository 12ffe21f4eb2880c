"""The whole log as a file that anybody can verify offline: one JSON object a line, each with the text that was hashed.

The first line names the platform and holds the public key (DER, base64). ``{"entry": TEXT, "hash": HEX}`` is an entry:
the hash is SHA-256 of the text. ``{"evidence": TEXT, "digest": HEX}`` is the evidence of an act, ``{"head": TEXT,
"signature": BASE64}`` a signed head (ECDSA_SHA_256 over the text), ``{"row": TEXT}`` the row of a release, which its
chain must confirm, ``{"day": TEXT, "digest": HEX}`` where the chains ended on a day. docs/audit.md verifies a bundle
without this software.
"""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from generator.release.acts import evidence_digest, evidence_faults
from generator.release.agreement import faults as row_faults
from generator.release.audit import Entry, Fault, check, hashed
from generator.release.audit_verification import Verified, chains_of
from generator.release.daily_heads import DayComparison, DayRecord, ends_by_day, record_of, records
from generator.release.decoders import decode
from generator.release.digests import canonical
from generator.release.log import Log
from generator.release.model.evidence import Evidence
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.ports import Seal

Message = Callable[[str, int, str, float], bytes]


def bundle(log: Log, seal: Seal, facts: PlatformFacts, key: str, message: Message) -> Iterator[str]:
    """The lines of a bundle; ``key`` is the public key (DER, base64), ``message`` gives the bytes that a head's signature is over.

    Raises:
        Unavailable: AWS does not answer.
    """
    yield json.dumps({"bundle": 1, "platform": facts.name, "created": log.clock(), "key": key})
    heads = [found.head for found in seal.heads()]
    for head in heads:
        text = message(head.chain, head.number, head.hash, head.at).decode()
        yield json.dumps({"head": text, "signature": base64.b64encode(head.signature).decode()})
    for chain in dict.fromkeys([*chains_of(log, facts), *(head.chain for head in heads)]):
        for entry in log.entries(chain):
            yield json.dumps({"entry": canonical(hashed(entry)).decode(), "hash": entry.hash})
        kind, _, name = chain.partition("/")
        if kind == "release" and (release := log.release(name)) is not None:
            yield json.dumps({"row": msgspec.json.encode(release).decode()})
        for digest, evidence in log.evidence(chain).items():
            text = canonical(msgspec.to_builtins(evidence)).decode()
            yield json.dumps({"evidence": text, "digest": digest})
    for day in records(log):
        yield json.dumps({"day": day.text, "digest": day.digest})


def bundle_verified(lines: Iterable[str], is_signed: Callable[[bytes, bytes], bool]) -> Verified:
    """What is wrong with a bundle. ``is_signed`` tells whether a signature over these bytes is the audit key's.

    Raises:
    ValueError: it is not a bundle.
    """
    chains: dict[str, list[Entry]] = {}
    signed: dict[str, dict[int, str]] = {}
    evidence: dict[str, Evidence] = {}
    rows: dict[str, Release] = {}
    days: list[DayRecord] = []
    faults: list[Fault] = []
    heads = 0
    try:
        for row in map(json.loads, lines):
            if "entry" in row:
                entry = _entry(row)
                chains.setdefault(entry.chain, []).append(entry)
            elif "row" in row:
                release = decode(row["row"], Release)
                rows[f"release/{release.id}"] = release
            elif "evidence" in row:
                evidence[row["digest"]] = decode(row["evidence"], Evidence)
            elif "day" in row:
                days.append(record_of(row["day"]))
            elif "head" in row:
                heads += 1
                head = json.loads(row["head"])
                known = signed.setdefault(head["chain"], {})
                if is_signed(row["head"].encode(), base64.b64decode(row["signature"])):
                    known[head["number"]] = head["hash"]
                else:
                    faults.append(
                        Fault(head["chain"], head["number"], "has a signature that was not created by the worker")
                    )
    except (KeyError, TypeError, msgspec.MsgspecError) as error:
        raise ValueError(f"this is not a bundle of slipway audit export: {error}") from error
    compared = DayComparison(days)
    for chain in dict.fromkeys([*chains, *signed, *rows]):
        entries = chains.get(chain, [])
        faults += check(chain, entries, signed.get(chain))
        faults += evidence_faults(chain, entries, evidence)
        faults += _row_faults(rows.get(chain), entries)
        compared.add(chain, ends_by_day(entries))
    faults += compared.faults(chains)
    faults += [Fault("", 0, f"evidence {key} was changed") for key, e in evidence.items() if evidence_digest(e) != key]
    return Verified(len(chains), sum(map(len, chains.values())), heads, tuple(faults), days=tuple(days))


def _row_faults(row: Release | None, entries: list[Entry]) -> list[Fault]:
    return [] if row is None else [fault for fault in row_faults(row, entries) if not fault.number]


def _entry(row: dict[str, Any]) -> Entry:
    plain = json.loads(row["entry"])
    return msgspec.convert(plain | {"at": float(plain["at"]), "hash": row["hash"]}, type=Entry)
