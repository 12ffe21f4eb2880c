"""What a task needs so that FIS can slow its network down: the SSM agent as a second container.

FIS reaches inside a task through Systems Manager: the container registers the task as a managed instance and tags it
with the task's ARN; ECS's fault injection endpoints then do the work (AWS FIS User Guide: "Use the AWS FIS aws:ecs:task
actions"). The container is root with a writable file system, which no other container of the platform is, so only
tasks that an experiment is about carry it.
"""

from hashlib import sha256

from awacs.aws import Statement
from troposphere import Sub, ecs

from templates.params.base import Scope
from templates.policies import actions, allow

# On SIGTERM the task leaves Systems Manager again. The agent takes over the role's credentials once it is registered,
# so that leaving is the right of that role, and joining of the task's.
_SCRIPT = """\
set -e
dnf install -y -q awscli jq procps-ng
export AWS_DEFAULT_REGION="$AWS_REGION"
task=$(curl -s "$ECS_CONTAINER_METADATA_URI_V4/task")
made=$(aws ssm create-activation --iam-role "$MANAGED_INSTANCE_ROLE_NAME" --tags \
 "Key=ECS_TASK_ARN,Value=$(jq -er .TaskARN <<<"$task")" \
 "Key=ECS_TASK_AVAILABILITY_ZONE,Value=$(jq -er .AvailabilityZone <<<"$task")" \
 Key=FAULT_INJECTION_SIDECAR,Value=true)
id=$(jq -er .ActivationId <<<"$made")
leave() {
 aws ssm deregister-managed-instance --instance-id "$(jq -er .ManagedInstanceID /var/lib/amazon/ssm/registration)" || true
 aws ssm delete-activation --activation-id "$id" || true
 kill "$agent"
}
amazon-ssm-agent -register -code "$(jq -er .ActivationCode <<<"$made")" -id "$id" -region "$AWS_REGION"
amazon-ssm-agent &
agent=$!
trap leave TERM INT
wait "$agent"
"""


def role_name(scope: Scope) -> str:
    """``fault-4f1c9d2``: created by the chaos stack, named by tasks before it exists.

    Systems Manager takes at most 64 characters with the path (SSM API Reference: CreateActivation, IamRole), which
    leaves 13 behind ``workload/PLATFORM/ENV/``; and a name is unique in an account whatever its path (IAM User Guide:
    IAM identifiers).
    """
    return f"fault-{sha256(scope.prefix.encode()).hexdigest()[:7]}"


def equip(task: ecs.TaskDefinition, scope: Scope, image: str, log: ecs.LogConfiguration) -> None:
    """Let FIS into ``task``: the endpoints on, one process namespace, and the agent beside the application.

    ``image`` is the SSM agent's by digest. The agent may stop without stopping the task. ECS Exec has to be off:
    it brings an agent of its own.
    """
    task.EnableFaultInjection = True
    task.PidMode = "task"
    task.ContainerDefinitions = [
        *task.ContainerDefinitions,
        ecs.ContainerDefinition(
            Name="fault-agent",
            Image=image,
            Essential=False,
            Privileged=False,
            EntryPoint=["/bin/bash", "-c"],
            Command=[_SCRIPT],
            Environment=[
                ecs.Environment(Name="AWS_REGION", Value=Sub("${AWS::Region}")),
                # With its path, as SSM puts this behind `role/` (SSM API Reference: CreateActivation, IamRole).
                ecs.Environment(
                    Name="MANAGED_INSTANCE_ROLE_NAME", Value=f"{scope.role_path.lstrip('/')}{role_name(scope)}"
                ),
            ],
            LogConfiguration=log,
        ),
    ]


def statements(scope: Scope) -> list[Statement]:
    """What the task's role needs so that the agent can register, and only as the agent's role."""
    role = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{scope.role_path}{role_name(scope)}")
    return [
        # An activation has no ARN before it exists (Service Authorization Reference: AWS Systems Manager).
        allow("JoinSystemsManager", actions("ssm", "CreateActivation", "AddTagsToResource"), ["*"]),
        allow(
            "PassFaultAgent",
            actions("iam", "PassRole"),
            [role],
            {"StringEquals": {"iam:PassedToService": "ssm.amazonaws.com"}},
        ),
    ]
