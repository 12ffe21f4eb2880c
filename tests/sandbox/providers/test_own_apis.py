"""The APIs that the sandbox answers itself or completes: accelerators, experiments, web ACL logs, trails, filters, issuers, zones."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.endpoint import Control
from tests.sandbox.conftest import ACCOUNT, Aws

_TEMPLATE: dict[str, Any] = {
    "clientToken": "t",
    "description": "Stop a task.",
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/fis",
    "stopConditions": [{"source": "none"}],
    "targets": {"tasks": {"resourceType": "aws:ecs:task", "selectionMode": "ALL", "resourceTags": {"a": "b"}}},
    "actions": {"stop": {"actionId": "aws:ecs:stop-task", "targets": {"Tasks": "tasks"}}},
    "tags": {"one": "1", "two": "2", "three": "3"},
}


def test_an_accelerator_goes_when_it_is_disabled_and_empty(aws: Aws) -> None:
    """AWS Global Accelerator API Reference, DeleteAccelerator and DeleteListener: their errors, in that order."""
    ga = aws("globalaccelerator", region="us-west-2")
    made = ga.create_accelerator(Name="a", IdempotencyToken="t", Tags=[{"Key": "k", "Value": "v"}])["Accelerator"]
    arn = made["AcceleratorArn"]
    assert made["DnsName"].endswith(".awsglobalaccelerator.com")
    assert ga.list_accelerators()["Accelerators"][0]["AcceleratorArn"] == arn
    assert ga.describe_accelerator_attributes(AcceleratorArn=arn)["AcceleratorAttributes"] == {"FlowLogsEnabled": False}

    ports = [{"FromPort": 443, "ToPort": 443}]
    listener = ga.create_listener(AcceleratorArn=arn, PortRanges=ports, Protocol="TCP", IdempotencyToken="t")[
        "Listener"
    ]
    assert ga.list_listeners(AcceleratorArn=arn)["Listeners"] == [listener]
    which = {"ListenerArn": listener["ListenerArn"]}
    group = ga.create_endpoint_group(**which, EndpointGroupRegion="eu-west-1", IdempotencyToken="t")["EndpointGroup"]
    assert ga.list_endpoint_groups(**which)["EndpointGroups"] == [group]
    with pytest.raises(ga.exceptions.EndpointGroupAlreadyExistsException):
        ga.create_endpoint_group(**which, EndpointGroupRegion="eu-west-1", IdempotencyToken="u")

    with pytest.raises(ga.exceptions.AcceleratorNotDisabledException):
        ga.delete_accelerator(AcceleratorArn=arn)
    assert not ga.update_accelerator(AcceleratorArn=arn, Enabled=False)["Accelerator"]["Enabled"]
    with pytest.raises(ga.exceptions.AssociatedListenerFoundException):
        ga.delete_accelerator(AcceleratorArn=arn)
    with pytest.raises(ga.exceptions.AssociatedEndpointGroupFoundException):
        ga.delete_listener(**which)
    ga.delete_endpoint_group(EndpointGroupArn=group["EndpointGroupArn"])
    ga.delete_listener(**which)
    ga.delete_accelerator(AcceleratorArn=arn)
    with pytest.raises(ga.exceptions.AcceleratorNotFoundException):
        ga.list_tags_for_resource(ResourceArn=arn)


def test_an_experiment_template_is_kept_changed_and_tagged(aws: Aws) -> None:
    """AWS FIS API Reference: what CreateExperimentTemplate is given comes back; an update keeps the rest; tags go by key."""
    fis = aws("fis")
    made = fis.create_experiment_template(**_TEMPLATE)["experimentTemplate"]
    assert made["actions"] == _TEMPLATE["actions"]
    assert made["experimentOptions"] == {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"}
    which = {"id": made["id"]}

    fis.update_experiment_template(
        **which, description="Other.", experimentOptions={"emptyTargetResolutionMode": "skip"}
    )
    found = fis.get_experiment_template(**which)["experimentTemplate"]
    assert (found["description"], found["targets"]) == ("Other.", _TEMPLATE["targets"])
    assert found["experimentOptions"] == {"accountTargeting": "single-account", "emptyTargetResolutionMode": "skip"}

    fis.tag_resource(resourceArn=made["arn"], tags={"four": "4"})
    fis.untag_resource(resourceArn=made["arn"], tagKeys=["one", "two"])
    assert fis.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"three": "3", "four": "4"}
    assert fis.list_experiment_templates()["experimentTemplates"][0]["id"] == made["id"]

    fis.delete_experiment_template(**which)
    with pytest.raises(fis.exceptions.ResourceNotFoundException):
        fis.get_experiment_template(**which)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"targets": {}}, "references target tasks"),
        ({"actions": {"stop": {"actionId": "aws:fis:wait", "startAfter": ["none"]}}}, "starts after none"),
        ({"stopConditions": []}, "stopConditions must not be null"),
    ],
)
def test_an_experiment_template_that_names_what_is_not_there_is_refused(
    aws: Aws, change: dict[str, Any], text: str
) -> None:
    """AWS FIS API Reference, ValidationException; the words are *assumed*."""
    with pytest.raises(aws("fis").exceptions.ValidationException, match=text):
        aws("fis").create_experiment_template(**_TEMPLATE | change)


def test_experiments_are_not_run_and_say_so(aws: Aws) -> None:
    """Who starts an experiment learns that the sandbox runs none, and what to do."""
    fis = aws("fis")
    made = fis.create_experiment_template(**_TEMPLATE)["experimentTemplate"]
    with pytest.raises(ClientError, match="The sandbox does not support fis:StartExperiment") as refused:
        fis.start_experiment(clientToken="t", experimentTemplateId=made["id"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_web_acl_logs_to_groups_of_the_right_name(aws: Aws) -> None:
    """AWS WAF API Reference, PutLoggingConfiguration: a web ACL that is there, a destination that begins with aws-waf-logs-."""
    waf = aws("wafv2")
    look = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    made = waf.create_web_acl(Name="w", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=look)
    said = {"ResourceArn": made["Summary"]["ARN"]}
    group = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group"
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.get_logging_configuration(**said)
    with pytest.raises(waf.exceptions.WAFInvalidParameterException, match="LOG_DESTINATION"):
        waf.put_logging_configuration(LoggingConfiguration=said | {"LogDestinationConfigs": [f"{group}:other"]})
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.put_logging_configuration(
            LoggingConfiguration={
                "ResourceArn": f"{said['ResourceArn']}x",
                "LogDestinationConfigs": [f"{group}:aws-waf-logs-a"],
            }
        )
    wanted = said | {"LogDestinationConfigs": [f"{group}:aws-waf-logs-a:*"]}
    waf.put_logging_configuration(LoggingConfiguration=wanted)
    kept = wanted | {"ManagedByFirewallManager": False}
    assert waf.get_logging_configuration(**said)["LoggingConfiguration"] == kept
    assert waf.list_logging_configurations(Scope="REGIONAL")["LoggingConfigurations"] == [kept]
    assert waf.list_logging_configurations(Scope="CLOUDFRONT")["LoggingConfigurations"] == []
    waf.delete_logging_configuration(**said)
    with pytest.raises(waf.exceptions.WAFNonexistentItemException):
        waf.delete_logging_configuration(**said)


def test_a_repository_keeps_its_exclusion_filters(aws: Aws) -> None:
    """Amazon ECR API Reference, ImageTagMutabilityExclusionFilter: told when it is made, changed by PutImageTagMutability."""
    ecr = aws("ecr")
    filters = [{"filterType": "WILDCARD", "filter": "latest"}]
    mutability = {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION", "imageTagMutabilityExclusionFilters": filters}
    made = ecr.create_repository(repositoryName="team/app", **mutability)["repository"]
    assert made["imageTagMutabilityExclusionFilters"] == filters
    other = [{"filterType": "WILDCARD", "filter": "dev-*"}]
    ecr.put_image_tag_mutability(
        repositoryName="team/app", **mutability | {"imageTagMutabilityExclusionFilters": other}
    )
    assert ecr.describe_repositories()["repositories"][0]["imageTagMutabilityExclusionFilters"] == other
    ecr.delete_repository(repositoryName="team/app")
    assert "imageTagMutabilityExclusionFilters" not in ecr.create_repository(repositoryName="team/app")["repository"]


def test_a_trail_keeps_its_log_group_and_tags(aws: Aws) -> None:
    """AWS CloudTrail API Reference, CreateTrail: log group, role and tags are those of the trail from the start."""
    trails = aws("cloudtrail")
    logs = {
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:trail:*",
        "CloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/trail",
    }
    tags = [{"Key": "k", "Value": "v"}]
    arn = trails.create_trail(Name="trail", S3BucketName="bucket", TagsList=tags, **logs)["TrailARN"]
    assert logs.items() <= trails.get_trail(Name="trail")["Trail"].items()
    assert trails.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"] == tags


def test_a_token_issuer_changes(aws: Aws) -> None:
    """AWS IAM API Reference, OpenID Connect providers: audiences, thumbprints and tags; the URL comes back without its scheme."""
    iam = aws("iam")
    url, thumbprint = "https://token.actions.githubusercontent.com", "a" * 40
    arn = iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"])["OpenIDConnectProviderArn"]
    which = {"OpenIDConnectProviderArn": arn}
    iam.add_client_id_to_open_id_connect_provider(**which, ClientID="other")
    iam.add_client_id_to_open_id_connect_provider(**which, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(**which, ClientID="sts.amazonaws.com")
    iam.update_open_id_connect_provider_thumbprint(**which, ThumbprintList=[thumbprint])
    iam.tag_open_id_connect_provider(**which, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_open_id_connect_provider(**which, TagKeys=["a"])
    found = iam.get_open_id_connect_provider(**which)
    assert (found["Url"], found["ClientIDList"]) == (url.removeprefix("https://"), ["other"])
    assert found["ThumbprintList"] == [thumbprint]
    assert iam.list_open_id_connect_provider_tags(**which)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=f"{arn}x")


def test_a_hosted_zone_has_the_id_that_a_configuration_names(aws: Aws, control: Control) -> None:
    """Zones belong to no stack: the control API makes one of a given id in an account, and says what is wrong with a bad one."""
    route53 = aws("route53")
    route53.list_hosted_zones()
    zone = {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com", "account": ACCOUNT}
    for _ in range(2):
        control.post("hosted-zone", zone)
    assert route53.get_hosted_zone(Id=zone["id"])["HostedZone"]["Name"] == "example.com."
    types = [row["Type"] for row in route53.list_resource_record_sets(HostedZoneId=zone["id"])["ResourceRecordSets"]]
    assert sorted(types) == ["NS", "SOA"]
    with pytest.raises(aws("route53", account="999988887777").exceptions.NoSuchHostedZone):
        aws("route53", account="999988887777").get_hosted_zone(Id=zone["id"])
    with pytest.raises(ValueError, match='send "id"'):
        control.post("hosted-zone", {"id": "no zone", "name": "example.com"})


def test_a_health_check_says_true_as_boto3_reads_it(aws: Aws) -> None:
    """Amazon Route 53 API Reference, HealthCheckConfig: booleans come back as they were given."""
    route53 = aws("route53")
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com", "EnableSNI": True, "Inverted": False}
    made = route53.create_health_check(CallerReference="r", HealthCheckConfig=config)["HealthCheck"]
    assert config.items() <= made["HealthCheckConfig"].items()
    assert route53.list_health_checks()["HealthChecks"][0]["HealthCheckConfig"]["EnableSNI"] is True


def test_target_groups_keep_their_protocol_version(aws: Aws) -> None:
    """Elastic Load Balancing API Reference, CreateTargetGroup: HTTP1 unless another is given; none for TCP."""
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    elb = aws("elbv2")
    for name, protocol, said in (
        ("one", "HTTP", {}),
        ("two", "HTTPS", {"ProtocolVersion": "GRPC"}),
        ("three", "TCP", {}),
    ):
        elb.create_target_group(Name=name, Protocol=protocol, Port=80, VpcId=vpc, **said)
    found = {
        item["TargetGroupName"]: item.get("ProtocolVersion") for item in elb.describe_target_groups()["TargetGroups"]
    }
    assert found == {"one": "HTTP1", "two": "GRPC", "three": None}


def test_an_error_of_ministack_passes_through_what_goes_around_it(aws: Aws) -> None:
    """A call that ministack refuses is refused with its own words, also where the sandbox completes the answers."""
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    elb = aws("elbv2")
    elb.create_target_group(Name="same", Protocol="HTTP", Port=80, VpcId=vpc)
    with pytest.raises(elb.exceptions.DuplicateTargetGroupNameException, match="already exists"):
        elb.create_target_group(Name="same", Protocol="HTTP", Port=80, VpcId=vpc)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    with pytest.raises(ClientError, match="NotFound"):
        aws("ecr").set_repository_policy(repositoryName="none", policyText=policy)
