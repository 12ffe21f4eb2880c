"""Templates of the small platform: a network and a service."""

from __future__ import annotations

from typing import Any


def network(cidr: str = "10.0.0.0/16") -> dict[str, Any]:
    """A template that gives a VPC."""
    return {
        "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}}},
        "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
    }


def service(memory: str = "512", table: str = "") -> dict[str, Any]:
    """A template of a service; with ``table`` it holds a DynamoDB table of that name too."""
    resources: dict[str, Any] = {
        "TaskDefinition": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Memory": memory,
                "ContainerDefinitions": [{"Name": "app", "Image": {"Ref": "ImageUri"}, "Release": {"Ref": "Release"}}],
            },
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "Properties": {"TaskDefinition": {"Ref": "TaskDefinition"}, "Vpc": {"Ref": "VpcId"}},
        },
    }
    if table:
        resources["Table"] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": table}}
    parameters = {key: {"Type": "String"} for key in ("ImageUri", "Release", "VpcId")}
    return {"Parameters": parameters, "Resources": resources}
