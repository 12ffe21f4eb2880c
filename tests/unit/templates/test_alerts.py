"""The alerts stack: topic and key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.alerts import build
from templates.params.network import AlertsParams
from tests.unit.templates.environment_cases import findings, ids, plain, properties, scope, statements


def body(*emails: str, protected: bool = False) -> dict[str, Any]:
    """The stack for these addresses."""
    return plain(build(AlertsParams(scope=scope("alerts", protected=protected), emails=emails)))


BODY = body("a@example.org", "b@example.org")
KEY = statements(properties(BODY, "Key")["KeyPolicy"])


def test_everybody_on_the_list_is_notified() -> None:
    """Each address gets a subscription to the topic."""
    subscriptions = [properties(BODY, name) for name in ids(BODY, "SNS::Subscription")]
    assert sorted(each["Endpoint"] for each in subscriptions) == ["a@example.org", "b@example.org"]
    assert {each["Protocol"] for each in subscriptions} == {"email"}


@given(st.lists(st.emails(), min_size=1, max_size=5, unique=True), st.randoms(use_true_random=False))
def test_nobody_confirms_twice(emails: list[str], random: Any) -> None:
    """Adding, removing or sorting addresses leaves the others' subscriptions as they are."""
    fewer = random.sample(emails, len(emails) - 1)
    full, after = body(*emails), body(*fewer)
    before = {name: properties(full, name) for name in ids(full, "SNS::Subscription")}
    assert len(before) == len(emails)
    assert {name: properties(after, name) for name in ids(after, "SNS::Subscription")}.items() <= before.items()


def test_without_addresses_the_topic_still_stands() -> None:
    """Alarms have a place to go from the first day."""
    assert ids(body(), "SNS::Subscription") == []
    assert body()["Outputs"]["AlertsTopicArn"]["Value"] == {"Ref": "AlertsTopic"}


def test_alerts_are_encrypted_with_the_environments_key() -> None:
    """Nobody reads an alert without the key, and the key's ARN feeds every other stack."""
    assert properties(BODY, "AlertsTopic")["KmsMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert BODY["Outputs"]["KeyArn"]["Value"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert "Parameters" not in BODY


def test_the_topic_takes_alarms_of_this_account_only() -> None:
    """Another account's alarms can't publish here, and plain HTTP is refused."""
    policy = statements(properties(BODY, "AlertsTopicPolicy")["PolicyDocument"])
    alarms = policy["AlarmsPublish"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert alarms["Action"] == ["sns:Publish"]
    assert policy["TlsOnly"]["Effect"] == "Deny"
    assert policy["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_event_rules_can_publish() -> None:
    """EventBridge sends no condition keys to SNS, so a condition here would lose every event."""
    rules = statements(properties(BODY, "AlertsTopicPolicy")["PolicyDocument"])["RulesPublish"]
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in rules


def test_only_the_account_administers_the_key() -> None:
    """One statement alone allows every action, and it names the account's own IAM policies."""
    everything = [name for name, each in KEY.items() if "kms:*" in each["Action"]]
    assert everything == ["AccountDecides"]
    assert KEY["AccountDecides"]["Principal"] == {
        "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    }


@pytest.mark.parametrize(
    ("sid", "context"),
    [
        ("LogGroups", "kms:EncryptionContext:aws:logs:arn"),
        ("Topics", "kms:EncryptionContext:aws:sns:topicArn"),
        ("Queues", "kms:EncryptionContext:aws:sqs:arn"),
    ],
)
def test_services_use_the_key_for_this_accounts_resources_only(sid: str, context: str) -> None:
    """A service principal can't be talked into using the key for somebody else's log group, topic or queue."""
    (condition,) = KEY[sid]["Condition"].values()
    assert "${AWS::Region}:${AWS::AccountId}:" in condition[context]["Fn::Sub"]


def test_nobody_uses_the_key_past_iam() -> None:
    """Besides the account itself and the execution roles only AWS services are named, so a role without rights has none."""
    named = {
        sid: [each] if isinstance(each := statement["Principal"]["Service"], str | dict) else each
        for sid, statement in KEY.items()
        if sid not in {"AccountDecides", "FirstMinutes", "FirstMinutesLend"}
    }
    assert named == {
        "LogGroups": [{"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}],
        "Topics": ["cloudwatch.amazonaws.com", "events.amazonaws.com"],
        "Queues": ["events.amazonaws.com", "sns.amazonaws.com"],
    }
    assert {tuple(KEY[sid]["Action"]) for sid in ("Topics", "Queues")} == {("kms:Decrypt", "kms:GenerateDataKey")}


def test_the_environments_role_goes_on_at_once_with_a_new_key() -> None:
    """Tags count for KMS after up to five minutes: until then the key's own policy lets the execution role rotate and use it."""
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/slipway-execution-prod"
    for sid in ("FirstMinutes", "FirstMinutesLend"):
        assert KEY[sid]["Condition"]["ArnEquals"] == {"aws:PrincipalArn": [{"Fn::Sub": role}]}
        assert KEY[sid]["Condition"]["StringEquals"] == {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}
    assert {"kms:EnableKeyRotation", "kms:CreateAlias", "kms:GenerateDataKey*"} <= set(KEY["FirstMinutes"]["Action"])
    assert KEY["FirstMinutesLend"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


@pytest.mark.parametrize(("is_bots", "roles"), [(True, 2), (False, 1)])
def test_the_bots_role_uses_the_key_of_its_own_environment_alone(is_bots: bool, roles: int) -> None:
    """The bot's secret is encrypted with the key of the environment that the bot is in."""
    found = plain(build(AlertsParams(scope=scope("alerts"), emails=(), is_bots=is_bots)))
    policy = statements(properties(found, "Key")["KeyPolicy"])
    assert len(policy["FirstMinutes"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]) == roles


@pytest.mark.parametrize(("protected", "days"), [(True, 30), (False, 7)])
def test_a_deleted_key_can_be_called_back(*, protected: bool, days: int) -> None:
    """The key rotates, survives its stack, and a deletion waits: thirty days in production."""
    key = body(protected=protected)["Resources"]["Key"]
    assert key["Properties"]["PendingWindowInDays"] == days
    assert key["Properties"]["EnableKeyRotation"] is True
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


@pytest.mark.no_cover
def test_cfn_lint_finds_nothing() -> None:
    """The template is clean with experimental and informational rules on."""
    assert findings(BODY) == []
