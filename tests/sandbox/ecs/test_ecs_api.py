"""Clusters, task definitions, tasks and tags over HTTP, through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_clusters_are_made_shown_and_deleted(stage: Any) -> None:
    """A user makes a cluster with its settings, finds it, and can't delete it while a service is there (API Reference)."""
    ecs = stage.ecs
    ecs.create_cluster(clusterName="d", settings=[{"name": "containerInsights", "value": "enhanced"}])
    ecs.update_cluster(cluster="d", serviceConnectDefaults={"namespace": "arn:aws:servicediscovery:x"})
    ecs.put_cluster_capacity_providers(
        cluster="d",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
    )
    found = ecs.describe_clusters(clusters=["d", "e"], include=["SETTINGS"])
    assert found["clusters"][0]["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert found["clusters"][0]["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert found["failures"] == [{"arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/e", "reason": "MISSING"}]
    ecs.delete_cluster(cluster="d")
    assert ecs.describe_clusters(clusters=["d"])["clusters"][0]["status"] == "INACTIVE"
    stage.serve(stage.define())
    with pytest.raises(ClientError, match="ClusterContainsServicesException"):
        ecs.delete_cluster(cluster="c")
    assert ecs.list_clusters()["clusterArns"] == ["arn:aws:ecs:eu-west-1:111122223333:cluster/c"]


def test_accounts_and_regions_do_not_see_each_other(stage: Any) -> None:
    """A user of another account or region finds nothing of this one."""
    for other in (stage.aws("ecs", account="999988887777"), stage.aws("ecs", region="us-east-1")):
        assert other.list_clusters()["clusterArns"] == []
        with pytest.raises(ClientError, match="ClusterNotFoundException"):
            other.list_services(cluster="c")


def test_capacity_providers(stage: Any) -> None:
    """A user adds a provider of an Auto Scaling group to a cluster and can't delete it then (API Reference)."""
    ecs = stage.ecs
    group = {"autoScalingGroupArn": "arn:aws:autoscaling:x:y:z", "managedScaling": {"status": "ENABLED"}}
    ecs.create_capacity_provider(name="ec2-x", autoScalingGroupProvider=group)
    names = [row["name"] for row in ecs.describe_capacity_providers()["capacityProviders"]]
    assert names == ["FARGATE", "FARGATE_SPOT", "ec2-x"]
    ecs.put_cluster_capacity_providers(cluster="c", capacityProviders=["ec2-x"], defaultCapacityProviderStrategy=[])
    with pytest.raises(ClientError, match="in use by the cluster c"):
        ecs.delete_capacity_provider(capacityProvider="ec2-x")
    ecs.put_cluster_capacity_providers(cluster="c", capacityProviders=[], defaultCapacityProviderStrategy=[])
    ecs.update_capacity_provider(name="ec2-x", autoScalingGroupProvider={"managedScaling": {"targetCapacity": 90}})
    ecs.delete_capacity_provider(capacityProvider="ec2-x")
    for bad in ({"name": "fargate-x"}, {"name": "ec2-x"}):
        if bad["name"] == "ec2-x":
            ecs.create_capacity_provider(**bad, autoScalingGroupProvider=group)
        with pytest.raises(ClientError):
            ecs.create_capacity_provider(**bad, autoScalingGroupProvider=group)
    with pytest.raises(ClientError, match="was not found"):
        ecs.put_cluster_capacity_providers(cluster="c", capacityProviders=["none"], defaultCapacityProviderStrategy=[])


def test_tasks_run_where_the_strategy_sends_them(stage: Any) -> None:
    """A user's base and weights decide between Fargate and Spot (API Reference, CapacityProviderStrategyItem)."""
    both = ["FARGATE", "FARGATE_SPOT"]
    strategy = [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    stage.ecs.put_cluster_capacity_providers(
        cluster="c", capacityProviders=both, defaultCapacityProviderStrategy=strategy
    )
    stage.serve(stage.define(), desiredCount=5)
    used = [task["capacityProviderName"] for task in stage.tasks()]
    assert sorted(used) == ["FARGATE", "FARGATE", "FARGATE_SPOT", "FARGATE_SPOT", "FARGATE_SPOT"]


def test_task_definitions_count_their_revisions(stage: Any) -> None:
    """A user registers, lists, deregisters and deletes revisions (API Reference, DeregisterTaskDefinition)."""
    ecs = stage.ecs
    first, second = stage.define("app:1"), stage.define("app:2")
    assert (first[-5:], second[-5:]) == ("app:1", "app:2")
    assert ecs.describe_task_definition(taskDefinition="app")["taskDefinition"]["taskDefinitionArn"] == second
    assert ecs.list_task_definitions(familyPrefix="app", sort="DESC")["taskDefinitionArns"] == [second, first]
    assert ecs.deregister_task_definition(taskDefinition="app:2")["taskDefinition"]["status"] == "INACTIVE"
    assert ecs.describe_task_definition(taskDefinition="app")["taskDefinition"]["taskDefinitionArn"] == first
    assert ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]["status"] == "INACTIVE"
    assert ecs.list_task_definitions(status="INACTIVE")["taskDefinitionArns"] == [second]
    failed = ecs.delete_task_definitions(taskDefinitions=[first, second])
    assert [row["arn"] for row in failed["failures"]] == [first]
    assert ecs.list_task_definition_families(status="ACTIVE")["families"] == ["app"]
    assert stage.define("app:3").endswith("app:3")


def test_a_deregistered_definition_runs_on_but_starts_nothing(stage: Any) -> None:
    """A user's service keeps and scales its INACTIVE revision, and no new one may use it (DeregisterTaskDefinition)."""
    definition = stage.define()
    stage.serve(definition)
    stage.ecs.deregister_task_definition(taskDefinition=definition)
    stage.update(desiredCount=3)
    stage.until(stage.service, lambda s: s["runningCount"] == 3)
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        stage.update(forceNewDeployment=True)
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        stage.ecs.run_task(cluster="c", taskDefinition=definition, networkConfiguration=stage.network)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cpu": "256", "memory": "4096"}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory"),
        ({"cpu": "300"}, "No Fargate configuration exists"),
        ({"cpu": "x"}, "Invalid 'cpu' setting"),
        ({"networkMode": "bridge"}, "only supports network mode 'awsvpc'"),
        ({"containerDefinitions": []}, "Container list cannot be empty"),
        ({"container": {"essential": False}}, "At least one container must be essential"),
        ({"container": {"privileged": True}}, "privileged"),
        ({"container": {"image": "1.dkr.ecr.eu-west-1.amazonaws.com/app:1"}}, "execution role ARN"),
        ({"family": "a b"}, "Invalid family name"),
    ],
)
def test_wrong_task_definitions_are_refused(stage: Any, change: dict[str, Any], words: str) -> None:
    """A user reads what is wrong with a task definition (API Reference, RegisterTaskDefinition)."""
    with pytest.raises(ClientError, match=words):
        stage.define(**change)


@pytest.mark.parametrize(("cpu", "memory", "stored"), [(".25 vCPU", "0.5 GB", ("256", "512")), ("1 vcpu", "2GB", ("1024", "2048"))])  # fmt: skip
def test_sizes_may_be_written_with_units(stage: Any, cpu: str, memory: str, stored: tuple[str, str]) -> None:
    """A user writes vCPU and GB and reads units and MiB (API Reference, RegisterTaskDefinition)."""
    shape = stage.ecs.describe_task_definition(taskDefinition=stage.define(cpu=cpu, memory=memory))["taskDefinition"]
    assert (shape["cpu"], shape["memory"]) == stored


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"taskDefinition": "none"}, "TaskDefinition not found"),
        ({"networkConfiguration": {}}, "Network Configuration must be provided"),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets can not be empty"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-x"]}}},
            "The subnet ID 'subnet-x' does not exist",
        ),
        ({"cluster": "none"}, "Cluster not found"),
        ({"serviceName": "a b"}, "Identifier 'a b' is invalid"),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:aws:x", "containerName": "app", "containerPort": 8080}]},
            "does not exist",
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:aws:x", "containerName": "app", "containerPort": 1}]},
            "container port 1",
        ),
        ({"schedulingStrategy": "DAEMON"}, "sandbox does not support DAEMON"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "sandbox does not support the deployment controller"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "needs a load balancer"),
    ],
)
def test_wrong_services_are_refused(stage: Any, change: dict[str, Any], words: str) -> None:
    """A user reads what is wrong with a service, or what the sandbox does not support (API Reference, CreateService)."""
    given = {
        "cluster": "c",
        "serviceName": "app",
        "taskDefinition": stage.define(),
        "networkConfiguration": stage.network,
    }
    with pytest.raises(ClientError, match=words):
        stage.ecs.create_service(**given | change)


def test_a_service_of_a_name_is_made_once(stage: Any) -> None:
    """A user who repeats a request with its token gets the same service, and without it an error (CreateService)."""
    definition = stage.define()
    first = stage.start(definition, clientToken="t")
    assert stage.start(definition, clientToken="t")["serviceArn"] == first["serviceArn"]
    with pytest.raises(ClientError, match="not idempotent"):
        stage.start(definition)


def test_tasks_are_shown_with_their_network(stage: Any) -> None:
    """A user finds a task's address and container states (API Reference, Task)."""
    stage.serve(stage.define(), tags=[{"key": "team", "value": "a"}], propagateTags="SERVICE")
    arns = stage.ecs.list_tasks(cluster="c", serviceName="app", family="app")["taskArns"]
    found = stage.ecs.describe_tasks(cluster="c", tasks=[*arns, "gone"], include=["TAGS"])
    task = found["tasks"][0]
    assert (task["group"], task["healthStatus"], task["tags"]) == (
        "service:app",
        "UNKNOWN",
        [{"key": "team", "value": "a"}],
    )
    details = {row["name"]: row["value"] for row in task["attachments"][0]["details"]}
    assert details["privateIPv4Address"] == task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    assert task["startedBy"] == stage.service()["deployments"][0]["id"]
    assert found["failures"][0]["reason"] == "MISSING"
    assert stage.ecs.list_container_instances(cluster="c")["containerInstanceArns"] == []


def test_a_shell_is_refused_honestly(stage: Any) -> None:
    """A user who asks for ECS Exec is told that no shell is opened here, and what to do."""
    stage.serve(stage.define())
    with pytest.raises(ClientError, match=r"The sandbox does not support ECS Exec .* read its logs"):
        stage.ecs.execute_command(cluster="c", task=stage.tasks()[0]["taskArn"], interactive=True, command="sh")


def test_resources_are_tagged(stage: Any) -> None:
    """A user tags clusters, services, tasks and definitions (API Reference, TagResource)."""
    definition = stage.define(tags=[{"key": "a", "value": "1"}])
    stage.serve(definition)
    arns = [definition, stage.service()["serviceArn"], stage.tasks()[0]["taskArn"], stage.service()["clusterArn"]]
    for arn in arns:
        stage.ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
        stage.ecs.untag_resource(resourceArn=arn, tagKeys=["b"])
        assert stage.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "a", "value": "2"}]
    with pytest.raises(ClientError, match="was not found"):
        stage.ecs.list_tags_for_resource(resourceArn="arn:aws:ecs:eu-west-1:111122223333:cluster/none")


def test_lists_come_in_pages(stage: Any) -> None:
    """A user gets long lists in pages (API Reference, nextToken)."""
    for number in range(3):
        stage.ecs.create_cluster(clusterName=f"x{number}")
    first = stage.ecs.list_clusters(maxResults=3)
    rest = stage.ecs.list_clusters(maxResults=3, nextToken=first["nextToken"])
    assert len(first["clusterArns"] + rest["clusterArns"]) == len({*first["clusterArns"], *rest["clusterArns"]}) == 4
    assert "nextToken" not in rest
    with pytest.raises(ClientError, match="Invalid token"):
        stage.ecs.list_clusters(nextToken="x")


def test_what_is_not_there_is_said(stage: Any) -> None:
    """A user who names a deployment, hook or task that is not there reads which (API Reference, errors)."""
    with pytest.raises(ClientError, match="ServiceDeploymentNotFoundException"):
        stage.ecs.stop_service_deployment(serviceDeploymentArn="arn:aws:ecs:x")
    with pytest.raises(ClientError, match="ServiceNotFoundException"):
        stage.ecs.list_service_deployments(cluster="c", service="none")
    with pytest.raises(ClientError, match="was not found"):
        stage.ecs.stop_task(cluster="c", task="none")
    missing = stage.ecs.describe_service_deployments(serviceDeploymentArns=["arn:aws:ecs:x"])["failures"]
    assert missing == [{"arn": "arn:aws:ecs:x", "reason": "MISSING"}]
    stage.serve(stage.define())
    arn = stage.deployment()["serviceDeploymentArn"]
    with pytest.raises(ClientError, match="SUCCESSFUL"):
        stage.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    with pytest.raises(ClientError, match="hook was not found"):
        stage.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId="x")
    assert (
        stage.ecs.list_service_deployments(cluster="c", service="app", status=["STOPPED"])["serviceDeployments"] == []
    )
