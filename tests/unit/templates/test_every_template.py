"""Rules that hold in every template, whatever the configuration."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from troposphere import Template

from generator.build.artifact import MAX_BODY
from generator.build.json_encoder import to_bytes, to_plain
from generator.catalog.stacks import StackSpec, stacks
from generator.config.read import read_configuration
from templates import TEMPLATES
from tests.golden import CONFIGURATIONS, ROOT

Json = dict[str, Any]


@cache
def everything() -> dict[str, tuple[StackSpec, Json]]:
    return {
        f"{name}:{spec.key}": (spec, to_plain(spec.template()))
        for name, folder in CONFIGURATIONS.items()
        for spec in stacks(read_configuration(folder))
    }


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "stack" in metafunc.fixturenames:
        metafunc.parametrize("stack", everything())


def resources(stack: str) -> dict[str, Json]:
    found: dict[str, Json] = everything()[stack][1]["Resources"]
    return found


@cache
def taggable() -> frozenset[str]:
    """Types whose schema says that tags can be given, and in which property, from the schemas that cfn-lint ships."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS

    found = set()
    for kind in {r["Type"] for _, template in everything().values() for r in template["Resources"].values()}:
        schema = SCHEMAS.get_resource_schema("us-east-1", kind).schema
        tagging = schema.get("tagging", {})
        own = tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2]
        if (
            tagging.get("taggable", schema.get("taggable", "Tags" in schema["properties"]))
            and own in schema["properties"]
        ):
            found.add(f"{kind}.{own}")
    return frozenset(found)


def tag_keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value)
    return {tag["Key"] for tag in value}


def test_every_resource_carries_the_five_tags(stack: str) -> None:
    """Whatever can be tagged says platform, environment, service, owner and cost centre."""
    expected = {"platform", "environment", "service", "owner", "cost-center"}
    for name, resource in resources(stack).items():
        prefix = f"{resource['Type']}."
        for entry in taggable():
            if entry.startswith(prefix):
                keys = tag_keys(resource.get("Properties", {}).get(entry.removeprefix(prefix), []))
                assert expected <= keys, f"{name} ({entry}) lacks {expected - keys}"


STATEFUL = re.compile(
    r"^AWS::(S3::Bucket|DynamoDB::Table|RDS::DBInstance|KMS::Key|Logs::LogGroup|ECR::Repository|SQS::Queue|SecretsManager::Secret)$"
)


def test_what_holds_state_survives_its_stack(stack: str) -> None:
    """Both deletion policies are set on whatever holds data."""
    for name, resource in resources(stack).items():
        if STATEFUL.match(resource["Type"]):
            assert {"DeletionPolicy", "UpdateReplacePolicy"} <= set(resource), name


def test_what_is_kept_keeps_its_policy(stack: str) -> None:
    """A bucket or queue that outlives its stack keeps the policy that guards it, too."""
    found = resources(stack)
    for name, resource in found.items():
        if resource["Type"] in {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}:
            properties = resource["Properties"]
            guarded = [one["Ref"] for one in properties.get("Queues", [properties.get("Bucket")])]
            for key in ("DeletionPolicy", "UpdateReplacePolicy"):
                assert {found[one][key] for one in guarded} == {resource.get(key)}, name


def test_the_table_names_every_template_and_loads_none() -> None:
    """Each module with a ``build`` is in TEMPLATES, each of TEMPLATES is used, and importing the table loads no library."""
    modules = [path for path in (ROOT / "templates").rglob("*.py") if "\ndef build(" in path.read_text()]
    assert {path.parent.name if path.stem == "__init__" else path.stem for path in modules} == set(TEMPLATES)
    assert {spec.build.name for spec, _ in everything().values()} == set(TEMPLATES)
    code = "import sys, templates; print({'troposphere', 'awacs', 'msgspec'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_templates_travel_inline(stack: str) -> None:
    """Compact JSON stays under 51,200 bytes."""
    assert len(to_bytes(everything()[stack][0].template())) <= MAX_BODY


def test_the_fast_encoder_says_what_troposphere_says(stack: str) -> None:
    """Our one-pass encoder and troposphere's own give the same document, and building twice gives the same bytes."""
    spec, plain = everything()[stack]
    template: Template = spec.template()
    assert json.loads(template.to_json()) == plain
    assert to_bytes(spec.template()) == to_bytes(template)


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, item in value.items():
                yield from (key, *strings(item))
        case list():
            for item in value:
                yield from strings(item)


# Keys and tokens by their shape, and a quoted literal after a word that announces one (`password = "x"`).
SECRET = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN|xox[abp]-|ghp_[A-Za-z0-9]{20}|eyJ[A-Za-z0-9_-]{20}"
    r"|(?i:password|passwd|secret|token)[\"']?\s*[:=]\s*[\"'][^\"'$]"
)


@pytest.mark.parametrize("text", ["AKIA" + "A" * 16, 'password = "hunter2"', "{'token': 'abc'}"])
def test_the_search_for_secrets_finds_some(text: str) -> None:
    """The next test would notice."""
    assert SECRET.search(text)


def test_no_literal_secret(stack: str) -> None:
    """No template holds a key, a token or a password."""
    assert [s for s in strings(everything()[stack][1]) if SECRET.search(s)] == []


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    def walk(name: str, value: Any) -> Iterator[tuple[str, Json]]:
        if isinstance(value, dict):
            if "Effect" in value and ("Action" in value or "NotAction" in value):
                yield name, value
            for item in value.values():
                yield from walk(name, item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(name, item)

    for name, resource in template["Resources"].items():
        yield from walk(name, resource.get("Properties", {}))


def test_no_statement_allows_everything(stack: str) -> None:
    """No Allow has `*` as action on `*`, a NotAction or a NotResource; no whole-service wildcard reaches every resource."""
    for name, statement in statements(everything()[stack][1]):
        if statement["Effect"] != "Allow":
            continue
        assert not {"NotAction", "NotResource"} & set(statement), f"{name}: {statement}"
        if "Principal" in statement:
            continue  # in a resource policy `*` means this resource
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert "*" not in actions, f"{name}: {statement}"
        if statement["Resource"] in ("*", ["*"]):
            assert not [a for a in actions if a.startswith("iam:") and a.endswith("*")], f"{name}: {statement}"


def test_policies_name_the_newest_version(stack: str) -> None:
    """Every policy document is of version 2012-10-17, or policy variables would be plain text."""

    def documents(value: Any) -> Iterator[Json]:
        if isinstance(value, dict):
            if isinstance(value.get("Statement"), list):
                yield value
            for item in value.values():
                yield from documents(item)
        elif isinstance(value, list):
            for item in value:
                yield from documents(item)

    for document in documents(resources(stack)):
        assert document.get("Version") == "2012-10-17"


def test_security_groups_deny_by_default(stack: str) -> None:
    """Every security group lists its egress, so that AWS adds no allow-all rule, and every rule says what it is for."""
    for name, resource in resources(stack).items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            assert properties.get("SecurityGroupEgress"), name
            for rule in properties["SecurityGroupEgress"] + properties.get("SecurityGroupIngress", []):
                assert rule.get("Description"), name
                assert not (rule.get("IpProtocol") == "-1" and rule.get("CidrIp") == "0.0.0.0/0"), name
        elif resource["Type"].startswith("AWS::EC2::SecurityGroup"):
            assert properties.get("Description"), name


def test_workload_roles_are_bounded(stack: str) -> None:
    """Every role of an environment's stack has the environment's path and the permission boundary; the bot's its own path."""
    spec, template = everything()[stack]
    if spec.group == "home" or spec.group.isdigit():
        return
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            assert resource["Properties"].get("PermissionsBoundary") == {"Ref": "BoundaryArn"}, name
            path = f"{spec.scope.workload_path}{'bot' if spec.stack == 'bot' else spec.group}/"
            assert resource["Properties"].get("Path") == path, name


def references(value: Any) -> set[str]:
    """Logical ids that a value refers to by Ref, GetAtt, Sub or DependsOn."""
    found: set[str] = set()
    match value:
        case {"Ref": str(name)}:
            found.add(name)
        case {"Fn::GetAtt": [str(name), *_]}:
            found.add(name)
        case {"Fn::Sub": text}:
            template, values = (text, {}) if isinstance(text, str) else text
            found |= {n.partition(".")[0] for n in re.findall(r"\$\{([^!}]+)\}", template)} | references(values)
        case dict():
            found |= set().union(*map(references, value.values()))
        case list():
            found |= set().union(*map(references, value)) if value else set()
    return found


def getatts(value: Any) -> set[str]:
    """Logical ids that a value refers to by GetAtt or ``${X.Y}``: these become dynamic when X changes."""
    match value:
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case {"Fn::Sub": text}:
            template = text if isinstance(text, str) else text[0]
            more = set() if isinstance(text, str) else getatts(text[1])
            return {n.partition(".")[0] for n in re.findall(r"\$\{([^!}]+\.[^}]+)\}", template)} | more
        case dict():
            return set().union(*map(getatts, value.values()))
        case list() if value:
            return set().union(*map(getatts, value))
    return set()


def test_an_image_only_release_changes_two_kinds_of_resources(stack: str) -> None:
    """ImageUri and Release touch task definitions and their services, and nothing depends on these by GetAtt."""
    changed = {n for n, r in resources(stack).items() if references(r.get("Properties", {})) & {"ImageUri", "Release"}}
    kinds = {n: resources(stack)[n]["Type"] for n in changed}
    assert set(kinds.values()) <= {"AWS::ECS::TaskDefinition"}
    services = {n for n, r in resources(stack).items() if references(r.get("Properties", {})) & changed}
    assert {resources(stack)[n]["Type"] for n in services} <= {"AWS::ECS::Service"}
    dynamic = {n for n, r in resources(stack).items() if getatts(r.get("Properties", {})) & (changed | services)}
    assert dynamic == set()


def test_every_resource_says_why_it_exists(stack: str) -> None:
    """The reason stands in the template, for the card that shows a change to it."""
    for name, resource in resources(stack).items():
        assert resource["Metadata"]["com.aws.cloudformation.Context"]["why"], name


def test_no_partition_or_account_is_spelled_out(stack: str) -> None:
    """ARNs that our templates compose name the partition by pseudo parameter; literal ARNs come from the configuration."""
    given = {"444455556666:certificate/"}
    for text in strings(resources(stack)):
        if text.startswith("arn:aws:") and not any(g in text for g in given):
            assert text.startswith("arn:aws:iam::aws:policy/") is False, text
            pytest.fail(f"literal partition in {text}")
