"""The worker's role and the topic that hears of each day's audit head."""

import pytest

from tests.unit.templates.iam_judge import ACCOUNT, OTHER, decide, role_statements
from tests.unit.templates.test_home import WORKER, home

TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:slipway-prod-alerts"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("sns:Publish", TOPIC, "allow"),
        ("sns:Publish", TOPIC.replace("prod", "staging"), "silent"),
        ("sns:Publish", TOPIC.replace(ACCOUNT, OTHER), "silent"),
        ("sns:Subscribe", TOPIC, "silent"),
        ("sns:SetTopicAttributes", TOPIC, "silent"),
    ],
)
def test_the_worker_posts_to_the_alerts_topic_alone(action: str, resource: str, expected: str) -> None:
    """Each day's audit head goes to the topic of the bot's environment; the worker can't change who gets it."""
    statements = role_statements(home(), "WorkerRole")
    assert decide(statements, action, resource, aws__PrincipalArn=WORKER) == expected


@pytest.mark.parametrize(
    ("topic", "via", "expected"),
    [
        (TOPIC, "sns.eu-west-1.amazonaws.com", "allow"),
        (TOPIC.replace("prod", "staging"), "sns.eu-west-1.amazonaws.com", "silent"),
        (TOPIC, "secretsmanager.eu-west-1.amazonaws.com", "silent"),
    ],
)
def test_the_worker_encrypts_for_that_topic_alone(topic: str, via: str, expected: str) -> None:
    """The topic's key decrypts nothing for the worker but what SNS asks for about this topic."""
    context = {"kms__EncryptionContext__aws__sns__topicArn": topic, "kms__ViaService": via}
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        found = decide(role_statements(home(), "WorkerRole"), action, key, **context)
        assert found == expected
