"""The task: log group, roles and task definition. The image and the commit of a release enter here and nowhere else."""

from typing import Any

from troposphere import Ref, Sub, ecs, logs

from templates import fault_agent, grants
from templates.params.service import ServiceParams
from templates.service import access, login_rules
from templates.stack import Stack, arn

DATABASE_PORTS = {"postgres": 5432, "mysql": 3306}


def log_group(s: Stack, p: ServiceParams) -> logs.LogGroup:
    """Logs of the container and of its Service Connect proxy, encrypted with the environment's key."""
    group = logs.LogGroup(
        "Logs", RetentionInDays=p.spec.log_retention_days, KmsKeyId=s.need("KeyArn", about="KMS key of the environment")
    )
    return s.keep(group, "What the tasks print; it outlives them so that a failure can be explained.")


def task_definition(s: Stack, p: ServiceParams, group: logs.LogGroup) -> ecs.TaskDefinition:
    """One container on its own network interface.

    The old revision stays registered when a release replaces it: CloudFormation would deregister it, and neither
    ECS's own rollback nor ours could go back to it.
    """
    spec = p.spec
    task = ecs.TaskDefinition(
        "TaskDefinition",
        Family=f"{p.scope.prefix}-{p.name}",
        Cpu=str(spec.cpu),
        Memory=str(spec.memory),
        NetworkMode="awsvpc",
        RequiresCompatibilities=_compatible(p),
        RuntimePlatform=ecs.RuntimePlatform(CpuArchitecture=spec.architecture, OperatingSystemFamily="LINUX"),
        ExecutionRoleArn=arn(access.execution_role(s, p, group)),
        TaskRoleArn=arn(access.task_role(s, p)),
        ContainerDefinitions=[_container(s, p, group)],
    )
    if p.fault_agent:
        fault_agent.equip(task, p.scope, p.fault_agent, log_options(p, group, "fault-agent"))
    return s.keep(
        task,
        "What runs: one image by digest, with the commit that it was built from.",
        must=["Keep old revisions registered: a rollback starts tasks from them."],
    )


def _compatible(p: ServiceParams) -> list[str]:
    """Where the task may start. With ``default`` the cluster decides, and its strategy may name EC2 instances."""
    match p.spec.launch:
        case "ec2":
            return ["EC2"]
        case "default" if p.has_ec2:
            return ["EC2", "FARGATE"]
        case _:
            return ["FARGATE"]


def log_options(p: ServiceParams, group: logs.LogGroup, prefix: str) -> ecs.LogConfiguration:
    """CloudWatch Logs that can't block the application: what does not fit into the buffer is dropped."""
    return ecs.LogConfiguration(
        LogDriver="awslogs",
        Options={
            "awslogs-group": Ref(group),
            "awslogs-region": Ref("AWS::Region"),
            "awslogs-stream-prefix": prefix,
            "mode": "non-blocking",
            # Amazon ECS Developer Guide, awslogs: 1 MiB by default; a buffer is memory of the task.
            "max-buffer-size": f"{4 if p.spec.memory < 2048 else 25}m",
        },
    )


def _container(s: Stack, p: ServiceParams, group: logs.LogGroup) -> ecs.ContainerDefinition:
    spec = p.spec
    image, _ = s.release_parameters()
    linux = ecs.LinuxParameters(
        # Reaps zombies and passes SIGTERM on, so that the stop timeout is real.
        InitProcessEnabled=True,
        Capabilities=ecs.KernelCapabilities(Drop=["ALL"]),
    )
    if spec.tmp_mib:
        # Fargate takes tmpfs since January 2026. A bind mount would belong to root, out of reach for this user.
        linux.Tmpfs = [
            ecs.Tmpfs(ContainerPath="/tmp", Size=spec.tmp_mib, MountOptions=["noexec", "nosuid", "nodev"])  # noqa: S108
        ]
    container = ecs.ContainerDefinition(
        Name=p.name,
        Image=image,
        Essential=True,
        User=spec.user,
        Privileged=False,
        # The agent of ECS Exec writes into the container (Amazon ECS Developer Guide: ECS Exec, considerations).
        ReadonlyRootFilesystem=not spec.exec,
        LinuxParameters=linux,
        StopTimeout=spec.stop_timeout,
        PortMappings=[ecs.PortMapping(Name="http", ContainerPort=spec.port, Protocol="tcp", AppProtocol="http")],
        Environment=[ecs.Environment(Name=name, Value=value) for name, value in sorted(_variables(s, p).items())],
        LogConfiguration=log_options(p, group, p.name),
    )
    secrets = _secrets(s, p)
    if secrets:
        container.Secrets = [ecs.Secret(Name=name, ValueFrom=source) for name, source in sorted(secrets.items())]
    if spec.command:
        container.Command = list(spec.command)
    if spec.health_check.command:
        check = spec.health_check
        container.HealthCheck = ecs.HealthCheck(
            Command=list(check.command),
            Interval=check.interval,
            # The container's own check takes 2 to 60 s, 1 to 10 retries, and at most 300 s of grace.
            Timeout=min(60, check.timeout),
            Retries=check.unhealthy,
            StartPeriod=min(300, check.grace),
        )
    if spec.port < 1024:
        # Docker opens low ports to everyone in its own networks, awsvpc is not one of them.
        container.SystemControls = [ecs.SystemControl(Namespace="net.ipv4.ip_unprivileged_port_start", Value="0")]
    return container


def _variables(s: Stack, p: ServiceParams) -> dict[str, Any]:
    """The variables of every container; what the service sets itself wins, except for RELEASE."""
    spec = p.spec
    variables: dict[str, Any] = {
        "ENVIRONMENT": p.scope.environment,
        "PLATFORM": p.scope.platform,
        "PORT": str(spec.port),
        "SERVICE": p.name,
        **grants.data_variables(s, spec.uses.tables, spec.uses.buckets),
    }
    if spec.uses.database and p.data.database:
        variables |= {
            "DATABASE_ENGINE": p.data.database.engine,
            "DATABASE_HOST": s.need("DatabaseEndpoint", about="Host name of the database"),
            "DATABASE_NAME": s.need("DatabaseName"),
            "DATABASE_PORT": str(DATABASE_PORTS[p.data.database.engine]),
            # To read the password again after a rotation: what was injected stays as it was at the start.
            "DATABASE_SECRET_ARN": s.need("DatabaseSecretArn"),
        }
    variables |= login_rules.variables(s, p)
    if p.release_log:
        variables |= {"RELEASE_TABLE": p.release_log.table, "RELEASE_TABLE_REGION": p.release_log.region}
    variables = {name: value for name, value in variables.items() if name not in spec.secrets}
    return {**variables, **spec.environment, "RELEASE": s.release_parameters()[1]}


def _secrets(s: Stack, p: ServiceParams) -> dict[str, Any]:
    """Variable name to what ECS reads at task start: the whole secret, or one key of its JSON."""
    found: dict[str, Any] = {}
    if p.spec.uses.database:
        secret = s.need("DatabaseSecretArn").data["Ref"]
        found = {
            "DATABASE_PASSWORD": Sub(f"${{{secret}}}:password::"),
            "DATABASE_USERNAME": Sub(f"${{{secret}}}:username::"),
        }
    for name, value in p.spec.secrets.items():
        _, _, field = value.partition(":")
        found[name] = Sub(grants.secret_arn(p.scope, value) + (f":{field}::" if field else ""))
    return found
