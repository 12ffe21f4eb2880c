"""Templates that somebody wrote to take a worker's time or memory: families of them, each as large as wanted."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from generator.release.model.change import ChangeSet, ResourceChange

Json = Any
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1"


class Hostile(NamedTuple):
    """A change: its family and size, the template as it is and as it will be."""

    name: str
    before: Json
    after: Json

    @property
    def change_set(self) -> ChangeSet:
        """Every resource is changed, or added where the template that is there has none."""
        old, new = self.before["Resources"], self.after["Resources"]
        changes = tuple(
            ResourceChange(logical_id=name, type=row["Type"], action="Modify" if name in old else "Add")
            for name, row in new.items()
        )
        return ChangeSet(
            arn="a", name="n", stack_id=STACK, stack_name="app", kind="UPDATE", changes=changes, parameters={}
        )


def _one(kind: str, properties: Json, **more: Json) -> Json:
    return {"Resources": {"A": {"Type": kind, "Properties": properties}}, **more}


def _nested(count: int, wrap: Callable[[int, Json], Json]) -> Json:
    value: Json = "x"
    for level in range(count):
        value = wrap(level, value)
    return _one("AWS::EC2::Instance", {"UserData": value})


def _role(rows: list[Json], **more: Json) -> Json:
    policies = [{"PolicyName": "p", "PolicyDocument": {"Statement": rows}}]
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Policies": policies, **more}}


def _allow(action: str, resource: Json = "*", **more: Json) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _roles(rows: Callable[[int], list[Json]], count: int) -> Json:
    return {"Resources": {f"R{number}": _role(rows(number)) for number in range(count)}}


# Each family: its largest size that CloudFormation could take (a template of 1 MB), and the template of a size. ``seed``
# tells the side that is there from the side that will be.
FAMILIES: dict[str, tuple[int, Callable[[int, int], Json]]] = {
    "base64 in base64": (60, lambda n, seed: _nested(n, lambda _, v: {"Fn::Base64": v}) | {"D": seed}),
    "if in if": (
        30, lambda n, seed: _nested(n, lambda i, v: {"Fn::If": [f"C{i}", v, {"Fn::Join": ["", [v, str(seed)]]}]} if i < 14
                                    else {"Fn::If": [f"C{i}", v, seed]})),
    "lists in lists": (5000, lambda n, seed: _nested(n, lambda _, v: [v, seed])),
    "json text in json text": (40, lambda n, _: _nested(n, lambda _, v: {"Fn::ToJsonString": [v]})),
    "sub that doubles": (40, lambda n, _: _nested(n, lambda _, v: {"Fn::Sub": ["${a}${a}${a}", {"a": v}]})),
    "join of a large map": (4000, lambda n, seed: _one(
        "AWS::EC2::Instance",
        {"UserData": [{"Fn::Join": ["-" * n, {"Fn::FindInMap": ["M", "a", "b"]}]} for _ in range(n)], "S": seed},
        Mappings={"M": {"a": {"b": ["x" * 20] * n}}})),
    "map in many places": (9000, lambda n, seed: _one(
        "AWS::EC2::Instance", {"UserData": [{"Fn::FindInMap": ["M", "a", "b"]}] * n, "S": seed},
        Mappings={"M": {"a": {"b": [str(i) for i in range(n)]}}})),
    "conditions in a chain": (3000, lambda n, seed: _one(
        "AWS::EC2::Instance", {"UserData": {"Fn::If": ["C0", "a", seed]}},
        Conditions={f"C{i}": {"Fn::Not": [{"Condition": f"C{i + 1}"}]} for i in range(n)})),
    "all but one action": (3000, lambda n, seed: {"Resources": {"A": _role(
        [{"Effect": "Allow", "NotAction": f"s3:Get{i + seed * n}*", "Resource": f"arn:aws:s3:::b{i}/*"} for i in range(n)])}}),
    "all but one action on everything": (5000, lambda n, seed: {"Resources": {"A": _role(
        [{"Effect": "Allow", "NotAction": f"s3:Get{i + seed * n}*", "Resource": "*"} for i in range(n)])}}),
    "denials": (5000, lambda n, seed: {"Resources": {"A": _role(
        [_allow("*"), *[{"Effect": "Deny", "Action": f"s3:Get{i + seed * n}*", "Resource": f"b{i}*"} for i in range(n)]])}}),
    "wildcards for services": (5000, lambda n, seed: {"Resources": {"A": _role(
        [_allow(f"*:*{i + seed * n:x}*") for i in range(n)])}}),
    "stars in resources": (900, lambda n, seed: {"Resources": {"A": _role(
        [_allow("s3:GetObject", "*a" * 200 + f"*{i}{'cb'[seed]}") for i in range(n)])}}),
    "long resources": (60, lambda n, seed: {"Resources": {"A": _role(
        [_allow("s3:GetObject", "a" * 7000 + f"*{i}{'cb'[seed]}*a") for i in range(n)])}}),
    "resources and principals": (9000, lambda n, seed: _one("AWS::S3::BucketPolicy", {"Bucket": "b", "PolicyDocument": {"Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": [f"r{i}{seed}" for i in range(n)],
         "Principal": {"AWS": [f"arn:aws:iam::{i:012}:role/r{seed}" for i in range(n)]}}]}})),
    "values of a condition": (20000, lambda n, seed: {"Resources": {"A": _role([_allow(
        "s3:*", Condition={"StringLike": {"aws:userid": [f"*{i}*{'xy'[seed]}" for i in range(n)]}})])}}),
    "addresses of a condition": (20000, lambda n, seed: {"Resources": {"A": _role([_allow(
        "s3:*", Condition={"IpAddress": {"aws:SourceIp": [f"10.{i >> 8}.{i & 255}.{seed}/32" for i in range(n)]}})])}}),
    "rules of a group": (9000, lambda n, seed: _one("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [
        {"CidrIp": f"10.{i >> 8}.{i & 255}.{seed}/32", "IpProtocol": "tcp", "FromPort": i, "ToPort": i + seed} for i in range(n)]})),
    "many roles": (490, lambda n, seed: _roles(lambda number: [_allow(f"s3:Get{i}*", f"b{number}{i}{seed}") for i in range(20)], n)),
    "many managed policies": (240, lambda n, seed: {"Resources": {
        **{f"R{i}": _role([], ManagedPolicyArns=[{"Ref": f"P{j}"} for j in range(n)]) for i in range(n)},
        **{f"P{i}": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [
            _allow(f"s3:Put{j}*", f"x{seed}{i}") for j in range(10)]}}} for i in range(n)}}}),
    "a boundary against a policy": (4000, lambda n, seed: {"Resources": {
        "A": _role([_allow(f"ec2:*{i}*", f"r{i}*") for i in range(n)], PermissionsBoundary={"Ref": "B"}),
        "B": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [
            _allow(f"ec2:*{i + seed}*", f"r{i}{seed}*") for i in range(n)]}}}}}),
    "policy as a deep text": (90000, lambda n, seed: _one(
        "AWS::KMS::Key", {"KeyPolicy": "[" * n + "]" * n, "Description": str(seed)})),
    "a long list": (400_000, lambda n, seed: _one("AWS::EC2::Instance", {"Tags": [seed] * n})),
    "a split": (900_000, lambda n, seed: _one(
        "AWS::EC2::Instance", {"Tags": {"Fn::Split": ["a", "a" * n]}, "S": seed})),
    "many containers": (900, lambda n, seed: _one("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [
        {"Name": f"c{i}", "Image": f"i{seed}", "Privileged": True, "User": "root",
         "LinuxParameters": {"Capabilities": {"Add": ["SYS_ADMIN"] * 10}}} for i in range(n)]})),
    "many records": (490, lambda n, seed: {"Resources": {f"R{i}": {"Type": "AWS::Route53::RecordSet", "Properties": {
        "Name": f"{'x' * 1000}{i}.example.com", "HostedZoneId": f"Z{i}", "Type": "A", "ResourceRecords": [f"1.2.3.{seed}"]}} for i in range(n)}}),
    "braces and blanks": (300_000, lambda n, seed: _one("AWS::EC2::Instance", {
        "UserData": ["{" + " " * n + "x", "{" + "a" * n, "{ " * n, "{{resolve" + " " * n + ":", seed]})),
}  # fmt: skip


def hostile(name: str, size: int) -> Hostile:
    """One change of a family."""
    _, build = FAMILIES[name]
    return Hostile(f"{name}, {size}", build(size, 0), build(size, 1))


def many(count: int, seed: int = 1) -> list[tuple[str, int]]:
    """``count`` names and sizes, over all families and orders of magnitude; every family at its largest first."""
    choose = random.Random(seed)  # noqa: S311 - the same templates each time
    found = [(name, most) for name, (most, _) in FAMILIES.items()][:count]
    while len(found) < count:
        name = choose.choice(list(FAMILIES))
        found.append((name, max(1, int(FAMILIES[name][0] ** choose.random()))))
    return found
