"""The cluster stack: ECS cluster, capacity, load balancer, WAF."""

import re
from typing import Any, get_args

import pytest

from templates.cluster import build
from templates.params.cluster import Cluster, ClusterParams, Ec2Capacity, LoadBalancer, Share, TlsPolicy, Waf
from tests.unit.templates.environment_cases import findings, ids, plain, properties, scope, statements

Json = dict[str, Any]
_CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/0f"


def body(
    cluster: Cluster | None = None, *, protected: bool = False, certificate: str | None = None, **balancer: Any
) -> Json:
    """The stack for this cluster and load balancer."""
    return plain(
        build(
            ClusterParams(
                scope=scope("cluster", protected=protected),
                cluster=cluster or Cluster(),
                load_balancer=LoadBalancer(**balancer),
                certificate_arn=certificate,
                log_retention_days=7,
            )
        )
    )


BODY = body()
FULL = body(
    Cluster(fargate=Share(base=1), spot=Share(weight=3), ec2=Ec2Capacity(), insights="enhanced"),
    protected=True,
    certificate=_CERTIFICATE,
    waf=Waf(),
    internal=True,
    allow_from=("10.0.0.0/8", "192.0.2.0/24"),
)


def attributes(template: Json) -> Json:
    """The load balancer's attributes by key."""
    return {each["Key"]: each["Value"] for each in properties(template, "LoadBalancer")["LoadBalancerAttributes"]}


def test_plain_http_leads_to_https_and_nowhere_else() -> None:
    """The listener on port 80 has one action: a permanent redirect."""
    (action,) = properties(BODY, "HttpListener")["DefaultActions"]
    assert action["Type"] == "redirect"
    assert action["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert {properties(BODY, name)["Protocol"] for name in ids(BODY, "ElasticLoadBalancingV2::Listener")} == {
        "HTTP",
        "HTTPS",
    }


def test_an_address_without_a_service_gets_a_404() -> None:
    """No service answers for a host that is not its own."""
    (action,) = properties(BODY, "HttpsListener")["DefaultActions"]
    assert action["FixedResponseConfig"]["StatusCode"] == "404"


@pytest.mark.parametrize("policy", get_args(TlsPolicy))
def test_every_policy_on_offer_is_tls_1_2_or_newer(policy: Any) -> None:
    """Whatever is chosen, TLS 1.0 and 1.1 are off: ELB names the oldest version it takes after ``TLS13``."""
    assert re.match(r"ELBSecurityPolicy-TLS13-1-[23]-", policy)
    assert properties(body(tls_policy=policy), "HttpsListener")["SslPolicy"] == policy


def test_the_default_policy_is_the_one_that_aws_recommends() -> None:
    """Without a word in the configuration people get forward secrecy and post-quantum key exchange."""
    assert properties(BODY, "HttpsListener")["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


@pytest.mark.parametrize(("certificate", "expected"), [(None, {"Ref": "CertificateArn"}), (_CERTIFICATE, _CERTIFICATE)])
def test_the_certificate_is_ours_or_the_one_given(certificate: str | None, expected: Any) -> None:
    """A given certificate is used as it is; else the certificate stack feeds a parameter."""
    template = body(certificate=certificate)
    assert properties(template, "HttpsListener")["Certificates"] == [{"CertificateArn": expected}]
    assert ("CertificateArn" in template["Parameters"]) is (certificate is None)


def test_the_load_balancer_refuses_malformed_requests() -> None:
    """Request smuggling is mitigated, invalid header names are dropped, idle connections end after a minute."""
    expected = {
        "routing.http.desync_mitigation_mode": "defensive",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "idle_timeout.timeout_seconds": "60",
        "deletion_protection.enabled": "false",
    }
    assert expected.items() <= attributes(BODY).items()
    assert attributes(body(desync="strictest"))["routing.http.desync_mitigation_mode"] == "strictest"
    assert attributes(FULL)["deletion_protection.enabled"] == "true"


def test_access_logs_reach_a_bucket_that_only_elb_writes_to() -> None:
    """ELB's log delivery may write this account's logs below one prefix, for load balancers of this account and Region."""
    assert attributes(BODY)["access_logs.s3.bucket"] == {"Ref": "AccessLogs"}
    policy = statements(properties(BODY, "AccessLogsPolicy")["PolicyDocument"])
    assert policy.pop("LoadBalancerLogs") == {
        "Sid": "LoadBalancerLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": ["s3:PutObject"],
        "Resource": [{"Fn::Sub": "${AccessLogs.Arn}/alb/AWSLogs/${AWS::AccountId}/*"}],
        "Condition": {
            "ArnLike": {
                "aws:SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"
                }
            }
        },
    }
    assert {each["Effect"] for each in policy.values()} == {"Deny"}
    assert BODY["Resources"]["LoadBalancer"]["DependsOn"] == ["AccessLogsPolicy"]
    (rule,) = properties(BODY, "AccessLogs")["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 30


def test_access_logs_use_the_only_encryption_that_elb_can() -> None:
    """With a KMS key no log would ever arrive."""
    (rule,) = properties(BODY, "AccessLogs")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_without_access_logs_there_is_no_bucket() -> None:
    """Switching them off leaves nothing to pay for."""
    template = body(access_logs=False)
    assert ids(template, "S3::Bucket") == []
    assert attributes(template)["access_logs.s3.enabled"] == "false"
    assert "DependsOn" not in template["Resources"]["LoadBalancer"]


def test_people_come_in_on_two_ports_from_where_they_may() -> None:
    """The group has 443 and 80 for each block, and no way out until a service opens one."""
    group = properties(FULL, "LoadBalancerSecurityGroup")
    ways = {(each["CidrIp"], each["FromPort"], each["ToPort"]) for each in group["SecurityGroupIngress"]}
    assert ways == {(block, port, port) for block in ("10.0.0.0/8", "192.0.2.0/24") for port in (443, 80)}
    assert [each["CidrIp"] for each in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]


@pytest.mark.parametrize(
    ("internal", "scheme", "subnets"),
    [(True, "internal", "PrivateSubnets"), (False, "internet-facing", "PublicSubnets")],
)
def test_an_internal_load_balancer_stands_in_private_subnets(*, internal: bool, scheme: str, subnets: str) -> None:
    """The scheme and the subnets go together."""
    balancer = properties(body(internal=internal), "LoadBalancer")
    assert (balancer["Scheme"], balancer["Subnets"]) == (scheme, {"Ref": subnets})


def test_services_find_each_other_by_name() -> None:
    """Services of the cluster join one Service Connect namespace without saying so themselves."""
    namespace = {"Fn::GetAtt": ["Namespace", "Arn"]}
    assert properties(BODY, "Cluster")["ServiceConnectDefaults"] == {"Namespace": namespace}
    assert BODY["Outputs"]["NamespaceArn"]["Value"] == namespace


def test_tasks_reach_each_other_and_nothing_else_through_the_mesh() -> None:
    """Both directions of the mesh name the group itself."""
    mesh = {"Fn::GetAtt": ["MeshSecurityGroup", "GroupId"]}, {"Ref": "MeshSecurityGroup"}
    assert properties(BODY, "MeshIngress")["SourceSecurityGroupId"] in mesh
    assert properties(BODY, "MeshEgress")["DestinationSecurityGroupId"] in mesh
    group = properties(BODY, "MeshSecurityGroup")
    assert group["SecurityGroupIngress"] == []
    assert [each["CidrIp"] for each in group["SecurityGroupEgress"]] == ["127.0.0.1/32"]


def test_what_costs_money_is_off_unless_asked_for() -> None:
    """A plain cluster has no WAF, no instances and no paid insights."""
    kinds = {each["Type"].split("::")[1] for each in BODY["Resources"].values()}
    assert kinds == {"EC2", "ECS", "ElasticLoadBalancingV2", "S3", "ServiceDiscovery"}
    assert properties(BODY, "Cluster")["ClusterSettings"] == [{"Name": "containerInsights", "Value": "disabled"}]
    assert properties(FULL, "Cluster")["ClusterSettings"] == [{"Name": "containerInsights", "Value": "enhanced"}]


def test_services_find_everything_they_need_in_the_outputs() -> None:
    """Names that service stacks ask for; the EC2 provider only where there is one."""
    expected = {
        "ClusterName", "ClusterArn", "NamespaceArn", "ListenerArn", "LoadBalancerArn", "LoadBalancerFullName",
        "LoadBalancerDnsName", "LoadBalancerZoneId", "LoadBalancerSecurityGroup", "MeshSecurityGroup",
    }  # fmt: skip
    assert set(BODY["Outputs"]) == expected
    assert set(FULL["Outputs"]) - expected == {"Ec2CapacityProvider", "WebAclArn", "WebAclName"}


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """The largest and the plainest cluster are clean with experimental and informational rules on."""
    assert findings(FULL, BODY) == []
