"""What a service may do and who may reach it: roles and security groups."""

import json

import pytest

from templates.params.data import Data, Database
from templates.params.service import ReleaseLog, ServiceParams, ServiceSpec, Uses
from templates.service import build
from tests.unit.templates.service_cases import EVERYTHING, container, params, properties, statements, template


def test_a_service_without_data_has_a_task_role_that_may_do_nothing() -> None:
    """A break-in into the simplest service yields no rights in AWS."""
    assert statements(template(), "TaskRole") == {}


def test_starting_a_task_takes_four_narrow_permissions() -> None:
    """The execution role pulls one repository, writes one log group and reads the service's own secrets."""
    found = statements(template(EVERYTHING), "ExecutionRole")

    assert {sid: s["Resource"] for sid, s in found.items() if sid != "Secrets"} == {
        "Login": ["*"],
        "Pull": [{"Ref": "AppRepositoryArn"}],
        "Log": [{"Fn::GetAtt": ["Logs", "Arn"]}],
        "Key": [{"Ref": "KeyArn"}],
    }
    assert found["Login"]["Action"] == ["ecr:GetAuthorizationToken"]
    assert found["Log"]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    base = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:slipway/prod"
    assert found["Secrets"]["Resource"] == [
        {"Fn::Sub": f"{base}/stripe-??????"},
        {"Fn::Sub": f"{base}/vault-??????"},
        {"Ref": "DatabaseSecretArn"},
    ]
    assert found["Key"]["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": "secretsmanager.${AWS::Region}.amazonaws.com"}}
    }
    assert statements(template(), "ExecutionRole").keys() == {"Login", "Pull", "Log"}


def test_the_code_reaches_its_own_data_and_can_change_no_table_or_bucket() -> None:
    """Rights on data name the table and bucket, and hold no action that alters or deletes one."""
    found = statements(template(EVERYTHING), "TaskRole")
    everything = [a for s in found.values() for a in s["Action"]]

    assert found["TableOrderLines"]["Resource"] == [
        {"Ref": "TableOrderLinesArn"},
        {"Fn::Sub": "${TableOrderLinesArn}/index/*"},
    ]
    assert found["BucketAssetsObjects"]["Resource"] == [{"Fn::Sub": "${BucketAssetsArn}/*"}]
    assert found["DatabaseSecret"]["Resource"] == [{"Ref": "DatabaseSecretArn"}]
    assert found["Exec"]["Resource"] == ["*"], "these actions take no resource"
    assert [sid for sid, s in found.items() if s["Resource"] == ["*"]] == ["Exec"]
    assert not [a for a in everything if "*" in a]
    assert {a for a in everything if a.endswith(("Table", "Bucket"))} == {"dynamodb:DescribeTable", "s3:ListBucket"}


def test_who_reads_the_release_log_reads_items_by_key_and_nothing_else() -> None:
    """Three actions on the one table of home; a service that does not ask for it gets none, and no variable."""
    log = ReleaseLog(table="slipway-home-releases", region="eu-central-1")
    body = template(release_log=log)
    assert statements(body, "TaskRole") == {
        "ReleaseLog": {
            "Sid": "ReleaseLog",
            "Effect": "Allow",
            "Action": ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"],
            "Resource": [
                {
                    "Fn::Sub": (
                        "arn:${AWS::Partition}:dynamodb:eu-central-1:${AWS::AccountId}:table/slipway-home-releases"
                    )
                }
            ],
        }
    }
    told = {entry["Name"]: entry["Value"] for entry in container(body)["Environment"]}
    assert (told["RELEASE_TABLE"], told["RELEASE_TABLE_REGION"]) == (log.table, log.region)
    assert "RELEASE_TABLE" not in {entry["Name"] for entry in container(template())["Environment"]}


def test_roles_stay_inside_the_boundary_and_trust_tasks_of_this_account_alone() -> None:
    """No role of a service can be used from elsewhere or outgrow the permission boundary."""
    body = template(EVERYTHING)
    roles = {n: r["Properties"] for n, r in body["Resources"].items() if r["Type"] == "AWS::IAM::Role"}

    assert roles.keys() == {"ExecutionRole", "TaskRole", "TrafficRole"}
    for role in roles.values():
        assert role["Path"] == "/workload/slipway/prod/"
        assert role["PermissionsBoundary"] == {"Ref": "BoundaryArn"}
    for name in ("ExecutionRole", "TaskRole"):
        (trust,) = roles[name]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_traffic_goes_from_the_load_balancer_to_the_port_and_nowhere_else() -> None:
    """Tasks accept one port from the load balancer, may leave on 443, and have no public address."""
    body = template()

    (way_out,) = properties(body, "SecurityGroup")["SecurityGroupEgress"]
    assert (way_out["FromPort"], way_out["ToPort"], way_out["CidrIp"]) == (443, 443, "0.0.0.0/0")
    assert "SecurityGroupIngress" not in properties(body, "SecurityGroup")
    into = properties(body, "LoadBalancerIngress")
    assert into["SourceSecurityGroupId"] == {"Ref": "LoadBalancerSecurityGroup"}
    assert (into["FromPort"], into["ToPort"]) == (8080, 8080)
    assert properties(body, "LoadBalancerEgress")["DestinationSecurityGroupId"] == {"Ref": "SecurityGroup"}
    assert "DatabaseIngress" not in body["Resources"]
    network = properties(body, "Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert network["AssignPublicIp"] == "DISABLED"
    assert network["SecurityGroups"] == [{"Ref": "SecurityGroup"}, {"Ref": "MeshSecurityGroup"}]


@pytest.mark.parametrize(("engine", "port"), [("postgres", 5432), ("mysql", 3306)])
def test_only_a_service_that_uses_the_database_opens_it(engine: str, port: int) -> None:
    """The database accepts the services that say so, on its own port, from a rule in their stacks."""
    data = Data(database=Database(engine=engine))  # type: ignore[arg-type]
    base = params(ServiceSpec(port=8080, uses=Uses(database=True)))
    body = build(ServiceParams(**{f: getattr(base, f) for f in base.__struct_fields__} | {"data": data})).to_dict()

    rule = properties(json.loads(json.dumps(body)), "DatabaseIngress")
    assert (rule["FromPort"], rule["ToPort"]) == (port, port)
    assert rule["GroupId"] == {"Ref": "DatabaseSecurityGroup"}
