"""Rolling deployments over HTTP, through boto3."""

from typing import Any

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


def test_a_service_brings_its_tasks_up(stage: Any) -> None:
    """A user sees the tasks asked for running, and the deployment SUCCESSFUL (API Reference, ServiceDeployment)."""
    assert stage.serve(stage.define()) == "SUCCESSFUL"
    shown = stage.service()
    assert (shown["desiredCount"], shown["runningCount"], shown["pendingCount"]) == (2, 2, 0)
    (deployment,) = shown["deployments"]
    assert (deployment["status"], deployment["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert {t["lastStatus"] for t in stage.tasks()} == {"RUNNING"}
    assert "has reached a steady state" in " ".join(e["message"] for e in stage.service()["events"])


def test_a_release_replaces_every_task(stage: Any) -> None:
    """A user finds only the new revision's tasks after a release (Developer Guide, rolling update deployments)."""
    stage.serve(stage.define("app:1"))
    row = stage.release("app:2")
    assert row["status"] == "SUCCESSFUL"
    assert row["sourceServiceRevisions"][0]["runningTaskCount"] == 0
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:2"}
    (revision,) = stage.ecs.describe_service_revisions(serviceRevisionArns=[row["targetServiceRevision"]["arn"]])["serviceRevisions"]  # fmt: skip
    assert revision["containerImages"] == [{"containerName": "app", "image": "app:2"}]


def test_old_and_new_tasks_are_counted_while_a_release_runs(stage: Any) -> None:
    """A user sees old and new tasks side by side, between the percentages (DeploymentConfiguration, API Reference)."""
    stage.serve(stage.define("app:1"))
    stage.control.speed(0.05)
    stage.update(taskDefinition=stage.define("app:2"))
    both = stage.until(stage.service, lambda s: len(s["deployments"]) == 2 and s["deployments"][0]["pendingCount"] == 2)
    assert [d["status"] for d in both["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert both["deployments"][1]["runningCount"] == 2
    assert both["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert stage.settle()["status"] == "SUCCESSFUL"


def test_the_circuit_breaker_rolls_back(stage: Any) -> None:
    """A user who releases an image that exits gets the old one back (Developer Guide, deployment circuit breaker)."""
    stage.behave("app:2", "exits", code=3, lines=["boom"])
    stage.serve(stage.define("app:1"), deploymentConfiguration=BREAKER)
    row = stage.release("app:2")
    assert row["status"] == "ROLLBACK_SUCCESSFUL"
    assert row["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 4, "threshold": 3}
    assert row["rollback"]["serviceRevisionArn"] == row["sourceServiceRevisions"][0]["arn"]
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:1"}
    stopped = stage.tasks("STOPPED")[0]
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    assert stage.service()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_without_rollback_a_failed_deployment_stays_failed(stage: Any) -> None:
    """A user who turned rollback off sees FAILED and no new tasks (API Reference, DeploymentCircuitBreaker)."""
    stage.behave("app:2", "exits")
    stage.serve(stage.define("app:1"), deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": False}})  # fmt: skip
    row = stage.release("app:2")
    assert row["status"] == "STOPPED"
    (primary, *_) = stage.service()["deployments"]
    assert primary["rolloutState"] == "FAILED"
    assert primary["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."


def test_a_missing_image_can_not_be_pulled(stage: Any) -> None:
    """A user who releases a tag that nobody pushed reads CannotPullContainerError (Developer Guide, task errors)."""
    stage.aws("ecr").create_repository(repositoryName="app")
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:gone"
    stage.serve(stage.define("app:1"), deploymentConfiguration=BREAKER)
    stage.update(taskDefinition=stage.define(image, executionRoleArn="arn:aws:iam::111122223333:role/x"))
    assert stage.settle()["status"] == "ROLLBACK_SUCCESSFUL"
    stopped = stage.tasks("STOPPED")[0]
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("CannotPullContainerError: pull image manifest")
    assert stopped["stoppedReason"].endswith("app:gone: not found")


def test_a_stopped_task_is_replaced(stage: Any) -> None:
    """A user who stops a service's task finds another in its place (API Reference, StopTask)."""
    stage.serve(stage.define())
    first = stage.tasks()[0]["taskArn"]
    stage.ecs.stop_task(cluster="c", task=first, reason="because")
    stage.until(stage.service, lambda s: s["runningCount"] == 2 and first not in {t["taskArn"] for t in stage.tasks()})
    gone = stage.until(lambda: stage.tasks("STOPPED")[0], lambda t: t["lastStatus"] == "STOPPED")
    assert (gone["stopCode"], gone["stoppedReason"]) == ("UserInitiated", "because")


def test_stopping_a_deployment_rolls_it_back(stage: Any) -> None:
    """A user stops a slow deployment and gets the source back (API Reference, StopServiceDeployment)."""
    stage.behave("app:2", "slow", seconds=3000)
    stage.serve(stage.define("app:1", container={"healthCheck": {"command": ["CMD", "true"], "startPeriod": 300}}))
    stage.control.speed(0.01)
    stage.update(taskDefinition=stage.define("app:2", container={"healthCheck": {"command": ["CMD", "true"], "startPeriod": 300}}))  # fmt: skip
    arn = stage.deployment()["serviceDeploymentArn"]
    assert (
        stage.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")["serviceDeploymentArn"] == arn
    )
    stage.control.speed(0)
    row = stage.settle()
    assert (row["status"], row["serviceDeploymentArn"]) == ("ROLLBACK_SUCCESSFUL", arn)
    assert {c["image"] for t in stage.tasks() for c in t["containers"]} == {"app:1"}


def test_a_service_scales_and_is_deleted(stage: Any) -> None:
    """A user changes the count without a deployment and deletes the service (API Reference, UpdateService, DeleteService)."""
    stage.serve(stage.define())
    before = stage.deployment()["serviceDeploymentArn"]
    stage.update(desiredCount=5)
    stage.until(stage.service, lambda s: s["runningCount"] == 5)
    stage.update(desiredCount=1)
    stage.until(stage.service, lambda s: s["runningCount"] == 1)
    assert stage.deployment()["serviceDeploymentArn"] == before
    stage.ecs.delete_service(cluster="c", service="app", force=True)
    stage.until(stage.service, lambda s: s["status"] == "INACTIVE")
    assert stage.ecs.list_services(cluster="c")["serviceArns"] == []


def test_the_stable_waiter_is_content_after_a_rollback(stage: Any) -> None:
    """A user of `aws ecs wait services-stable` is told success after a rollback too, as on AWS (botocore's waiter model)."""
    stage.behave("app:2", "exits")
    stage.serve(stage.define("app:1"), deploymentConfiguration=BREAKER)
    assert stage.release("app:2")["status"] == "ROLLBACK_SUCCESSFUL"
    stage.ecs.get_waiter("services_stable").wait(
        cluster="c", services=["app"], WaiterConfig={"Delay": 1, "MaxAttempts": 5}
    )
