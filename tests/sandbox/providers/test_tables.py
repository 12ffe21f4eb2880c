"""The tables of resource types name what AWS has, and what an API wants is made of what CloudFormation says."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from generator.sandbox.cloudformation.resource_schemas import schema
from generator.sandbox.providers.api_calls import value_of, wanted
from generator.sandbox.providers.expressions import evaluated
from generator.sandbox.providers.registry import provider_for, types
from generator.sandbox.providers.table import ResourceTable
from generator.sandbox.providers.table_provider import TableProvider
from generator.sandbox.providers.tags import tags_in

_SESSION = botocore.session.get_session()


def tables() -> list[ResourceTable]:
    found = (provider_for(kind) for kind in types())
    return [each.table for each in found if isinstance(each, TableProvider)]


def operations(table: ResourceTable) -> Iterator[str]:
    yield from table.operations.split()
    yield from (table.tags.add, table.tags.remove, table.tags.read)
    for setting in table.settings:
        yield from (setting.put, setting.clear, setting.off, setting.read)
    for members in table.members:
        yield from (members.add, members.remove)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.type_name)
def test_a_table_names_what_aws_has(table: ResourceTable) -> None:
    """A misspelt operation or property is found without deploying the type, and none of three operations is an update."""
    model = _SESSION.get_service_model(table.service)
    known = {xform_name(name) for name in model.operation_names} | {""}
    assert set(operations(table)) - known == set()
    assert len(table.operations.split()) in {3, 4}
    spec = schema(table.type_name)
    assert spec is not None
    said = set(table.properties.split()) | {setting.property for setting in table.settings}
    said |= {*table.renames, *table.defaults, *table.live, *table.untold.split(), *table.beside.split()}
    assert said - set(spec.properties) == set()


@pytest.mark.parametrize(
    ("service", "operation", "said", "sent"),
    [
        ("ec2", "ModifySubnetAttribute", {"MapPublicIpOnLaunch": "true"}, {"MapPublicIpOnLaunch": {"Value": True}}),
        ("ec2", "DescribeVpcs", {"VpcIds": "vpc-1"}, {"VpcIds": ["vpc-1"]}),
        ("ec2", "DeleteTags", {"Tags": ["team"]}, {"Tags": [{"Key": "team"}]}),
        ("kms", "TagResource", {"Tags": [{"Key": "a", "Value": 1}]}, {"Tags": [{"TagKey": "a", "TagValue": "1"}]}),
        ("sqs", "TagQueue", {"Tags": [{"Key": "a", "Value": "b"}]}, {"Tags": {"a": "b"}}),
        ("cloudfront", "UntagResource", {"TagKeys": ["a"]}, {"TagKeys": {"Items": ["a"]}}),
    ],
)
def test_one_shape_of_tags_and_values_fits_every_api(
    service: str, operation: str, said: dict[str, Any], sent: dict[str, Any]
) -> None:
    """Lists, maps, wrapped values and tags by any name are made from CloudFormation's."""
    assert wanted(said, _SESSION.get_service_model(service).operation_model(operation).input_shape) == sent


@pytest.mark.parametrize(
    "answer",
    [
        {"Tags": [{"Key": "a", "Value": "b"}]},
        {"tags": {"a": "b"}},
        {"Tags": {"Items": [{"Key": "a", "Value": "b"}]}},
        {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
        {"TagInfoForResource": {"ResourceARN": "r", "TagList": [{"Key": "a", "Value": "b"}]}},
        {"ResourceTagList": [{"ResourceId": "r", "TagsList": [{"Key": "a", "Value": "b"}]}]},
    ],
)
def test_tags_are_found_wherever_a_service_puts_them(answer: dict[str, Any]) -> None:
    """Drift compares tags in CloudFormation's shape, whatever the API answers."""
    assert tags_in(answer) == [{"Key": "a", "Value": "b"}]
    assert tags_in({"ResponseMetadata": {"RequestId": "x"}}) == []


def test_an_id_is_that_of_the_resource_and_not_of_what_is_in_it() -> None:
    """The highest level of an answer that has the key counts: a route table's own id, not that of an association."""
    answer = {"RouteTable": {"Associations": [{"RouteTableId": "inner"}], "RouteTableId": "outer"}}
    assert value_of(answer, "RouteTableId") == "outer"
    assert value_of({"Listeners": [{"ListenerArn": "arn"}]}, "listenerArn") == "arn"
    assert value_of({"Return": True}, "VpcId") is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("arn:aws:s3:::{id}", "arn:aws:s3:::b"),
        ("{Zone.Id}|{Absent}", "z|"),
        ("Zone.Id", "z"),
        ("Absent", None),
        ("Rows[].{Key: k}", [{"Key": 1}]),
    ],
)
def test_an_expression_is_jmespath_or_text_with_names(expression: str, value: Any) -> None:
    """Braces with a name alone are filled in; those of JMESPath, which have a colon, are not touched."""
    assert evaluated(expression, {"id": "b", "Zone": {"Id": "z"}, "Rows": [{"k": 1}]}) == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("split(Text, '/')", ["a", "b"]),
        ("json(Body).Statement[].Sid", ["s"]),
        ("without(New, Old)", [2]),
        ("without(Old, Absent)", [1]),
        ("without(Absent, Old)", []),
        ("among(Live, Said)", [{"Key": "k", "Value": "live"}]),
        ("among(Absent, Said)", []),
    ],
)
def test_tables_say_what_jmespath_alone_does_not(expression: str, value: Any) -> None:
    """Parts of a text, a document in a text, what comes and goes of a list, and of all attributes those of the template."""
    live = [{"Key": "k", "Value": "live"}, {"Key": "other", "Value": "default"}]
    said = {"Said": [{"Key": "k", "Value": "said"}], "Live": live}
    scope = {"Text": "/a//b", "Body": '{"Statement": [{"Sid": "s"}]}', "New": [1, 2], "Old": [1], **said}
    assert evaluated(expression, scope) == value
