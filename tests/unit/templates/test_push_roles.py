"""Services in repositories of their own: who gets in, and what they may push."""

import pytest

from templates.params.account import Repository
from tests.unit.templates.environment_cases import properties
from tests.unit.templates.foundation_cases import foundation
from tests.unit.templates.iam_judge import Json, decide, resolve, role_statements
from tests.unit.templates.test_foundation import BUILD_CASES, token
from tests.unit.templates.test_home import home

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


def publisher() -> Json:
    """The home stack of a platform with one such service."""
    return home(repositories=(("cart", CART),))


@pytest.mark.parametrize(
    ("action", "on", "expected"),
    [
        ("s3:PutObject", "repositories/cart/1/version.dsse.json", "allow"),
        ("s3:PutObject", "repositories/shop/1/version.dsse.json", "silent"),
        ("s3:PutObject", "versions/1/version.dsse.json", "silent"),
        ("s3:GetObject", "versions/1/version.dsse.json", "allow"),
        ("s3:GetObject", "repositories/shop/1/version.dsse.json", "silent"),
    ],
)
def test_its_publish_role_writes_below_its_own_name(action: str, on: str, expected: str) -> None:
    """It reads what the platform published, and writes nothing where the platform or another service publishes."""
    rights = role_statements(publisher(), "CartPublishRole")
    bucket = next(row["Resource"][0] for row in rights if row["Sid"] == "ListVersions")
    assert decide(rights, action, f"{bucket}/{on}") == expected


def test_its_key_is_its_own() -> None:
    """The role of its repository alone signs with it; bot, worker and opening role verify."""
    found = publisher()
    assert found["Outputs"].keys() - home()["Outputs"].keys() == {"CartPublishRoleArn"}
    statements = properties(found, "CartVersionKey")["KeyPolicy"]["Statement"]
    [signs] = [row for row in resolve(found, statements) if row["Action"] == ["kms:Sign"]]
    assert signs["Sid"] == "PublishCartAloneSigns"
    assert str(signs["Condition"]["ArnEquals"]["aws:PrincipalArn"]).endswith("role/slipway-publish-cart")
    for role in ("BotTaskRole", "WorkerRole", "OpenRole", "PublishRole"):
        rows = {row["Sid"]: row for row in role_statements(found, role)}
        assert len(rows["VerifyVersions"]["Resource"]) == 2, role


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, "allow"),
        ({"repository_id": "456"}, "silent"),
        ({"repository_owner_id": "124"}, "silent"),
        ({"ref": "refs/heads/feature"}, "silent"),
        ({"sub": "repo:acme@123/cart@77:ref:refs/heads/main"}, "silent"),
        ({"sub": "repo:acme@123/cart@77:environment:release"}, "silent"),
    ],
    ids=["its publish job", "another repository", "another owner", "a branch", "a job without it", "another job"],
)
def test_that_role_trusts_publish_jobs_of_its_default_branch(claims: dict[str, str], expected: str) -> None:
    """A job that names the GitHub environment `publish`, which runs no code of others; by the numbers of repository and owner."""
    found = publisher()
    trust = resolve(found, properties(found, "CartPublishRole")["AssumeRolePolicyDocument"]["Statement"])
    own = {
        "repository_id": "77", "repository_owner_id": "123", "ref": "refs/heads/main",
        "sub": "repo:acme@123/cart@77:environment:publish",
    }  # fmt: skip
    assert decide(trust, "sts:AssumeRoleWithWebIdentity", **token(**own | claims)) == expected
