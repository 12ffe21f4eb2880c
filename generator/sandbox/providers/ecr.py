"""ECR: repositories. `Ref` is the repository's name."""

from __future__ import annotations

from typing import Any

from generator.sandbox.providers.table import ResourceTable, Setting, Tags
from generator.sandbox.providers.table_provider import register_tables

_FILTERS = "ImageTagMutabilityExclusionFilters"
_FILTER = "ImageTagMutabilityExclusionFilter"


def _said(props: dict[str, Any]) -> dict[str, Any]:
    """The API names the parts of an exclusion filter otherwise."""
    if _FILTERS not in props:
        return props
    return {
        **props,
        _FILTERS: [
            {"filterType": item[f"{_FILTER}Type"], "filter": item[f"{_FILTER}Value"]} for item in props[_FILTERS]
        ],
    }


register_tables(
    ResourceTable(
        "AWS::ECR::Repository",
        "ecr",
        "create_repository describe_repositories delete_repository",
        "EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration ImageTagMutability "
        "ImageTagMutabilityExclusionFilters LifecyclePolicy RepositoryName RepositoryPolicyText",
        name="RepositoryName",
        limit=256,
        lower=True,
        # One that holds images is deleted only if the template says so.
        beside="EmptyOnDelete",
        renames={"EmptyOnDelete": "force"},
        attributes={"Arn": "repositoryArn", "RepositoryUri": "repositoryUri"},
        gone="RepositoryNotFoundException",
        live={_FILTERS: f"imageTagMutabilityExclusionFilters[].{{{_FILTER}Type: filterType, {_FILTER}Value: filter}}"},
        tags=Tags(of="repositoryArn"),
        settings=(
            Setting("ImageTagMutability", "put_image_tag_mutability", along=_FILTERS, default="MUTABLE"),
            Setting("ImageScanningConfiguration", "put_image_scanning_configuration", default={"ScanOnPush": False}),
            Setting(
                "RepositoryPolicyText", "set_repository_policy", argument="policyText", clear="delete_repository_policy",
                read="get_repository_policy", path="policyText", none="RepositoryPolicyNotFoundException",
            ),
            Setting(
                "LifecyclePolicy", "put_lifecycle_policy", argument="lifecyclePolicyText", clear="delete_lifecycle_policy",
                convert=lambda policy: policy["LifecyclePolicyText"], read="get_lifecycle_policy",
                path="{LifecyclePolicyText: lifecyclePolicyText}", none="LifecyclePolicyNotFoundException",
            ),
        ),
        said=_said,
    )
)  # fmt: skip
