"""Small templates that differ in what AWS refuses."""

from __future__ import annotations

from typing import Any

Template = dict[str, Any]


def one(kind: str, **properties: Any) -> Template:
    """A template of a single resource, `It`."""
    return {"It": {"Type": kind, "Properties": properties}}


def table(*indexes: str) -> Template:
    """A table with these indexes."""
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    rows = [{"IndexName": name, "KeySchema": key, "Projection": {"ProjectionType": "ALL"}} for name in indexes]
    more = {"GlobalSecondaryIndexes": rows} if rows else {}
    attributes = [{"AttributeName": "id", "AttributeType": "S"}]
    return one("AWS::DynamoDB::Table", AttributeDefinitions=attributes, KeySchema=key, BillingMode="PAY_PER_REQUEST", **more)  # fmt: skip


def database(version: str, engine: str = "postgres", **more: Any) -> Template:
    """An instance."""
    given = {"Engine": engine, "EngineVersion": version, "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20"}
    return one("AWS::RDS::DBInstance", **given, MasterUsername="app", MasterUserPassword="not-a-secret", **more)


def network() -> Template:
    """A VPC with two subnets."""
    subnets = {
        f"Subnet{zone}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": f"10.0.{at}.0/24",
                "AvailabilityZone": f"eu-west-1{zone}",
            },
        }
        for at, zone in enumerate("ab")
    }
    return {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}, **subnets}


def group(name: str, port: int = 80) -> Template:
    """A target group with a name."""
    given = {"Name": name, "Port": port, "Protocol": "HTTP", "VpcId": {"Ref": "Vpc"}}
    return network() | one("AWS::ElasticLoadBalancingV2::TargetGroup", **given)


def balancer(name: str) -> Template:
    """A load balancer with a name."""
    subnets = [{"Ref": "Subneta"}, {"Ref": "Subnetb"}]
    return network() | one("AWS::ElasticLoadBalancingV2::LoadBalancer", Name=name, Scheme="internal", Subnets=subnets)


def rules(first: int, second: int) -> Template:
    """A listener with two rules."""
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}
    listener = {"LoadBalancerArn": {"Ref": "It"}, "Port": 80, "Protocol": "HTTP", "DefaultActions": [answer]}
    found = {"Listener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": listener}}
    for name, priority in (("First", first), ("Second", second)):
        given = {
            "ListenerArn": {"Ref": "Listener"},
            "Priority": priority,
            "Actions": [answer],
            "Conditions": [{"Field": "path-pattern", "Values": [f"/{name}"]}],
        }
        found[name] = {"Type": "AWS::ElasticLoadBalancingV2::ListenerRule", "Properties": given}
    return balancer("lb") | found


def service(**given: Any) -> Template:
    """A service without a load balancer and without tasks."""
    task = {
        "Family": "app",
        "NetworkMode": "awsvpc",
        "Cpu": "256",
        "Memory": "512",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "app", "Image": "nginx"}],
    }
    return {
        **network(),
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task},
        **one(
            "AWS::ECS::Service",
            Cluster={"Ref": "Cluster"},
            TaskDefinition={"Ref": "Task"},
            LaunchType="FARGATE",
            DesiredCount=0,
            NetworkConfiguration={"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subneta"}]}},
            **given,
        ),
    }


def delayed(name: str) -> Template:
    """A queue whose delay is in a parameter of Systems Manager."""
    return one("AWS::SQS::Queue", DelaySeconds=f"{{{{resolve:ssm:{name}}}}}")
