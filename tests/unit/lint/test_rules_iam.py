"""IAM rules on policies as people really write them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.lint.rules.iam.known_names import condition_keys, managed_policies, service_principals
from generator.lint.rules.runner import check

GITHUB = "token.actions.githubusercontent.com"
TASKS = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


def found(resources: dict[str, Any]) -> dict[str, str]:
    """The first message of each rule that speaks up."""
    findings = check({"Resources": resources})
    return {finding.rule.id: finding.problem.message for finding in reversed(findings)}


def policy(*statements: Any, kind: str = "AWS::IAM::ManagedPolicy", key: str = "PolicyDocument") -> dict[str, Any]:
    """A resource that holds these statements."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Policy": {"Type": kind, "Properties": {key: document}}}


def role(*statements: Any, **props: Any) -> dict[str, Any]:
    """A role with these statements in its trust policy."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": document, **props}}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows something."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    "statement",
    [
        allow({"Ref": "Actions"}),
        allow("*", {"Ref": "Resources"}),
        allow("iam:PassRole", {"Fn::GetAtt": ["Role", "Arn"]}),
        {"Effect": {"Ref": "Effect"}, "Action": "*", "Resource": "*"},
        allow("*", Condition={"Ref": "Condition"}),
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
        allow(["s3:Get*", "s3:List*"]),
    ],
)
def test_unclear_or_narrow_grants_are_left_alone(statement: dict[str, Any]) -> None:
    """What only the deployment knows, and what is narrow enough, gives no warning."""
    assert found(policy(statement)) == {}


def test_permission_boundary_may_allow_everything() -> None:
    """A policy that bounds a role of the same template, or that also denies, grants nothing by itself."""
    everything = allow("*")
    bounded = {"Role": role(TASKS, PermissionsBoundary={"Ref": "Policy"})}
    assert found({**policy(everything), **bounded}) == {}
    assert found(policy(everything, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})) == {}
    assert set(found(policy(everything))) == {"W9601"}


def test_escalation_names_the_pattern_that_grants_it() -> None:
    """Among many actions the message quotes the one to change."""
    message = found(policy(allow(["secretsmanager:*", "iam:Attach*"])))["W9603"]
    assert '"iam:Attach*"' in message


def test_policy_written_as_json_text_is_read() -> None:
    """Log resource policies and permission sets carry their document as text: it is checked all the same."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:PassRole")]})
    properties = {"InstanceArn": "arn:aws:sso:::instance/ssoins-1", "Name": "x", "InlinePolicy": text}
    assert set(found({"Set": {"Type": "AWS::SSO::PermissionSet", "Properties": properties}})) == {"W9602"}


KEYS = [f"aws:{name}" for name in condition_keys().worldwide] + [
    f"{service}:{name}" for service, names in condition_keys().services.items() for name in names
]


@given(st.sampled_from(KEYS), st.sampled_from([str.lower, str.upper, str]), st.text("abc", min_size=1))
def test_every_listed_condition_key_is_known(key: str, write: Any, suffix: str) -> None:
    """Keys may be written in any case, and those for tags take any name."""
    written = write(key) + (suffix if key.endswith("/") else "")
    assert condition_keys().knows(written)


@pytest.mark.parametrize(
    ("key", "rule", "hint"),
    [
        ("aws:SourceAcount", "E9611", '"aws:SourceAccount"'),
        ("aws:PrincipalOrg", "E9611", '"aws:PrincipalOrgID"'),
        ("ecs:clustr", "W9612", '"ecs:cluster"'),
        ("s3:x-amz-server-side-encrypt", "W9612", '"s3:x-amz-server-side-encryption"'),
    ],
)
def test_mistyped_condition_key_gets_the_nearest(key: str, rule: str, hint: str) -> None:
    """The message of a mistyped key names the key that was meant."""
    assert hint in found(policy(allow("ecs:RunTask", Condition={"StringEquals": {key: "x"}})))[rule]


@pytest.mark.parametrize(
    "key",
    [f"{GITHUB}:sub", "SAML:aud", "cloudformation:ResourceTag/team", "aws:RequestTag/team", "vault.example.com:sub"],
)
def test_keys_of_other_kinds_are_left_alone(key: str) -> None:
    """Claims of token issuers and tag keys of any service are no mistakes."""
    assert found(policy(allow("ecs:RunTask", Condition={"StringEquals": {key: "x"}}))) == {}


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ({"StringEquals": {"aws:userid": "a"}}, {"StringLike": {"aws:userid": "b*"}}, True),
        ({"StringEquals": {"aws:userid": "ba"}}, {"StringLike": {"aws:userid": "b*"}}, False),
        ({"StringEquals": {"aws:userid": {"Ref": "Id"}}}, {"StringLike": {"aws:userid": "b*"}}, False),
        ({"StringLike": {"aws:userid": "*a"}}, {"StringLike": {"aws:userid": "b*"}}, False),
    ],
)
def test_conditions_that_exclude_each_other(first: Any, second: Any, clash: bool) -> None:
    """Two operators on one key are wrong only if no value can meet both."""
    assert ("E9616" in found(policy(allow("ecs:RunTask", Condition={**first, **second})))) is clash


@given(st.sampled_from(service_principals().services), st.sampled_from(["", ".eu-west-1", ".us-gov-west-1"]))
def test_every_listed_service_principal_is_known(service: str, region: str) -> None:
    """Principals of services, with or without a region, are no mistakes."""
    trust = {**TASKS, "Principal": {"Service": [f"{service}{region}.amazonaws.com"]}}
    assert "E9619" not in found({"Role": role(trust)})


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ecs-task.amazonaws.com", "ecs-tasks"),
        ("lamda.amazonaws.com", "lambda"),
        ("cloudwatch-events.amazonaws.com", "events"),
        ("flow-logs.eu-west-1.amazonaws.com", "vpc-flow-logs"),
    ],
)
def test_mistyped_service_principal_gets_the_right_one(wrong: str, right: str) -> None:
    """The message names the principal that was meant."""
    message = found({"Role": role({**TASKS, "Principal": {"Service": wrong}})})["E9619"]
    assert f'"{right}.amazonaws.com"' in message


@pytest.mark.parametrize(
    ("principal", "fits"),
    [
        ({"Service": {"Fn::Sub": "lambda.${AWS::URLSuffix}"}}, True),
        ({"Service": {"Ref": "Service"}}, True),
        ({"Ref": "Principal"}, True),
        ({"Service": ["ecs-tasks.amazonaws.com", "lambda.amazonaws.com"]}, True),
        ({"Service": {"Fn::Sub": "ecs-tasks.${AWS::URLSuffix}"}}, False),
        ({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}}, False),
    ],
)
def test_role_must_trust_the_service_that_uses_it(principal: Any, fits: bool) -> None:
    """A function whose role trusts somebody else only is found; what is not known yet is not judged."""
    code = {"Runtime": "python3.13", "Handler": "index.main", "Code": {"ZipFile": "x"}}
    function = {"Type": "AWS::Lambda::Function", "Properties": {**code, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
    resources = {"Role": role({**TASKS, "Principal": principal}), "Function": function}
    assert ("E9620" not in found(resources)) is fits


def github(condition: Any, principal: Any = None) -> dict[str, Any]:
    """A role for GitHub Actions."""
    federated = principal or {"Fn::Sub": f"arn:aws:iam::${{AWS::AccountId}}:oidc-provider/{GITHUB}"}
    trust = {"Effect": "Allow", "Principal": {"Federated": federated}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return {"Role": role({**trust, "Condition": condition})}


def test_provider_of_the_same_template_is_followed() -> None:
    """A trust policy that refers to the provider by Ref is judged like one that spells out its ARN."""
    provider = {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": f"https://{GITHUB}"}}
    condition = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    assert set(found({**github(condition, {"Ref": "Provider"}), "Provider": provider})) == {"E9621"}


@pytest.mark.parametrize(
    ("subject", "wide"),
    [
        ("repo:acme*:*", True),
        ("*", True),
        ("repo:*/shop:*", True),
        ("repo:acme/*", False),
        ({"Fn::Sub": "repo:${Owner}/${Name}:*"}, False),
        ({"Ref": "Subject"}, False),
    ],
)
def test_subject_must_fix_the_organisation(subject: Any, wide: bool) -> None:
    """A wildcard after the organisation is fine, one before its end lets strangers in."""
    aud = {"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}
    assert ("E9622" in found(github({**aud, "StringLike": {f"{GITHUB}:sub": subject}}))) is wide


@pytest.mark.parametrize(
    ("condition", "fine"),
    [
        ({"Ref": "Condition"}, True),
        ({"StringEquals": {f"{GITHUB}:job_workflow_ref": "acme/shop/.github/workflows/x.yml@refs/heads/main"}}, True),
        ({"StringEquals": {f"{GITHUB}:repository_id": "42"}}, False),
        ({"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, False),
    ],
)
def test_shared_issuer_needs_the_claims_that_iam_asks_for(condition: Any, fine: bool) -> None:
    """IAM takes the subject or the reusable workflow, not the id of the repository alone."""
    assert ("E9621" not in found(github(condition))) is fine


@pytest.mark.parametrize(
    ("claim", "fine"), [("environment", True), ("Repository_ID", True), ("repository_owner", False)]
)
def test_claims_that_sts_does_not_pass_on(claim: str, fine: bool) -> None:
    """A condition on a claim that never becomes a key locks everybody out."""
    condition = {"StringEquals": {f"{GITHUB}:sub": "repo:acme/shop:*", f"{GITHUB}:{claim}": "x"}}
    assert ("E9627" not in found(github(condition))) is fine


@pytest.mark.parametrize(
    ("arn", "rule"),
    [
        ("arn:aws-cn:iam::aws:policy/AmazonECSTaskExecutionRolePolicy", "E9625"),
        ("arn:aws:iam::aws:policy/AmazonEC2ContainerServiceFullAccess", "E9625"),
        ("arn:aws:iam::aws:policy/NoSuchPolicyAtAll", "W9626"),
        ("arn:aws:iam::aws:policy/job-function/Billing", None),
        ({"Fn::Sub": "arn:aws:iam::aws:policy/${Name}"}, None),
        ("arn:aws:iam::123456789012:policy/NoSuchPolicyAtAll", None),
    ],
)
def test_managed_policies_exist_under_their_path(arn: Any, rule: str | None) -> None:
    """Wrong paths, withdrawn names and invented names are told apart; own policies are not looked up."""
    assert set(found({"Role": role(TASKS, ManagedPolicyArns=[arn])})) == ({rule} if rule else set())


def test_tables_say_where_they_come_from() -> None:
    """Each list of AWS names carries its source and date, so that people know how far to trust it."""
    for table in (managed_policies(), condition_keys(), service_principals()):
        assert table.date.startswith("2026-")
        assert len(table.source) > 40
    assert managed_policies().path_of("AmazonECSTaskExecutionRolePolicy") == "service-role"
    assert sum(map(len, managed_policies().paths.values())) > 1500
