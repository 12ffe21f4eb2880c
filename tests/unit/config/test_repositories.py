"""Services in repositories of their own: a repository is trusted for a service that is there, and by its number."""

from collections.abc import Callable

import pytest

from tests.unit.config.conftest import FILES

SHOP = "repositories: {%s: {repository: acme/cart, repository_id: %s, owner_id: 123}}\n"


@pytest.mark.parametrize(
    ("service", "number", "says"),
    [
        ("app", 77, []),
        ("ap", 77, ["repositories.ap: there is no service 'ap'"]),
        ("app", 1, ["repositories.app.repository_id: 1 is the platform's own repository"]),
    ],
    ids=["right", "no service", "the platform's own"],
)
def test_a_repository_is_that_of_a_service(
    mistakes: Callable[..., list[str]], service: str, number: int, says: list[str]
) -> None:
    """One sentence with the place and what to write."""
    found = [
        line
        for line in mistakes({"platform.yaml": FILES["platform.yaml"] + SHOP % (service, number)})
        if "Note" not in line
    ]
    assert len(found) == len(says)
    assert all(text in line for text, line in zip(says, found, strict=True))


def test_a_repository_without_its_number_is_refused(mistakes: Callable[..., list[str]]) -> None:
    """A name can be given away, a number can't."""
    text = FILES["platform.yaml"] + "repositories: {app: {repository: acme/cart}}\n"
    assert any("repository_id" in line for line in mistakes({"platform.yaml": text}))
