"""ECR repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.sandbox.providers.api_calls import call, flag, named_as
from generator.sandbox.providers.api_provider import ApiProvider, picked, unless
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.provider import Created
from generator.sandbox.providers.registry import provider
from generator.sandbox.providers.tags import dropped

if TYPE_CHECKING:
    from generator.sandbox.providers.provider import Context

_CREATED = (
    "EncryptionConfiguration",
    "ImageScanningConfiguration",
    "ImageTagMutability",
    "ImageTagMutabilityExclusionFilters",
)


@provider("AWS::ECR::Repository")
class Repository(ApiProvider):
    """`Ref` is the repository's name."""

    type_name = "AWS::ECR::Repository"
    known = frozenset({*_CREATED, "EmptyOnDelete", "LifecyclePolicy", "RepositoryName", "RepositoryPolicyText", "Tags"})
    gone = frozenset({"RepositoryNotFoundException"})

    def make(self, ctx: Context, props: dict[str, Any]) -> Created:
        """CreateRepository and its policies."""
        name = props.get("RepositoryName") or generated_name(ctx, limit=256, lower=True)
        call(
            ctx, "ecr", "create_repository",
            RepositoryName=name, Tags=self.tags(ctx, props), **self._said(props),
        )  # fmt: skip
        ctx.initiated(name)
        self._policies(ctx, name, {}, props)
        return self._made(ctx, name)

    def change(self, ctx: Context, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> Created:
        """Mutability, scanning, policies and tags."""
        made, client = self._made(ctx, physical_id), ctx.client("ecr")
        said = self._said({"ImageTagMutability": "MUTABLE", **new})
        call(
            ctx, "ecr", "put_image_tag_mutability", RepositoryName=physical_id,
            **{key: value for key, value in said.items() if key.startswith("imageTagMutability")},
        )  # fmt: skip
        scanning = new.get("ImageScanningConfiguration", {"ScanOnPush": False})
        call(
            ctx,
            "ecr",
            "put_image_scanning_configuration",
            RepositoryName=physical_id,
            ImageScanningConfiguration=scanning,
        )
        self._policies(ctx, physical_id, old, new)
        if lost := dropped(old.get("Tags", []), self.tags(ctx, new)):
            client.untag_resource(resourceArn=made.attributes["Arn"], tagKeys=lost)
        if tags := self.tags(ctx, new):
            client.tag_resource(resourceArn=made.attributes["Arn"], tags=tags)
        return made

    def remove(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> None:
        """DeleteRepository; refused while it holds images, unless `EmptyOnDelete`."""
        force = flag(props.get("EmptyOnDelete", False))
        ctx.client("ecr").delete_repository(repositoryName=physical_id, force=force)

    def look(self, ctx: Context, physical_id: str, props: dict[str, Any]) -> dict[str, Any]:
        """DescribeRepositories, its policies and tags."""
        client, found = ctx.client("ecr"), self._repository(ctx, physical_id)
        live = {"RepositoryName": found["repositoryName"]}
        for name in _CREATED:
            key = name[0].lower() + name[1:]
            if key in found:
                live[name] = named_as(props.get(name), found[key])
        live["ImageTagMutabilityExclusionFilters"] = [
            {
                "ImageTagMutabilityExclusionFilterType": item["filterType"],
                "ImageTagMutabilityExclusionFilterValue": item["filter"],
            }
            for item in found.get("imageTagMutabilityExclusionFilters", ())
        ]
        with unless("LifecyclePolicyNotFoundException"):
            text = client.get_lifecycle_policy(repositoryName=physical_id)["lifecyclePolicyText"]
            live["LifecyclePolicy"] = {"LifecyclePolicyText": text}
        with unless("RepositoryPolicyNotFoundException"):
            live["RepositoryPolicyText"] = client.get_repository_policy(repositoryName=physical_id)["policyText"]
        live["Tags"] = client.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
        return live

    def _repository(self, ctx: Context, name: str) -> dict[str, Any]:
        return dict(ctx.client("ecr").describe_repositories(repositoryNames=[name])["repositories"][0])

    def _made(self, ctx: Context, name: str) -> Created:
        found = self._repository(ctx, name)
        return Created(name, {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]})

    def _said(self, props: dict[str, Any]) -> dict[str, Any]:
        said = {key[0].lower() + key[1:]: value for key, value in picked(props, *_CREATED).items()}
        if "ImageTagMutabilityExclusionFilters" in props:
            said["imageTagMutabilityExclusionFilters"] = [
                {
                    "filterType": item["ImageTagMutabilityExclusionFilterType"],
                    "filter": item["ImageTagMutabilityExclusionFilterValue"],
                }
                for item in props["ImageTagMutabilityExclusionFilters"]
            ]
        return said

    def _policies(self, ctx: Context, name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if "RepositoryPolicyText" in new:
            call(ctx, "ecr", "set_repository_policy", RepositoryName=name, PolicyText=new["RepositoryPolicyText"])
        elif "RepositoryPolicyText" in old:
            with unless("RepositoryPolicyNotFoundException"):
                ctx.client("ecr").delete_repository_policy(repositoryName=name)
        if text := new.get("LifecyclePolicy", {}).get("LifecyclePolicyText"):
            call(ctx, "ecr", "put_lifecycle_policy", RepositoryName=name, LifecyclePolicyText=text)
        elif old.get("LifecyclePolicy"):
            with unless("LifecyclePolicyNotFoundException"):
                ctx.client("ecr").delete_lifecycle_policy(repositoryName=name)
