"""The release board's task role reads the release log, and IAM refuses it everything else; the board works with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from board.services.read_model import ReadModel
from board.stores.release_log import ReleaseLog
from generator.aws.release_table import DynamoTable
from generator.aws.session import Keys, Session
from generator.release.errors import Denied
from generator.release.log_items import item
from generator.release.model.log_records import Slot, Summary
from generator.release.ports import Put
from generator.sandbox.process import Control
from tests.sandbox.conftest import Aws
from tests.sandbox.fleet import Fleet
from tests.sandbox.role_calls import DENIED, HOME

TABLE = "slipway-home-releases"
KEY = {"pk": {"S": "stack#prod/service-app"}, "sk": {"S": "slot"}}
# What may change the log, or read it otherwise than by key.
REFUSED: dict[str, Callable[[Any], Any]] = {
    "PutItem": lambda db: db.put_item(TableName=TABLE, Item=KEY),
    "UpdateItem": lambda db: db.update_item(TableName=TABLE, Key=KEY),
    "DeleteItem": lambda db: db.delete_item(TableName=TABLE, Key=KEY),
    "BatchWriteItem": lambda db: db.batch_write_item(RequestItems={TABLE: [{"DeleteRequest": {"Key": KEY}}]}),
    "TransactWriteItems": lambda db: db.transact_write_items(
        TransactItems=[{"Delete": {"TableName": TABLE, "Key": KEY}}]
    ),
    "Scan": lambda db: db.scan(TableName=TABLE),
    "DeleteTable": lambda db: db.delete_table(TableName=TABLE),
    "PutResourcePolicy": lambda db: db.put_resource_policy(ResourceArn=_arn(), Policy="{}"),
}


def _arn() -> str:
    return f"arn:aws:dynamodb:eu-west-1:{HOME}:table/{TABLE}"


def task_policy(fleet: Fleet) -> str:
    """The task role's policy of prod's app, as its template says it."""
    template = json.loads(fleet.built.specs["prod/service-app"].template().to_json())
    role = template["Resources"]["TaskRole"]
    [policy] = role["Properties"]["Policies"]
    [statement] = [s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "ReleaseLog"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": [_arn()]}]})
    assert statement["Resource"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:dynamodb:eu-west-1:${{AWS::AccountId}}:table/{TABLE}"}
    ]
    return text


def test_the_board_reads_the_log_and_can_not_change_it(aws: Aws, control: Control) -> None:
    """With its own role it follows the log of home; each way to write, to scan and to administer is refused by IAM."""
    fleet = Fleet(aws)
    fleet.deploy("home/home")
    iam = aws("iam", account=HOME)
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    arn = iam.create_role(RoleName="board", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="board", PolicyName="application", PolicyDocument=task_policy(fleet))
    worker = Session("eu-west-1", keys=Keys(HOME, "sandbox"), endpoint=_endpoint(aws))
    log = DynamoTable(worker.api("dynamodb"), TABLE)
    line = Summary(id="prod-app-1", key="prod/service-app", commit="1" * 40, state="succeeded", created=1.0, closed=2.0)
    assert log.write(
        Put(item("stack#prod/service-app", "slot", 1, Slot(count=1, last="prod-app-1"))),
        Put(item("stack#prod/service-app", "history#00000001", 1, line)),
    )
    control.enforce(on=True)

    keys = control.session(arn, name="task")
    given = Keys(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    table = DynamoTable(Session("eu-west-1", keys=given, endpoint=_endpoint(aws)).api("dynamodb"), TABLE)
    model = ReadModel(ReleaseLog(table, lambda: 3.0), ["prod/service-app"], ["prod"], lambda: 3.0, 100)
    model.refresh()
    assert [found.id for found in model.now.lines] == ["prod-app-1"]
    with pytest.raises(Denied):
        table.write(Put(item("stack#prod/service-app", "slot", 2, Slot())))
    for name, ask in REFUSED.items():
        with pytest.raises(ClientError) as caught:
            ask(aws("dynamodb", keys=keys))
        assert caught.value.response["Error"]["Code"] in DENIED, name


def _endpoint(aws: Aws) -> str:
    return str(aws("dynamodb").meta.endpoint_url)
