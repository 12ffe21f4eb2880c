"""The registry: what is kept, what can't change, who pulls."""

import json

import pytest

from templates.params.account import RegistryParams
from templates.registry import build, lifecycle
from tests.unit.templates.environment_cases import findings, plain, properties
from tests.unit.templates.iam_judge import ACCOUNT, OTHER, Json, decide, resolve, scope

SERVICES = ("app", "web-shop", "bot")


def registry() -> Json:
    params = RegistryParams(scope=scope("home", "registry"), services=SERVICES, pull_accounts=(ACCOUNT, OTHER))
    return plain(build(params))


def test_every_service_has_a_repository() -> None:
    """One repository a service, the bot's included, and the outputs that the services' stacks take."""
    found = registry()
    assert set(found["Outputs"]) == {
        f"{name}{end}" for name in ("App", "WebShop", "Bot") for end in ("RepositoryArn", "RepositoryUri")
    }
    assert properties(found, "WebShopRepository")["RepositoryName"] == "slipway/web-shop"


def test_a_tag_names_one_image_for_ever() -> None:
    """Tags can't be moved, except for latest; every pushed image is scanned; nothing goes with the stack."""
    for service in ("App", "WebShop", "Bot"):
        repository = properties(registry(), f"{service}Repository")
        assert repository["ImageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
        assert repository["ImageTagMutabilityExclusionFilters"] == [
            {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "latest"}
        ]
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert "EmptyOnDelete" not in repository


def test_what_a_release_needs_is_never_expired() -> None:
    """keep-* comes first, so that no later rule can take such an image; then the last ten tagged ones stay."""
    rules = json.loads(lifecycle(10))["rules"]
    assert [r["rulePriority"] for r in rules] == [1, 2, 3]
    assert rules[0]["selection"]["tagPatternList"] == ["keep-*"]
    assert rules[0]["selection"]["countNumber"] == 9999
    assert rules[1]["selection"] == {
        "tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 14, "countUnit": "days",
    }  # fmt: skip
    assert rules[2]["selection"]["countNumber"] == 10
    assert rules[2]["selection"]["tagPatternList"] == ["*"]
    assert {r["action"]["type"] for r in rules} == {"expire"}


@pytest.mark.parametrize(
    ("action", "principal", "expected"),
    [
        ("BatchGetImage", f"arn:aws:iam::{OTHER}:role/workload/slipway/app", "allow"),
        ("GetDownloadUrlForLayer", f"arn:aws:iam::{OTHER}:role/workload/slipway/app", "allow"),
        ("BatchGetImage", f"arn:aws:iam::{OTHER}:role/workload/other/app", "silent"),
        ("BatchGetImage", f"arn:aws:iam::{OTHER}:user/somebody", "silent"),
        ("PutImage", f"arn:aws:iam::{OTHER}:role/workload/slipway/app", "silent"),
        ("BatchDeleteImage", f"arn:aws:iam::{OTHER}:role/workload/slipway/app", "silent"),
    ],
)
def test_who_pulls(action: str, principal: str, expected: str) -> None:
    """Workloads of every environment's account pull; nobody pushes across accounts."""
    text = resolve(registry(), properties(registry(), "AppRepository")["RepositoryPolicyText"])
    assert decide(text["Statement"], f"ecr:{action}", aws__PrincipalArn=principal) == expected
    assert text["Statement"][0]["Principal"] == {
        "AWS": [f"arn:aws:iam::{account}:root" for account in (ACCOUNT, OTHER)]
    }


@pytest.mark.no_cover
def test_lints_clean() -> None:
    """cfn-lint has nothing to say, with informational and experimental rules on."""
    assert findings(registry()) == []
