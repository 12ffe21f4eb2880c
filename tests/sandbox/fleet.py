"""A whole platform in the sandbox: every stack of a configuration, through change sets, as a release does it."""

import contextlib
import hashlib
import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

from generator.sandbox.endpoint import Control
from tests.sandbox.configurations import built
from tests.sandbox.conftest import Aws
from tests.sandbox.login_secrets import prepare_logins

RELEASE = "0123456789abcdef0123456789abcdef01234567"
LONG = 300.0
_DONE = ("_COMPLETE", "FAILED")


class Failed(Exception):  # noqa: N818 - it is the stack that failed
    """A stack operation that ended otherwise than wanted; the text holds the failed events."""


class Fleet:
    """Deploys stacks of a configuration, in the order of their graph, parameters from outputs."""

    def __init__(self, aws: Aws, folder: str = "stacks") -> None:
        self._aws = aws
        self.built = built(folder)

    def prepare(self, control: Control) -> None:
        """Give the accounts what was there before the platform: hosted zones, and the client secrets of logins."""
        self._aws("route53").list_hosted_zones()
        for env in self.built.config.environments.values():
            zone = {"id": env.hosted_zone_id, "name": env.domain, "account": env.account}
            control.post("hosted-zone", zone)
        prepare_logins(self._aws, self.built.config)

    def keys(self, *groups: str) -> list[str]:
        """The stacks of these groups, in an order in which they can be deployed."""
        return [key for key in self.built.graph.order if key.partition("/")[0] in groups]

    def needed(self, *groups: str) -> list[str]:
        """The stacks of these groups and those that they need, in order; with an environment its permissions."""
        environments = self.built.config.environments
        allowed = [f"{environments[name].account}/permissions-{name}" for name in groups if name in environments]
        included = {*self.keys(*groups), *allowed}
        while (
            more := {self.built.graph.sources(key)[name] for key in included for name in self.built.graph.sources(key)}
            - included
        ):
            included |= more
        return [key for key in self.built.graph.order if key in included]

    def client(self, key: str, service: str = "cloudformation") -> Any:
        """A client in a stack's account and region."""
        scope = self.built.specs[key].scope
        return self._aws(service, account=scope.account, region=scope.region, read_timeout=LONG)

    def name(self, key: str) -> str:
        """The name of a stack."""
        return self.built.specs[key].scope.stack_name

    def stack(self, key: str) -> dict[str, Any]:
        """DescribeStacks of one."""
        found: dict[str, Any] = self.client(key).describe_stacks(StackName=self.name(key))["Stacks"][0]
        return found

    def outputs(self, key: str) -> dict[str, str]:
        """The outputs of a stack that is deployed."""
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack(key).get("Outputs", ())}

    def resources(self, key: str) -> dict[str, dict[str, Any]]:
        """The resources of a stack, by logical id."""
        found = self.client(key).describe_stack_resources(StackName=self.name(key))["StackResources"]
        return {resource["LogicalResourceId"]: resource for resource in found}

    def tags(self, key: str) -> list[dict[str, str]]:
        """The tags of a stack; a new one's say which it is. An update that leaves them out takes them away."""
        return list(self.stack(key)["Tags"]) if self._exists(key) else [{"Key": "slipway:stack", "Value": key}]

    def parameters(self, key: str) -> dict[str, str]:
        """The values of a stack's parameters: others' outputs, and what a release brings."""
        values = {name: self.outputs(source)[name] for name, source in self.built.graph.sources(key).items()}
        for name in self.built.artifacts[key].interface.released:
            values[name] = self.released(key, name)
        return values

    def released(self, key: str, name: str) -> str:  # noqa: PLR0911 - one for each
        """What a release brings, published if it is not there: the image of a service, the code of a function."""
        match name:
            case "Release":
                return RELEASE
            case "ImageUri":
                return self.publish(self.built.specs[key].scope.service or "bot", "good")
            case "AmiId":
                return f"ami-{'0' * 17}"
            case "SitePath":
                return f"/{self.built.specs[key].scope.service}/{'0' * 64}"
            case "CodeBucket":
                return self.code(key)[0]
            case "CodeVersion":
                return self.code(key)[2]
            case _:
                return self.code(key)[1]

    def code(self, key: str) -> tuple[str, str, str]:
        """Put an archive for a function into a bucket; answers bucket, key and version id."""
        scope = self.built.specs[key].scope
        bucket, name = f"code-{scope.account}-{scope.region}", f"functions/{scope.service}/{'0' * 64}.zip"
        s3 = self.client(key, "s3")
        with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
            place = {"CreateBucketConfiguration": {"LocationConstraint": scope.region}}
            s3.create_bucket(Bucket=bucket, **({} if scope.region == "us-east-1" else place))
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("index.mjs", "export const handler = async () => ({});\n")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        put = s3.put_object(Bucket=bucket, Key=name, Body=held.getvalue())
        return bucket, name, put["VersionId"]

    def publish(self, service: str, tag: str) -> str:
        """Push an image of a service into home's registry; answers its address with the digest."""
        scope = self.built.specs["home/home"].scope
        ecr = self.client("home/home", "ecr")
        repository = f"{scope.platform}/{service}"
        manifest = json.dumps({"schemaVersion": 2, "config": {"digest": f"sha256:{service}-{tag}"}})
        found = ecr.describe_images(repositoryName=repository)["imageDetails"]
        if not any(tag in image.get("imageTags", ()) for image in found):
            ecr.put_image(
                repositoryName=repository,
                imageManifest=manifest,
                imageTag=tag,
                imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
            )
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        return f"{scope.account}.dkr.ecr.{scope.region}.amazonaws.com/{repository}@sha256:{digest}"

    def deploy(self, key: str, *, body: dict[str, Any] | None = None, outcome: str = "", **parameters: str) -> None:
        """Bring a stack to its template (or to `body`) by a change set.

        Raises:
            Failed: It ended in another state than `outcome` (by default a success), with the events that failed.
        """
        values = self.parameters(key) | parameters
        change_set = self.propose(
            key,
            TemplateBody=json.dumps(self.built.bodies[key] if body is None else body, separators=(",", ":")),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()],
        )
        self.execute(key, change_set, outcome)

    def deploy_all(self, *keys: str) -> None:
        """Deploy stacks, one after the other."""
        for key in keys:
            self.deploy(key)

    def release(self, key: str, image: str, outcome: str = "") -> dict[str, Any]:
        """Bring an image to a service by an image-only change set; answers the change set.

        Raises:
            Failed: As for `deploy`.
        """
        brought = {"ImageUri": image, "Release": hashlib.sha256(image.encode()).hexdigest()[:40]}
        kept = [{"ParameterKey": name, "UsePreviousValue": True} for name in self.built.graph.sources(key)]
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in brought.items()]
        change_set = self.propose(key, UsePreviousTemplate=True, Parameters=[*kept, *given])
        self.execute(key, change_set, outcome)
        return change_set

    def retag(self, key: str, cost: str, outcome: str = "") -> None:
        """Give a stack another tag, which reaches every resource that can be tagged.

        Raises:
            Failed: As for `deploy`.
        """
        kept = [
            {"ParameterKey": name, "UsePreviousValue": True} for name in self.built.bodies[key].get("Parameters", ())
        ]
        tags = [*(tag for tag in self.tags(key) if tag["Key"] != "cost"), {"Key": "cost", "Value": cost}]
        self.execute(key, self.propose(key, UsePreviousTemplate=True, Parameters=kept, Tags=tags), outcome)

    def propose(self, key: str, **said: Any) -> dict[str, Any]:
        """Make a change set and wait for it; answers it.

        Raises:
            Failed: There is nothing to change, or it can't be made.
        """
        cloudformation = self.client(key)
        made = cloudformation.create_change_set(
            StackName=self.name(key),
            ChangeSetName=f"test-{uuid.uuid4()}",
            ChangeSetType="UPDATE" if self._exists(key) else "CREATE",
            Capabilities=list(self.built.artifacts[key].capabilities),
            **({"Tags": self.tags(key)} | said),
        )
        found = settled(lambda: cloudformation.describe_change_set(ChangeSetName=made["Id"]), "Status")
        if found["Status"] != "CREATE_COMPLETE":
            raise Failed(f"{key}: {found['Status']}: {found.get('StatusReason')}")
        return found

    def execute(self, key: str, change_set: dict[str, Any], outcome: str = "") -> None:
        """Execute a change set and wait until the stack is at rest.

        Raises:
            Failed: As for `deploy`.
        """
        there = self._exists(key)
        self.client(key).execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        stack = settled(lambda: self.stack(key), "StackStatus")
        if stack["StackStatus"] != (outcome or ("UPDATE_COMPLETE" if there else "CREATE_COMPLETE")):
            raise Failed(f"{key}: {stack['StackStatus']}: {stack.get('StackStatusReason')}\n{self.failures(key)}")

    def events(self, key: str) -> list[dict[str, Any]]:
        """The events of a stack, oldest first."""
        pages = self.client(key).get_paginator("describe_stack_events").paginate(StackName=self.name(key))
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def failures(self, key: str) -> str:
        """The failed events of a stack, oldest first."""
        failed = [event for event in self.events(key) if event["ResourceStatus"].endswith("_FAILED")]
        return "\n".join(
            f"  {event['LogicalResourceId']} {event['ResourceType']} {event['ResourceStatus']}: "
            f"{event.get('ResourceStatusReason', '')}"
            for event in failed
        )

    def is_whole(self, key: str) -> None:
        """Every resource of the template is there, and the outputs have values; what has a condition is for upgrades."""
        body = self.built.bodies[key]
        resources = self.resources(key)
        assert resources.keys() == {name for name, row in body["Resources"].items() if "Condition" not in row}
        for name, resource in resources.items():
            assert resource["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), name
            assert resource["PhysicalResourceId"], name
            assert resource["ResourceType"] == body["Resources"][name]["Type"]
        assert self.outputs(key).keys() == body.get("Outputs", {}).keys()
        assert all(self.outputs(key).values())

    def drift(self, key: str) -> list[dict[str, Any]]:
        """The resources of a stack that drifted."""
        cloudformation = self.client(key)
        detection = cloudformation.detect_stack_drift(StackName=self.name(key))["StackDriftDetectionId"]
        status = settled(
            lambda: cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection),
            "DetectionStatus",
        )
        assert status["DetectionStatus"] == "DETECTION_COMPLETE", status
        drifts = cloudformation.describe_stack_resource_drifts(
            StackName=self.name(key), StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
        )["StackResourceDrifts"]
        assert status["StackDriftStatus"] == ("DRIFTED" if drifts else "IN_SYNC")
        return list(drifts)

    def unprotect(self, key: str) -> None:
        """Take the deletion protection from a stack's load balancers, as somebody who means it does."""
        for resource in self.resources(key).values():
            if resource["ResourceType"] == "AWS::ElasticLoadBalancingV2::LoadBalancer":
                self.client(key, "elbv2").modify_load_balancer_attributes(
                    LoadBalancerArn=resource["PhysicalResourceId"],
                    Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}],
                )

    def destroy(self, key: str) -> None:
        """Delete a stack; what is protected fails it.

        Raises:
            Failed: Something could not be deleted.
        """
        stack_id = self.stack(key)["StackId"]
        cloudformation = self.client(key)
        cloudformation.delete_stack(StackName=self.name(key))
        stack = settled(lambda: cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0], "StackStatus")
        if stack["StackStatus"] != "DELETE_COMPLETE":
            raise Failed(f"{key}: {stack['StackStatus']}: {stack.get('StackStatusReason')}\n{self.failures(key)}")

    def _exists(self, key: str) -> bool:
        cloudformation = self.client(key)
        try:
            return bool(self.stack(key)["StackStatus"] != "REVIEW_IN_PROGRESS")
        except cloudformation.exceptions.ClientError:
            return False


def settled(ask: Callable[[], dict[str, Any]], status: str) -> dict[str, Any]:
    """What is asked for, once its status is a last one."""
    until, pause = time.monotonic() + LONG, 0.01
    while True:
        found = ask()
        if found[status].endswith(_DONE):
            return found
        if time.monotonic() > until:
            raise Failed(f"still {found[status]} after {LONG} s: {found.get('StatusReason', '')}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
