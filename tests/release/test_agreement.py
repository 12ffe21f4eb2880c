"""What an execution rests on: the entries of a release, whatever its row says; each difference in words."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from generator.release.agreement import (
    APPROVED,
    GLASS_BROKEN,
    NOBODY_ASKED,
    PROPOSED,
    WAITS,
    Agreement,
    agreement,
    faults,
    opened_detail,
    restores,
    runs_digest,
)
from generator.release.audit import Entry, Event, Fault, Head, follow
from generator.release.digests import hex_digest
from generator.release.model.people import ENGINE
from generator.release.model.release import Approval, Deploy, Release, Restart, Rollback
from generator.release.model.states import Closed, Executing, Proposed, Waiting, Watching
from generator.release.model.version import Running
from tests.release.values import BINDING, actor, release

CHAIN = "release/prod-app-7"
RUN = "prod-app-7-1"
ROTATED = "arn:s"
BEFORE = Running(commit="1" * 40, template="old", body="b", parameters={"ImageUri": "r/app@sha256:1"})
RELEASE = release(
    state=Waiting(since=1000.0, expires=2000.0), groups=("releasers", "owners"), before=BEFORE, reason="why"
)
OPENED = Event(1000.0, RELEASE.requester, PROPOSED, opened_detail(RELEASE))
ASKED = Event(1001.0, ENGINE, WAITS, {"binding": BINDING, "policy": "rules", "classes": "image iam"})
AGREED = Event(1002.0, actor("ben"), APPROVED, {"binding": BINDING, "groups": "releasers owners"})
BEN = Approval(actor=actor("ben"), at=1002.0, binding=BINDING, groups=("releasers", "owners"))


def entries(*events: Event) -> list[Entry]:
    """A chain of these."""
    found: list[Entry] = []
    head = Head()
    for event in events:
        found.append(follow(CHAIN, head, event))
        head = Head(found[-1].number, found[-1].hash)
    return found


def row(entries_: list[Entry], /, **changes: Any) -> Release:
    """The release's row, which ends where the chain does."""
    last = {"chain": entries_[-1].number, "head": entries_[-1].hash} if entries_ else {}
    return msgspec.structs.replace(RELEASE, **{**last, **changes})


COMMON = {
    "stack": "prod/service-app", "version": "2" * 40, "template": "t", "image": "r/app@sha256:2", "reason": "why",
    "groups": "releasers owners", "before": runs_digest(BEFORE),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "more"),
    [
        ({}, {"purpose": "deploy"}),
        ({"purpose": Deploy(refresh=True)}, {"purpose": "deploy", "refresh": "yes"}),
        ({"purpose": Rollback(of="prod-app-6")}, {"purpose": "rollback", "of": "prod-app-6", "automatic": "no"}),
        ({"purpose": Rollback(of="x", automatic=True)}, {"purpose": "rollback", "of": "x", "automatic": "yes"}),
        ({"purpose": Restart()}, {"purpose": "restart"}),
        ({"purpose": Restart(secret=ROTATED)}, {"purpose": "restart", "secret": ROTATED}),
        ({"break_glass": "it burns"}, {"purpose": "deploy", "break-glass": "it burns"}),
        ({"before": None}, {"purpose": "deploy", "before": ""}),
    ],
)
def test_the_first_entry_says_what_a_release_brings(changed: dict[str, Any], more: dict[str, str]) -> None:
    """Stack, version, image, reason, teams, purpose and what ran before: in the log under these names for ever."""
    assert opened_detail(msgspec.structs.replace(RELEASE, **changed)) == {**COMMON, **more}


def test_what_runs_has_one_digest() -> None:
    """Template and parameters; the commit and when it ran don't count, and nothing has none."""
    assert runs_digest(BEFORE) == hex_digest(["old", {"ImageUri": "r/app@sha256:1"}])
    assert runs_digest(msgspec.structs.replace(BEFORE, commit="3" * 40, since=9.0)) == runs_digest(BEFORE)
    assert runs_digest(None) == ""


@pytest.mark.parametrize(
    ("events", "same"),
    [
        ((), False),
        ((Event(1.0, ENGINE, PROPOSED, {"before": runs_digest(RELEASE.after)}),), True),
        ((Event(1.0, ENGINE, PROPOSED, {"before": runs_digest(BEFORE)}),), False),
        ((Event(1.0, ENGINE, PROPOSED, {}),), False),
        ((Event(1.0, ENGINE, APPROVED, {"before": runs_digest(RELEASE.after)}),), False),
    ],
)
def test_a_rollback_restores_what_the_undone_release_found(events: tuple[Event, ...], same: bool) -> None:
    """By the first entry of the release that it undoes, and by nothing else."""
    assert restores(RELEASE, entries(*events)) is same


@pytest.mark.parametrize(
    ("events", "agreed"),
    [
        ((OPENED, ASKED), Agreement(BINDING, "rules", ("image", "iam"), (), "")),
        ((OPENED, ASKED, AGREED), Agreement(BINDING, "rules", ("image", "iam"), (BEN,), "")),
        ((OPENED, ASKED._replace(what=NOBODY_ASKED)), Agreement(BINDING, "rules", ("image", "iam"), (), "")),
        ((OPENED, ASKED, AGREED, ASKED), Agreement(BINDING, "rules", ("image", "iam"), (), "")),
        (
            (OPENED, ASKED._replace(detail={**ASKED.detail, "agrees": "requester"})),
            Agreement(
                BINDING, "rules", ("image", "iam"),
                (Approval(actor=RELEASE.requester, at=1001.0, binding=BINDING, groups=("releasers", "owners")),), "",
            ),
        ),
        (
            (OPENED, ASKED, AGREED._replace(what=GLASS_BROKEN, detail={"binding": BINDING, "break-glass": "fire"})),
            Agreement(
                BINDING, "rules", ("image", "iam"),
                (Approval(actor=actor("ben"), at=1002.0, binding=BINDING, break_glass="fire"),), "fire",
            ),
        ),
        ((OPENED, ASKED._replace(detail={}), AGREED._replace(detail={})), Agreement("", "", (), (Approval(actor=actor("ben"), at=1002.0, binding=""),), "")),
    ],
)  # fmt: skip
def test_what_was_agreed_to_is_what_the_entries_say(events: tuple[Event, ...], agreed: Agreement) -> None:
    """The last question counts, and who agreed after it; what an entry does not say is empty."""
    chain = entries(*events)
    found = row(chain, binding=agreed.binding, break_glass=agreed.break_glass)
    assert agreement(found, chain) == agreed


def test_a_release_without_a_question_has_no_agreement() -> None:
    """Nothing runs of which no entry says that people were asked."""
    chain = entries(OPENED)
    assert agreement(row(chain, binding="", state=Proposed()), chain) == "no audit entry records that people were asked"


ROW = "the row of prod-app-7 "


@pytest.mark.parametrize(
    ("events", "changes", "found"),
    [
        ((OPENED, ASKED), {}, []),
        ((OPENED, ASKED, AGREED), {"approvals": (BEN,)}, []),
        ((), {}, ["prod-app-7 has a row and no audit entry"]),
        ((OPENED, ASKED), {"chain": 1}, [ROW + "ends its chain at entry 1, the log at 2"]),
        ((OPENED, ASKED), {"head": "f" * 64}, [ROW + "ends its chain at entry 2, the log at 2"]),
        ((ASKED,), {}, [ROW + "begins with the entry 'waits for approval'"]),
        ((OPENED, ASKED), {"requester": actor("cleo")}, [ROW + "says that cleo asked for it, the entry ana"]),
        ((OPENED, ASKED), {"reason": "other"}, [ROW + "says 'other' as its reason, the entry 'why'"]),
        ((OPENED, ASKED), {"purpose": Deploy(refresh=True)}, [ROW + "says 'yes' as its refresh, the entry ''"]),
        ((OPENED, ASKED), {"break_glass": "fire"}, [ROW + "and its entries disagree on whether break glass was used"]),
        ((OPENED, ASKED), {"binding": "c" * 64}, [ROW + "has another binding than the one that people were asked about"]),
        ((OPENED, ASKED._replace(detail={})), {"binding": ""}, []),
        ((OPENED._replace(detail={k: v for k, v in OPENED.detail.items() if k != "reason"}), ASKED), {"reason": ""}, []),
        ((OPENED, ASKED), {"approvals": (BEN,)}, [ROW + "names an approval by ben that no entry records"]),
        ((OPENED, AGREED, ASKED), {"approvals": (BEN,)}, [ROW + "names an approval by ben that no entry records"]),
        ((OPENED,), {"binding": "", "state": Proposed()}, []),
        ((OPENED,), {"binding": "c", "state": Proposed()}, [ROW + "says that people were asked, and no entry does"]),
        ((OPENED,), {"binding": "", "state": Proposed(), "approvals": (BEN,)}, [ROW + "says that people were asked, and no entry does"]),
        ((OPENED,), {"binding": "", "state": Executing(since=1.0, token=RUN)}, [ROW + "says that people were asked, and no entry does"]),
        ((OPENED,), {"binding": "", "state": Watching(since=1.0, token=RUN)}, [ROW + "says that people were asked, and no entry does"]),
        ((OPENED, ASKED, Event(1003.0, ENGINE, "expired", {"outcome": "expired"})), {"state": Closed(outcome="expired", at=1.0)}, []),
        ((OPENED, ASKED, Event(1003.0, ENGINE, "expired", {"outcome": "expired"})), {"state": Closed(outcome="succeeded", at=1.0)},
         [ROW + "says that it succeeded, its last entry 'expired'"]),
        ((OPENED, ASKED), {"state": Closed(outcome="succeeded", at=1.0)}, [ROW + "says that it succeeded, its last entry 'no outcome'"]),
    ],
)  # fmt: skip
def test_each_difference_between_a_row_and_its_entries_is_told(
    events: tuple[Event, ...], changes: dict[str, Any], found: list[str]
) -> None:
    """`audit verify` and the worker say in words what the row claims and what the entries say; the first one is the cause."""
    chain = entries(*events)
    told = list(faults(row(chain, **changes), chain))
    assert told == [Fault(CHAIN, 0, text) for text in found]
    if found:
        assert agreement(row(chain, **changes), chain) == found[0]


def test_a_broken_chain_is_told_before_anything_else() -> None:
    """The number of the entry that was changed, and nothing of what it says now."""
    first, second = entries(OPENED, ASKED)
    chain = [first, msgspec.structs.replace(second, what="nothing happened")]
    told = Fault(CHAIN, 2, "was changed: its hash does not match its content")
    assert list(faults(row([first, second], reason="other"), chain)) == [told]
    assert agreement(row([first, second]), chain) == f"entry 2 of {CHAIN}: it {told.text}"
