"""What asks nobody does not share an account with what asks people, unless somebody wrote that it may."""

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.config.read import read_configuration
from generator.config.rules.shared_accounts import notes
from tests.unit.config.conftest import FILES

Read = Callable[[dict[str, str]], list[str]]
DEV, PROD = "environments/dev.yaml", "environments/prod.yaml"
OF_PROD = FILES[DEV].replace("111111111111", "333333333333")
BARE_PROD = FILES[PROD].replace("protected: true\n", "")
FIX = "write protected: true, or give it an account of its own"
ACCEPT = f"{FIX}, or write protected: false to accept that a release to it needs no approval and reaches all of these"
HOME = "home, with the bot and the release log"
THIRD = FILES[DEV].replace("dev.example.com", "qa.example.com").replace("111111111111", "444444444444")


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({}, []),
        ({DEV: OF_PROD + "protected: true\n"}, []),
        ({DEV: OF_PROD + "protected: false\n"}, []),
        ({DEV: OF_PROD}, [f"{DEV}:1: account: dev is not protected, and its account 333333333333 also holds {HOME} and prod, {ACCEPT}"]),
        ({DEV: OF_PROD, "environments/qa.yaml": THIRD},
         [f"{DEV}:1: account: dev is not protected, and its account 333333333333 also holds {HOME} and prod, {FIX}"]),
        ({DEV: OF_PROD + "protected: false\n", "environments/qa.yaml": THIRD},
         [f"{DEV}:5: protected: dev is not protected, and its account 333333333333 also holds {HOME} and prod, {FIX}"]),
        ({PROD: BARE_PROD},
         [f"{PROD}:1: account: prod is not protected, and its account 333333333333 also holds {HOME}, {FIX}"]),
        ({DEV: OF_PROD + "protected: false\n", PROD: BARE_PROD + "protected: false\n"}, []),
        ({DEV: FILES[DEV] + "protected: true\n", "environments/qa.yaml": THIRD.replace("444444444444", "111111111111")},
         ["environments/qa.yaml:1: account: qa is not protected, and its account 111111111111 also holds dev, " + FIX]),
    ],
    ids=["apart", "all protected", "one account, said", "one account, not said", "two accounts", "two accounts, said",
         "home alone", "one account, nothing protected", "a protected neighbour"],
)  # fmt: skip
def test_an_account_is_protected_as_a_whole(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """Home or a protected environment in the account: every other one there is protected, or the platform is one account."""
    assert mistakes(files) == lines


def test_what_it_means_is_said(stacks: Path) -> None:
    """Anyone who writes `protected: false` in a platform of one account reads at each build what it opens."""
    (stacks / DEV).write_text(OF_PROD + "protected: false\n")
    (note,) = notes(read_configuration(stacks))
    assert note.startswith(
        f"Note: dev is not protected, and its account 333333333333 also holds {HOME} and prod. A release"
    )
    (stacks / DEV).write_text(OF_PROD + "protected: true\n")
    assert list(notes(read_configuration(stacks))) == []
