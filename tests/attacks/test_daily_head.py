"""The daily head of the log over the real protocol: the worker posts it, and anyone who rewrites the day afterwards is found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.release.client import request_id
from generator.release.daily_heads import DAY, DAYS, date_of
from generator.release.daily_post import SETTLED, DailyPost
from generator.release.model.requests import Done, Lock, Unlock
from tests.attacks.conftest import AttackedPlatform
from tests.attacks.test_front_attacks import asked
from tests.attacks.test_log_attacks import closed, faults, rewrite
from tests.attacks.test_role_attacks import refused


def subscribed(platform: AttackedPlatform, topic: str) -> str:
    """The alerts topic of prod with a queue in the place of people's mail: the queue's address."""
    sns, sqs = platform.root("sns"), platform.root("sqs")
    assert sns.create_topic(Name=topic.rpartition(":")[2])["TopicArn"] == topic
    url: str = sqs.create_queue(QueueName="mail")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return url


def test_a_day_is_posted_with_the_worker_s_role_and_shows_what_was_rewritten(platform: AttackedPlatform) -> None:
    """The worker's role publishes to that topic and changes nothing about it; no other role of home publishes there."""
    topic = platform.names.alerts_topic
    mail = subscribed(platform, topic)
    for request in (Lock(id=request_id(), scope="dev/edge", reason="wait"), Unlock(id=request_id(), scope="dev/edge")):
        assert isinstance(asked(platform, request, platform.command("U0000BEN", "dev")), Done)
    release = closed(platform, 4)
    chain = f"release/{release}"
    moment = next(iter(platform.log.entries(chain))).at
    worker = platform.worker()
    context = worker.service.context._replace(clock=lambda: moment + DAY + SETTLED)
    post = DailyPost(context, "w1", {"alerts topic": platform.adapters("worker").alerts}, pytest.fail)
    try:
        for _ in range(60):
            post.chore()
        [message] = platform.root("sqs").receive_message(QueueUrl=mail, MaxNumberOfMessages=10)["Messages"]
        line = json.loads(message["Body"])["Message"]
        found = platform.verified()
        assert [(day.date, day.digest in line) for day in found.days] == [(date_of(moment), True)]
        assert [fault for fault in found.faults if "daily head" in fault.text] == []
        rewrite(platform, chain, 1, "ben")
        assert f"is not the entry that the daily head of {date_of(moment)} names" in faults(platform, chain)
    finally:
        worker.close()
        key: Any = {"pk": {"S": DAYS}, "sk": {"S": date_of(moment)}}
        platform.root("dynamodb").delete_item(TableName=platform.names.table, Key=key)
    for role in ("bot", "publish", "open", "release", "execution-prod"):
        sns = platform.session(role).api("sns")
        refused(lambda sns=sns: sns("publish", TopicArn=topic, Message="Audit log of slipway"))
    sns = platform.session("worker").api("sns")
    refused(lambda: sns("delete_topic", TopicArn=topic))
    refused(lambda: sns("subscribe", TopicArn=topic, Protocol="email", Endpoint="me@example.com"))
