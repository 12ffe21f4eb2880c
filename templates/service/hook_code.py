"""The code of the function that ECS calls before it starts the tasks of a new version; CloudFormation takes 4,096 characters.

It keeps no state but the names of log streams: an empty stream ``before-release/COMMIT/DIGEST`` in the service's log group
says that the command ran for that version. So a rollback, a restart and a second release of the same version run nothing.
"""

CODE = '''"""Runs a command once in the image of a new version, before ECS starts the version's tasks.

Amazon ECS Developer Guide, "Lambda hooks for Amazon ECS service deployments".
"""

import hashlib
import json
import os
import time

import boto3

CLUSTER, CONTAINER, GROUP = (os.environ[name] for name in ("CLUSTER", "CONTAINER", "LOG_GROUP"))
COMMAND, PATIENCE = json.loads(os.environ["COMMAND"]), 60 * int(os.environ["TIMEOUT_MINUTES"])
ecs, logs = boto3.client("ecs"), boto3.client("logs")


def handler(event, context):
    """Answer ECS whether the deployment may go on."""
    arn = event["executionDetails"]["targetServiceRevisionArn"]
    revision = ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"][0]
    version = version_of(revision["taskDefinition"])
    details = event.get("hookDetails") or {}
    if not details.get("task"):
        if logs.describe_log_streams(logGroupName=GROUP, logStreamNamePrefix=version, limit=1)["logStreams"]:
            return answer("SUCCEEDED", f"{version}: the command ran before")
        task = start(revision, arn)
        if not task:
            return answer("FAILED", f"{version}: the command could not be started")
        return waits({"task": task, "since": int(time.time())})
    found = ecs.describe_tasks(cluster=CLUSTER, tasks=[details["task"]])["tasks"]
    if found and found[0]["lastStatus"] != "STOPPED":
        if time.time() - details["since"] > PATIENCE:
            return answer("FAILED", f"{version}: the command takes too long: {details['task']}")
        return waits(details)
    codes = [row.get("exitCode") for row in found[0]["containers"] if row["name"] == CONTAINER] if found else []
    if codes != [0]:
        return answer("FAILED", f"{version}: the command failed: {details['task']}: {codes}")
    logs.create_log_stream(logGroupName=GROUP, logStreamName=version)
    return answer("SUCCEEDED", f"{version}: the command succeeded")


def version_of(definition):
    """The version by its commit and the digest of its image, as the name of a log stream."""
    rows = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]["containerDefinitions"]
    row = next(row for row in rows if row["name"] == CONTAINER)
    commit = next(pair["value"] for pair in row["environment"] if pair["name"] == "RELEASE")
    return f"before-release/{commit}/{row['image'].rpartition(':')[2]}"


def start(revision, arn):
    """Start the task as the service would; the same revision never starts two (the token)."""
    place = {name: revision[name] for name in ("capacityProviderStrategy", "launchType") if revision.get(name)}
    made = ecs.run_task(
        cluster=CLUSTER,
        taskDefinition=revision["taskDefinition"],
        clientToken=hashlib.sha256(arn.encode()).hexdigest(),
        networkConfiguration=revision["networkConfiguration"],
        overrides={"containerOverrides": [{"name": CONTAINER, "command": COMMAND}]},
        startedBy="before-release",
        **place,
    )
    for failure in made["failures"]:
        print(json.dumps(failure))
    return made["tasks"][0]["taskArn"] if made["tasks"] else None


def waits(details):
    return {"hookStatus": "IN_PROGRESS", "callBackDelay": 10, "hookDetails": details}


def answer(status, text):
    print(text)
    return {"hookStatus": status}
'''
