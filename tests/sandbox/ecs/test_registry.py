"""Images, scans and autoscaling over HTTP, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import ACCOUNT, REGION

MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})


def _pushed(stage: Any, **repository: Any) -> tuple[Any, str]:
    ecr = stage.aws("ecr")
    ecr.create_repository(repositoryName="app", **repository)
    found = ecr.put_image(repositoryName="app", imageManifest=MANIFEST, imageTag="1")
    return ecr, found["image"]["imageId"]["imageDigest"]


def test_sample_images_are_there_when_their_repository_is(stage: Any) -> None:
    """A user whose release creates a repository finds the images that were given for it, once each, in that account alone."""
    ecr = stage.aws("ecr")
    ecr.describe_repositories()
    images = [{"manifest": MANIFEST, "tag": "sample-good"}]
    body = {"account": ACCOUNT, "region": REGION, "repository": "app", "images": images}
    stage.control.post("sample-images", body)
    assert ecr.describe_repositories()["repositories"] == []
    ecr.create_repository(repositoryName="app")
    ecr.create_repository(repositoryName="other")
    (found,) = ecr.describe_images(repositoryName="app")["imageDetails"]
    assert found["imageTags"] == ["sample-good"]
    assert ecr.describe_images(repositoryName="other")["imageDetails"] == []
    stage.control.post("sample-images", body)
    stage.control.post("sample-images", body | {"images": [{"manifest": MANIFEST + " ", "tag": "sample-better"}]})
    assert len(ecr.describe_images(repositoryName="app")["imageDetails"]) == 2
    with pytest.raises(ValueError, match='send "account", "region", "repository"'):
        stage.control.post("sample-images", {"repository": "app"})


def test_an_immutable_tag_can_not_be_moved(stage: Any) -> None:
    """A user can't push another image under a tag that is taken (ECR API Reference, PutImage)."""
    ecr, _ = _pushed(stage, imageTagMutability="IMMUTABLE")
    with pytest.raises(ClientError, match="cannot be overwritten because the tag is immutable") as caught:
        ecr.put_image(repositoryName="app", imageManifest=MANIFEST + " ", imageTag="1")
    assert caught.value.response["Error"]["Code"] == "ImageTagAlreadyExistsException"


def test_the_media_type_is_the_manifest_s(stage: Any) -> None:
    """A user who pushes an OCI image reads back that it is one (ECR API Reference, PutImage, imageManifestMediaType)."""
    ecr, _ = _pushed(stage)
    kind = "application/vnd.oci.image.manifest.v1+json"
    assert ecr.describe_images(repositoryName="app")["imageDetails"][0]["imageManifestMediaType"] == kind
    found = ecr.batch_get_image(repositoryName="app", imageIds=[{"imageTag": "1"}])["images"][0]
    assert found["imageManifestMediaType"] == kind
    plain = ecr.put_image(repositoryName="app", imageManifest="not json", imageTag="2")["image"]
    assert "imageManifestMediaType" in plain


def test_a_wrong_digest_is_refused(stage: Any) -> None:
    """A user who states a digest gets that image or an error (ECR API Reference, PutImage)."""
    ecr, digest = _pushed(stage)
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatchException"):
        ecr.put_image(repositoryName="app", imageManifest=MANIFEST + " ", imageDigest=digest, imageTag="2")


def test_a_missing_image_is_an_error(stage: Any) -> None:
    """A user who asks for an image that nobody pushed reads so (ECR API Reference, DescribeImages)."""
    ecr, digest = _pushed(stage)
    assert (
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "1"}])["imageDetails"][0]["imageDigest"]
        == digest
    )
    with pytest.raises(ClientError, match="does not exist within the repository") as caught:
        ecr.describe_images(repositoryName="app", imageIds=[{"imageTag": "1"}, {"imageTag": "2"}])
    assert caught.value.response["Error"]["Code"] == "ImageNotFoundException"


def test_a_scan_shows_what_it_found(stage: Any) -> None:
    """A user reads the findings that were scripted for a digest (ECR API Reference, DescribeImageScanFindings)."""
    ecr, digest = _pushed(stage)
    with pytest.raises(ClientError, match="ScanNotFoundException"):
        ecr.describe_image_scan_findings(repositoryName="app", imageId={"imageTag": "1"})
    findings = [{"name": "CVE-2026-1", "severity": "HIGH"}, {"name": "CVE-2026-2", "severity": "LOW"}]
    stage.control.post("scans", {"image": digest, "findings": findings})
    assert ecr.start_image_scan(repositoryName="app", imageId={"imageTag": "1"})["imageId"]["imageDigest"] == digest
    found = ecr.describe_image_scan_findings(repositoryName="app", imageId={"imageDigest": digest})
    assert found["imageScanStatus"]["status"] == "COMPLETE"
    assert found["imageScanFindings"]["findingSeverityCounts"] == {"HIGH": 1, "LOW": 1}
    assert [row["name"] for row in found["imageScanFindings"]["findings"]] == ["CVE-2026-1", "CVE-2026-2"]
    summary = ecr.describe_images(repositoryName="app")["imageDetails"][0]["imageScanFindingsSummary"]
    assert summary["findingSeverityCounts"] == {"HIGH": 1, "LOW": 1}


def test_an_image_is_scanned_on_push(stage: Any) -> None:
    """A user who turned scanning on needs not start it (ECR API Reference, ImageScanningConfiguration)."""
    ecr, digest = _pushed(stage, imageScanningConfiguration={"scanOnPush": True})
    found = ecr.describe_image_scan_findings(repositoryName="app", imageId={"imageDigest": digest})
    assert found["imageScanFindings"]["findings"] == []


@pytest.mark.parametrize("image_id", [{"imageTag": "9"}, {"imageDigest": "sha256:" + "0" * 64}])
def test_nothing_scans_what_is_not_there(stage: Any, image_id: dict[str, str]) -> None:
    """A user who scans a missing image or repository is told which is missing (ECR API Reference, StartImageScan)."""
    ecr, _ = _pushed(stage)
    with pytest.raises(ClientError, match="ImageNotFoundException"):
        ecr.start_image_scan(repositoryName="app", imageId=image_id)
    with pytest.raises(ClientError, match="RepositoryNotFoundException"):
        ecr.start_image_scan(repositoryName="none", imageId=image_id)


def _target(stage: Any, low: int = 2, high: int = 6) -> tuple[Any, dict[str, str]]:
    key = {"ServiceNamespace": "ecs", "ResourceId": "service/c/app", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling = stage.aws("application-autoscaling")
    scaling.register_scalable_target(**key, MinCapacity=low, MaxCapacity=high)
    return scaling, key


def test_the_count_is_brought_into_the_range(stage: Any) -> None:
    """A user who raises the minimum gets that many tasks (Application Auto Scaling API, RegisterScalableTarget)."""
    stage.serve(stage.define(), desiredCount=1)
    scaling, key = _target(stage, 3)
    stage.until(stage.service, lambda s: s["runningCount"] == 3)
    (row,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (row["MinCapacity"], row["MaxCapacity"], row["ResourceId"]) == (3, 6, key["ResourceId"])
    scaling.register_scalable_target(**key, MaxCapacity=4)
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]["MaxCapacity"] == 4
    with pytest.raises(ClientError, match="cannot be less than minimum"):
        scaling.register_scalable_target(**key, MinCapacity=9, MaxCapacity=8)


def test_a_busy_service_is_scaled_out_by_its_step_policy(stage: Any) -> None:
    """A user's alarm starts the policy, again after each cooldown, up to the maximum (User Guide, step scaling)."""
    stage.behave("app:1", "healthy", cpu=95)
    stage.serve(stage.define())
    scaling, key = _target(stage)
    config = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 60,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 3}],
    }
    policy = scaling.put_scaling_policy(**key, PolicyName="out", PolicyType="StepScaling", StepScalingPolicyConfiguration=config)  # fmt: skip
    stage.aws("cloudwatch").put_metric_alarm(
        AlarmName="busy", Namespace="AWS/ECS", MetricName="CPUUtilization", Statistic="Average", Period=60,
        Dimensions=[{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "app"}], EvaluationPeriods=1,
        Threshold=85, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[policy["PolicyARN"]],
    )  # fmt: skip
    stage.update(forceNewDeployment=True)
    stage.until(stage.service, lambda s: s["desiredCount"] == 6 and s["runningCount"] == 6)
    causes = [row["Cause"] for row in scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]]
    assert causes == ["monitor alarm busy in state ALARM triggered policy out"] * 2


def test_target_tracking_makes_its_alarms_and_follows_them(stage: Any) -> None:
    """A user gives a target and gets alarms and tasks for it (User Guide, How target tracking works)."""
    stage.behave("app:1", "healthy", cpu=90)
    stage.serve(stage.define())
    scaling, key = _target(stage)
    config = {
        "TargetValue": 45.0,
        "ScaleOutCooldown": 60,
        "DisableScaleIn": True,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    made = scaling.put_scaling_policy(
        **key, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=config
    )
    (alarm,) = made["Alarms"]
    assert alarm["AlarmName"].startswith("TargetTracking-service/c/app-AlarmHigh-")
    stage.until(stage.service, lambda s: s["desiredCount"] == 6)
    (shown,) = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=key["ResourceId"])[
        "ScalingPolicies"
    ]
    assert shown["Alarms"] == made["Alarms"]
    scaling.deregister_scalable_target(**key)
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    assert stage.aws("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_what_is_not_scaled_is_refused(stage: Any) -> None:
    """A user who scales something else, or nothing, reads why (Application Auto Scaling API, errors)."""
    scaling = stage.aws("application-autoscaling")
    with pytest.raises(ClientError, match="ECS service doesn't exist"):
        _target(stage)
    with pytest.raises(ClientError, match="sandbox does not scale dynamodb"):
        scaling.register_scalable_target(
            ServiceNamespace="dynamodb", ResourceId="table/t", ScalableDimension="dynamodb:table:ReadCapacityUnits"
        )
    with pytest.raises(ClientError, match="No scalable target registered"):
        scaling.delete_scaling_policy(
            ServiceNamespace="ecs",
            ResourceId="service/c/app",
            ScalableDimension="ecs:service:DesiredCount",
            PolicyName="x",
        )
