"""Services in repositories of their own: who gets in, and what they may push."""

import pytest

from templates.params.account import Repository
from tests.unit.templates.environment_cases import properties
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import decide, resolve, role_statements
from tests.unit.templates.test_foundation import BUILD_CASES, token

CART = Repository(repository="acme/cart", repository_id=77, owner_id=123)


def test_a_service_of_another_repository_has_a_role_that_pushes_its_images_alone() -> None:
    """One role for each, in the home account; nothing of another service, and no version, release or stack."""
    found = foundation(repositories=(("cart", CART),))
    assert found["Outputs"].keys() - foundation()["Outputs"].keys() == {"CartPushRoleArn"}
    assert properties(found, "CartPushRole")["RoleName"] == "slipway-push-cart"
    rights = role_statements(found, "CartPushRole")
    for action, resource, expected in BUILD_CASES:
        of_cart = resource.replace("slipway/app", "slipway/cart")
        assert decide(rights, action, of_cart) == ("silent" if "slipway/bot" in of_cart else expected), (
            action,
            of_cart,
        )
        assert "slipway/app" not in resource or decide(rights, action, resource) == "silent", (action, resource)


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, "allow"),
        ({"repository_id": "456"}, "silent"),
        ({"repository_owner_id": "124"}, "silent"),
        ({"sub": "repo:acme@123/cart@77:ref:refs/heads/feature"}, "silent"),
        ({"sub": "repo:acme@123/cart@77:pull_request"}, "silent"),
        ({"sub": "repo:acme/cart:ref:refs/heads/main"}, "silent"),
        ({"aud": "https://github.com/acme"}, "silent"),
    ],
    ids=[
        "its default branch",
        "another repository",
        "another owner",
        "a branch",
        "a pull request",
        "names",
        "audience",
    ],
)
def test_that_role_trusts_the_default_branch_of_that_very_repository(claims: dict[str, str], expected: str) -> None:
    """By the numbers of repository and owner: a name that changes hands opens nothing."""
    found = foundation(repositories=(("cart", CART),))
    trust = resolve(found, properties(found, "CartPushRole")["AssumeRolePolicyDocument"]["Statement"])
    own = {"repository_id": "77", "repository_owner_id": "123", "sub": "repo:acme@123/cart@77:ref:refs/heads/main"}
    given = token(**own | claims)
    assert decide(trust, "sts:AssumeRoleWithWebIdentity", **given) == expected
