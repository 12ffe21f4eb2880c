"""What CloudFormation's values become on their way to an API, and an API's answers on their way back."""

import datetime as dt
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.providers.api_calls import as_text, call, named_as, wanted
from generator.sandbox.providers.provider import ResourceFailure
from generator.sandbox.providers.registry import provider_for
from generator.sandbox.server import shapes
from generator.sandbox.server.remembered import RememberedValues
from generator.sandbox.server.wire import Request
from tests.sandbox.conftest import Aws
from tests.sandbox.providers.resources import At

_SESSION = botocore.session.get_session()


def _input(service: str, operation: str) -> Any:
    return _SESSION.get_service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("service", "operation", "said", "sent"),
    [
        ("elbv2", "CreateTargetGroup", {"Port": "8080", "HealthCheckEnabled": "true"}, {"Port": 8080, "HealthCheckEnabled": True}),
        ("elbv2", "CreateRule", {"Priority": "7", "Tags": [{"Key": "k", "Value": 1}]}, {"Priority": 7, "Tags": [{"Key": "k", "Value": "1"}]}),
        ("iam", "CreateRole", {"AssumeRolePolicyDocument": {"a": [1]}, "Path": None}, {"AssumeRolePolicyDocument": '{"a":[1]}'}),
        ("fis", "CreateExperimentTemplate", {"RoleArn": "r", "Targets": {"T": {"ResourceType": "x", "Filters": [{"Path": "p"}]}}},
         {"roleArn": "r", "targets": {"T": {"resourceType": "x", "filters": [{"path": "p"}]}}}),
        ("cloudfront", "CreateDistribution", {"DistributionConfig": {"Aliases": ["a"], "Enabled": "false"}},
         {"DistributionConfig": {"Aliases": {"Quantity": 1, "Items": ["a"]}, "Enabled": False}}),
        ("budgets", "UpdateBudget", {"NewBudget": {"BudgetLimit": {"Amount": 900}}}, {"NewBudget": {"BudgetLimit": {"Amount": "900"}}}),
        ("globalaccelerator", "UpdateEndpointGroup", {"TrafficDialPercentage": "12.5"}, {"TrafficDialPercentage": 12.5}),
    ],
)  # fmt: skip
def test_values_become_what_the_api_wants(
    service: str, operation: str, said: dict[str, Any], sent: dict[str, Any]
) -> None:
    """CloudFormation takes `"8080"` for 8080 and a mapping for a policy; each API gets its own kind."""
    assert wanted(said, _input(service, operation)) == sent


@pytest.mark.parametrize(
    ("said", "live", "named"),
    [
        ({"RoleArn": "r"}, {"roleArn": "r", "id": "x"}, {"RoleArn": "r", "id": "x"}),
        ({"Aliases": ["a"]}, {"Aliases": {"Quantity": 1, "Items": ["a"]}}, {"Aliases": ["a"]}),
        ({"Aliases": ["a"]}, {"Aliases": {"Quantity": 0}}, {"Aliases": []}),
        ({"Filters": [{"Path": "p"}]}, {"filters": [{"path": "p"}, {"path": "q"}]}, {"Filters": [{"Path": "p"}, {"Path": "q"}]}),
        ("text", {"a": 1}, {"a": 1}),
    ],
)  # fmt: skip
def test_answers_get_the_templates_names(said: Any, live: Any, named: Any) -> None:
    """Drift compares names of the template, whatever the API calls them."""
    assert named_as(said, live) == named


@given(
    st.recursive(
        st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_anything_has_a_text(value: Any) -> None:
    """A property of any kind can be sent where an API wants text: booleans in lower case, documents as JSON."""
    assert isinstance(as_text(value), str)
    if isinstance(value, bool):
        assert as_text(value) in {"true", "false"}


def test_what_no_api_takes_fails_the_resource_with_its_reason(aws: Aws) -> None:
    """A member that an API does not know is a failure of the resource that people can read, not a crash."""
    with pytest.raises(ResourceFailure, match=r"Model validation failed \(.*Nonsense"):
        call(At(aws, "X"), "ec2", "create_vpc", CidrBlock="10.0.0.0/16", Nonsense=1)


@pytest.mark.parametrize(
    "type_name", ["AWS::EC2::VPC", "AWS::IAM::Role", "AWS::WAFv2::WebACL", "AWS::CloudTrail::Trail"]
)
def test_a_property_that_the_sandbox_does_not_do_is_refused(aws: Aws, type_name: str) -> None:
    """Nothing is pretended: what is not done is named in the failure, with what to do."""
    provider = provider_for(type_name)
    assert provider is not None
    with pytest.raises(ResourceFailure, match="The sandbox does not support Nonsense of AWS::"):
        provider.create(At(aws, "X"), {"Nonsense": 1})


_TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), max_size=12)
_ITEM = st.fixed_dictionaries(
    {"NatGatewayId": _TEXT.filter(bool), "State": st.sampled_from(["available", "deleted"])},
    optional={
        "NatGatewayAddresses": st.lists(st.fixed_dictionaries({"AllocationId": _TEXT.filter(bool)}), max_size=2),
        "CreateTime": st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=dt.UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
        "Tags": st.lists(st.fixed_dictionaries({"Key": _TEXT.filter(bool), "Value": _TEXT.filter(bool)}), max_size=2),
    },
)  # fmt: skip


def _request(service: str, action: str, body: str = "") -> Request:
    protocol: Any = "ec2" if service == "ec2" else "query"
    return Request(service, action, protocol, {}, "1" * 12, "eu-west-1", "", "POST", "/", {}, {}, body.encode(), "id")


@pytest.fixture(scope="module", autouse=True)
def _models() -> Any:
    """The models without a running sandbox: `shapes` asks its host for them, and these are the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "model", _SESSION.get_service_model)
        yield


@given(st.lists(_ITEM, max_size=3))
def test_an_answer_survives_being_read_and_written(items: list[dict[str, Any]]) -> None:
    """What the sandbox writes in EC2's protocol is what boto3 reads: any text, lists in lists, times."""
    request = _request("ec2", "DescribeNatGateways")
    reply = shapes.rendered(request, {"NatGateways": items})
    shape = _SESSION.get_service_model("ec2").operation_model("DescribeNatGateways").output_shape
    raw = {"headers": dict(reply.headers), "status_code": 200, "body": reply.body}
    read = create_parser("ec2").parse(raw, shape)["NatGateways"]
    assert read == items
    assert shapes.answered(request, reply).get("NatGateways") == items


@pytest.mark.parametrize(
    ("service", "action", "body", "said"),
    [
        ("ec2", "CreateNetworkAclEntry", "NetworkAclId=acl-1&RuleNumber=7&Egress=false&PortRange.From=1&PortRange.To=2",
         {"NetworkAclId": "acl-1", "RuleNumber": 7, "Egress": False, "PortRange": {"From": 1, "To": 2}}),
        ("ec2", "ModifyVpcEndpoint", "AddSecurityGroupId.1=a&AddSecurityGroupId.2=b&ResetPolicy=true",
         {"AddSecurityGroupIds": ["a", "b"], "ResetPolicy": True}),
        ("elasticloadbalancing", "CreateRule", "Priority=7&Conditions.member.1.Values.member.1=%2Fa",
         {"Priority": 7, "Conditions": [{"Values": ["/a"]}]}),
        ("iam", "TagOpenIDConnectProvider", "Tags.member.1.Key=k&Tags.member.1.Value=v", {"Tags": [{"Key": "k", "Value": "v"}]}),
    ],
)  # fmt: skip
def test_a_call_is_read_as_boto3_writes_it(service: str, action: str, body: str, said: dict[str, Any]) -> None:
    """Query and EC2 calls come as flat text; the sandbox reads them by the API's own model."""
    assert shapes.asked(_request(service, action, body)) == said


def test_memory_is_by_account_region_and_kind() -> None:
    """What one account gave is never seen in another, and IAM's is the same in all regions."""
    memory, here = RememberedValues(), _request("ec2", "X")
    memory.put(here, "nat", "n", {"a": 1})
    memory.keep(here, "nat", "n", {"b": 2})
    assert memory.of(here, "nat", "n") == {"a": 1, "b": 2}
    for other in (here._replace(account="2" * 12), here._replace(region="us-east-1")):
        assert memory.of(other, "nat", "n") == {}
        assert memory.all(other, "nat") == {}
    assert memory.of(here, "eni", "n") == {}
    memory.put(here._replace(service="iam"), "x", "i", {"a": 1})
    assert memory.of(here._replace(service="iam", region="us-east-1"), "x", "i") == {"a": 1}

    copy = RememberedValues()
    copy.load(memory.dump())
    memory.drop(here, "nat", ["n", "unknown"])
    assert (memory.all(here, "nat"), copy.all(here, "nat")) == ({}, {"n": {"a": 1, "b": 2}})
    copy.reset()
    assert copy.dump() == {}
