"""A chain that can't be changed unseen, and a digest that holds all that decides what runs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.release.approval_digest import binding
from generator.release.audit import Entry, Event, Head, check, follow
from generator.release.model.change import KNOWN_AFTER_APPLY
from generator.release.model.preview import Meaning, Shown
from tests.release.values import actor, change_set, cost, effect, reading

CHAIN = "release/prod-app-7"
events = st.lists(
    st.builds(
        Event,
        st.floats(0, 4e9, allow_nan=False),
        st.builds(actor, st.sampled_from(["ana", "ben", ""])),
        st.text(max_size=20),
        st.dictionaries(st.text(max_size=5), st.text(max_size=10), max_size=3),
    ),
    min_size=1,
    max_size=6,
)


def chain(happened: list[Event]) -> list[Entry]:
    """A chain of these events, as it comes back from the log."""
    head, made = Head(), []
    for event in happened:
        entry = follow(CHAIN, head, event)
        head = Head(entry.number, entry.hash)
        made.append(msgspec.json.decode(msgspec.json.encode(entry), type=Entry))
    return made


def heads(entries: list[Entry]) -> dict[int, str]:
    """The signature over the last entry."""
    return {entries[-1].number: entries[-1].hash}


@given(events)
def test_an_honest_chain_verifies(happened: list[Event]) -> None:
    """What was written and read back has no fault, with or without signed heads."""
    entries = chain(happened)
    assert list(check(CHAIN, entries, heads(entries))) == []
    assert list(check(CHAIN, entries)) == []


FIELDS: dict[str, Any] = {
    "chain": "release/prod-app-8", "number": 99, "at": -1.0, "actor": actor("mallory"), "what": "nothing happened!",
    "detail": {"forged": "yes"}, "previous": "f" * 64, "hash": "e" * 64,
}  # fmt: skip


@given(events, st.data())
def test_any_change_of_any_entry_is_found(happened: list[Event], data: st.DataObject) -> None:
    """Change one field of one entry, and the chain says so."""
    entries = chain(happened)
    index = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    entries[index] = msgspec.structs.replace(entries[index], **{field: FIELDS[field]})
    assert list(check(CHAIN, entries, heads(chain(happened))))


@given(events, st.data())
def test_cut_reordered_and_inserted_entries_are_found(happened: list[Event], data: st.DataObject) -> None:
    """Leave one out, swap two, put one in or write the rest anew: what was signed no longer fits."""
    entries = chain(happened)
    signed = heads(entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    assert list(check(CHAIN, entries[:index] + entries[index + 1 :], signed))
    assert list(check(CHAIN, [*entries[:index], entries[index], *entries[index:]], signed))
    other = data.draw(st.integers(0, len(entries) - 1))
    if other != index:
        swapped = list(entries)
        swapped[index], swapped[other] = swapped[other], swapped[index]
        assert list(check(CHAIN, swapped, signed))
    rewritten = chain(
        [*happened[:index], happened[index]._replace(what="something else entirely"), *happened[index + 1 :]]
    )
    assert list(check(CHAIN, rewritten, signed))


def test_a_chain_of_somebody_else_does_not_pass() -> None:
    """A good chain under another release's name, and an empty one whose head was signed, are faults."""
    entries = chain([Event(1.0, actor("ana"), "proposed")])
    assert list(check("release/prod-app-8", entries))
    assert [f.text for f in check(CHAIN, [], {1: "x"})] == ["was signed and is missing: the chain was cut off"]
    assert list(check(CHAIN, [])) == []


SAME = change_set()
MEANING = reading("restart", gains=1, exposures=1).meaning
POLICY = "a" * 64


@pytest.mark.parametrize(
    "changed",
    [
        {"arn": SAME.arn + "x"},
        {"stack_id": SAME.stack_id + "x"},
        {"template": "sha256:2"},
        {"parameters": {**SAME.parameters, "ImageUri": "r/app@sha256:3"}},
        {"parameters": {**SAME.parameters, "More": ""}},
        {"parameters": {"ImageUri": SAME.parameters["ImageUri"]}},
        {"capabilities": ("CAPABILITY_IAM",)},
        {"capabilities": ()},
        {"role": ""},
        {"role": SAME.role + "x"},
        {"tags": {}},
        {"tags": {"platform": "other"}},
    ],
    ids=lambda c: next(iter(c)),
)
def test_whatever_decides_what_runs_is_bound(changed: dict[str, Any]) -> None:
    """Another change set, template, parameter, capability, role, tag or image is another binding."""
    assert binding(msgspec.structs.replace(SAME, **changed), MEANING, POLICY) != binding(SAME, MEANING, POLICY)


@pytest.mark.parametrize(
    "changed",
    [
        {"level": "high"},
        {"sentence": "it changes more"},
        {"effects": ()},
        {"effects": (effect("data-loss", "R0"),)},
        {"effects": (*MEANING.effects, effect("none", "R9"))},
        {"gains": ()},
        {"gains": (*MEANING.gains, *MEANING.gains)},
        {"gains": (msgspec.structs.replace(MEANING.gains[0], actions=("s3:*",)),)},
        {"exposures": ()},
        {"exposures": (msgspec.structs.replace(MEANING.exposures[0], public=True),)},
    ],
    ids=lambda c: next(iter(c)),
)
def test_what_it_means_is_bound(changed: dict[str, Any]) -> None:
    """Another effect, gain or exposure is another binding, though the change set be the same."""
    meaning: Meaning = msgspec.structs.replace(MEANING, **changed)
    assert binding(SAME, meaning, POLICY) != binding(SAME, MEANING, POLICY)


def test_the_policy_is_bound() -> None:
    """Other rules are another question: an approval given under the one is none under the other."""
    assert binding(SAME, MEANING, "b" * 64) != binding(SAME, MEANING, POLICY)


def test_what_was_looked_up_is_not_bound() -> None:
    """Prices that moved, the order of capabilities and when it was described change nothing."""
    later = msgspec.structs.replace(
        SAME, capabilities=SAME.capabilities[::-1], execution="EXECUTE_IN_PROGRESS", created=9.0,
        parameters=dict(reversed(SAME.parameters.items())),
    )  # fmt: skip
    shown = msgspec.structs.replace(reading("restart", gains=1, exposures=1), shown=Shown(cost=cost(99)))
    assert binding(later, shown.meaning, POLICY) == binding(SAME, MEANING, POLICY)
    assert len(binding(SAME, MEANING, POLICY)) == 64


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.just(KNOWN_AFTER_APPLY), max_size=4), st.data())
def test_no_two_sets_of_parameters_share_a_binding(parameters: dict[str, str], data: st.DataObject) -> None:
    """Names and values can't be moved into each other: the digest is over structure, not over joined text."""
    other = data.draw(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4))
    first, second = (binding(msgspec.structs.replace(SAME, parameters=p), MEANING, POLICY) for p in (parameters, other))
    assert (first == second) is (parameters == other)
