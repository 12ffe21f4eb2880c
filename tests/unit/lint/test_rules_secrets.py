"""Rules about secrets: what is one, and what only has such a name."""

from __future__ import annotations

from typing import Any

import pytest

from generator.lint.rules.runner import check

KEY_ID = "AKIA" + "Q3EGRIYLTZ2ABCDE"


def found(resources: dict[str, Any], **sections: Any) -> set[str]:
    """The rules that speak up."""
    return {finding.rule.id for finding in check({**sections, "Resources": resources})}


def function(**variables: Any) -> dict[str, Any]:
    """A function with environment variables."""
    return {"Function": {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": variables}}}}


SECRETS = [
    ("DB_PASSWORD", "correct-horse"),
    ("dbPassword", "correct-horse"),
    ("PGPASSWORD", "correct-horse"),
    ("API_KEY", "a1b2c3d4e5f6"),
    ("SLACK_TOKEN", "abcdef123456"),
    ("GITHUB_TOKEN", "abcdef123456"),
    ("CLIENT_SECRET", "my-secret-value"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"),
    ("DATABASE_URL", "postgres://app:correct-horse@db.internal:5432/app"),
    ("CONNECTION_STRING", "Server=db;Password=x"),
]
SETTINGS = [
    ("DB_PASSWORD_ARN", "secret:db"),
    ("DB_PASSWORD", ""),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("TOKEN_TTL", "1h"),
    ("TOKENIZER", "gpt2"),
    ("SECRET_NAME", "db"),
    ("DB_SECRET", "prod/db"),
    ("DB_SECRET", "db-secret"),
    ("API_KEY_PARAMETER", "key"),
    ("PASSWORD_POLICY", "strict"),
    ("DB_PASSWORD", "{{resolve:ssm:/db/password}}"),
    ("DB_PASSWORD", "/prod/db/password"),
    ("SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"),
    ("USE_PASSWORD", "true"),
    ("TOKEN_URL", "https://login.example.com/token"),
    ("COMPASS_ID", "north"),
    ("DATABASE_URL", "postgres://db.internal:5432/app"),
    ("LOG_LEVEL", "debug"),
]


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_plain_secret_is_found_wherever_variables_stand(name: str, value: str) -> None:
    """A secret in plain text is found in functions, task definitions and build projects."""
    assert "W9673" in found(function(**{name: value}))
    pairs = [{"Name": name, "Value": value}]
    task = {"ContainerDefinitions": [{"Name": "app", "Image": "x", "Environment": pairs}]}
    assert "W9673" in found({"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": task}})
    project = {"Environment": {"EnvironmentVariables": pairs}}
    assert "W9673" in found({"Project": {"Type": "AWS::CodeBuild::Project", "Properties": project}})


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_settings_with_such_names_are_left_alone(name: str, value: str) -> None:
    """Names, ARNs, numbers and addresses are no secrets, whatever the variable is called."""
    assert found(function(**{name: value})) == set()


def test_variable_from_parameter_store_is_left_alone() -> None:
    """A build project that reads Parameter Store or Secrets Manager by name shows nothing."""
    pair = {"Name": "DB_PASSWORD", "Type": "PARAMETER_STORE", "Value": "db-password"}
    project = {"Environment": {"EnvironmentVariables": [pair]}}
    assert found({"Project": {"Type": "AWS::CodeBuild::Project", "Properties": project}}) == set()


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Login"},
        {"Fn::Sub": "${Login}"},
        "{{resolve:secretsmanager:db:SecretString:login}}",
        {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:login}}"},
    ],
)
def test_secret_that_ends_up_in_a_variable_is_found(value: Any) -> None:
    """Hidden parameters and dynamic references lose their cover in an environment variable."""
    parameters = {"Login": {"Type": "String", "NoEcho": True}, "Secret": {"Type": "String"}}
    assert found(function(LOGIN=value), Parameters=parameters) == {"W9674"}
    assert found(function(LOGIN={"Ref": "Secret"}), Parameters=parameters) == set()


@pytest.mark.parametrize(
    ("declaration", "rules"),
    [
        ({"NoEcho": True, "Default": "correct-horse"}, {"W9675"}),
        ({"NoEcho": "true", "Default": "correct-horse"}, {"W9675"}),
        ({"NoEcho": True, "Default": ""}, set()),
        ({"NoEcho": True}, set()),
        ({"Default": "correct-horse"}, {"W9676"}),
        ({"Default": "yes", "AllowedValues": ["yes", "no"]}, set()),
        ({"Default": "/prod/db/password", "Type": "AWS::SSM::Parameter::Value<String>"}, set()),
        ({}, set()),
    ],
)
def test_parameters(declaration: dict[str, Any], rules: set[str]) -> None:
    """A default is what gives a secret parameter away, hidden or not."""
    parameters = {"MasterPassword": {"Type": "String", **declaration}}
    assert found({"Topic": {"Type": "AWS::SNS::Topic"}}, Parameters=parameters) == rules


@pytest.mark.parametrize(
    "text",
    [
        f"export AWS_ACCESS_KEY_ID={KEY_ID}",
        "token " + "gh" + "p_" + "a1B2" * 9,
        "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE",
        "xo" + "xb-123456789012-abcdefghijkl",
        {"Fn::Sub": "${AWS::Region} " + KEY_ID},
        {"Fn::Join": ["", ["AKIA", "Q3EGRIYLTZ2ABCDE"]]},
    ],
)
def test_credentials_are_found_in_any_property(text: Any) -> None:
    """Real formats of keys and tokens are found deep inside any resource, also when put together from parts."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": "note", "Value": text}]}}
    assert found({"Topic": topic}) == {"E9677"}


@pytest.mark.parametrize("text", ["AKIAIOSFODNN7EXAMPLE", "ghp_short", "-----BEGIN PUBLIC KEY-----", "xoxb-your-token"])
def test_examples_of_credentials_are_left_alone(text: str) -> None:
    """What the documentation uses as an example is no credential."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Key": "note", "Value": text}]}}
    assert found({"Topic": topic}) == set()
