"""The bot itself: a front that talks to Slack over Socket Mode and a worker that moves releases, as two ECS services.

Nothing reaches them from outside: Slack is called over a WebSocket that the front opens. Their roles stand in home,
because the worker assumes a role in every account.

Before the Slack tokens are filled in (``aws secretsmanager put-secret-value``) both parts must start, stay healthy and
say in their log what is missing: the secret is created by this stack, so its first creation can't wait for them.
"""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from troposphere import GetAtt, Ref, Sub, cloudwatch, ec2, ecs, iam, logs, secretsmanager

from templates import grants
from templates.bot import alarms
from templates.network.groups import closed_group, tcp
from templates.policies import actions, allow, document, trust
from templates.stack import Stack, arn, logical

if TYPE_CHECKING:
    from troposphere import AWSHelperFn, Template

    from templates.params.operations import BotParams

# Where each part answers /healthz; no security group opens it, ECS asks inside the container.
HEALTH_PORT = 8080
_PROBE = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{HEALTH_PORT}/healthz', timeout=4)"


class _Part(NamedTuple):
    """``python -m bot COMMAND``, and which tokens it gets."""

    name: str
    command: str
    tokens: tuple[str, ...]


class _Shared(NamedTuple):
    """What both parts use."""

    logs: logs.LogGroup
    secret: secretsmanager.Secret
    network: ec2.SecurityGroup
    starter: iam.Role
    errors: cloudwatch.Alarm


# The signing secret is used by the HTTP transport alone; an absent key would keep tasks from starting.
_FRONT = _Part("front", "web", ("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"))
_WORKER = _Part("worker", "worker", ("SLACK_BOT_TOKEN",))
_MUTABILITY = {"TaskDefinition": "free-to-tune", "ServiceName": "must-never-change"}


def build(p: "BotParams") -> "Template":
    """The bot's stack; gives ``BotSecretArn``, ``BotFrontServiceArn`` and ``BotWorkerServiceArn``.

    Takes the two task roles, table, queue, buckets and signing key from home, the image from a release.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: Slack bot, front and worker",
        architecture="The front asks, the worker decides: Slack never reaches the process that can change a stack.",
    )
    group = s.keep(
        logs.LogGroup(
            "Logs",
            LogGroupName=f"/{p.scope.platform}/{p.scope.environment}/bot",
            RetentionInDays=p.log_retention_days,
            KmsKeyId=s.need("KeyArn", about="KMS key of the environment"),
        ),
        "What both parts print; it outlives them so that a failure can be explained.",
    )
    secret = _secret(s, p)
    network = s.add(
        closed_group(
            "SecurityGroup",
            f"{p.scope.prefix}: bot",
            s.need("VpcId", "AWS::EC2::VPC::Id", "The VPC"),
            egress=[tcp(443, "0.0.0.0/0", "Slack and AWS over HTTPS")],
        ),
        "Nothing comes in; Slack and AWS have no fixed addresses, so going out is open on 443.",
    )
    shared = _Shared(group, secret, network, _execution_role(s, group, secret), alarms.add_errors(s, p, group))
    for part, role, count in (
        (_FRONT, s.need("BotTaskRoleArn", about="Task role of the front"), p.bot.fronts),
        (_WORKER, s.need("WorkerRoleArn", about="Role of the worker"), p.bot.workers),
    ):
        service = _service(s, p, part, count, shared)
        service.TaskDefinition = Ref(_task(s, p, part, role, shared))
        s.add(service, f"Keeps the bot's {part.name} running.", mutability=_MUTABILITY)
        s.give(logical("bot", part.name, "service-arn"), Ref(service), f"ECS service of the bot's {part.name}")
        alarms.add_running(s, p, part.name, f"bot-{part.name}")
    alarms.add_queues(s, p)
    s.give("BotSecretArn", Ref(secret), "Secret that holds the Slack tokens")
    return s.template


def _secret(s: Stack, p: "BotParams") -> secretsmanager.Secret:
    """Slack's tokens, empty until somebody fills them in; a later update of the stack leaves what was filled in.

    Secrets Manager creates a value only when a property here changes (CloudFormation: AWS::SecretsManager::Secret).
    """
    names = sorted({*_FRONT.tokens, *_WORKER.tokens})
    return s.keep(
        secretsmanager.Secret(
            "SlackTokens",
            Name=f"{p.scope.platform}/{p.scope.environment}/bot",
            Description="Slack tokens of the bot: " + ", ".join(names),
            KmsKeyId=s.need("KeyArn"),
            GenerateSecretString=secretsmanager.GenerateSecretString(
                SecretStringTemplate=json.dumps(dict.fromkeys(names, "")), GenerateStringKey="placeholder"
            ),
        ),
        "The tokens live here alone; tasks get them when they start.",
        mutability={"GenerateSecretString": "must-never-change"},
    )


def _execution_role(s: Stack, group: logs.LogGroup, secret: secretsmanager.Secret) -> iam.Role:
    pull = actions("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
    return s.add(
        iam.Role(
            "ExecutionRole",
            # Beside those of the environments: what starts the bot reads the Slack tokens.
            Path=f"{s.scope.workload_path}bot/",
            PermissionsBoundary=s.need("BoundaryArn", about="Permission boundary of every workload role"),
            AssumeRolePolicyDocument=trust(
                "ecs-tasks.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    "ArnLike": {
                        "aws:SourceArn": Sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*"),
                    },
                },
            ),
            Policies=[
                iam.Policy(
                    PolicyName="start-tasks",
                    PolicyDocument=document(
                        # The login is for a whole registry: this action takes no resource (Service Authorization Reference).
                        allow("Login", actions("ecr", "GetAuthorizationToken"), ["*"]),
                        allow("Pull", pull, [s.need("BotRepositoryArn", about="ECR repository of the bot")]),
                        allow("Log", actions("logs", "CreateLogStream", "PutLogEvents"), [GetAtt(group, "Arn")]),
                        allow("Tokens", actions("secretsmanager", "GetSecretValue"), [Ref(secret)]),
                        grants.key(s, "secretsmanager"),
                    ),
                )
            ],
        ),
        "ECS starts the tasks with it; the code inside never gets it. ECR's login takes no resource.",
    )


def _task(s: Stack, p: "BotParams", part: _Part, role: "AWSHelperFn", shared: _Shared) -> ecs.TaskDefinition:
    image, release = s.release_parameters()
    variables: dict[str, Any] = {
        "ARTIFACT_BUCKET": s.need("ArtifactBucket"),
        "AUDIT_BUCKET": s.need("AuditBucket"),
        "AUDIT_KEY_ARN": s.need("AuditKeyArn"),
        "ENVIRONMENT": p.scope.environment,
        "HEALTH_PORT": str(HEALTH_PORT),
        "PLATFORM": p.scope.platform,
        "RELEASE": release,
        "RELEASE_QUEUE_URL": s.need("ReleaseQueueUrl"),
        "RELEASE_TABLE": s.need("ReleaseTable"),
    }
    if part is _FRONT:
        variables = {name: value for name, value in variables.items() if not name.startswith("AUDIT_")}
    else:
        # The worker takes a person's word from the front alone, whom SQS attests by its role's id.
        variables["FRONT_SENDERS"] = s.need("BotTaskRoleId", about="Id of the front's role")
        variables["OPEN_SENDERS"] = s.need("OpenRoleId", about="Id of the role that may open releases and nothing else")
        variables["WAKE_QUEUE_URL"] = s.need("WakeQueueUrl", about="URL of the queue of wake-ups")
    container = ecs.ContainerDefinition(
        Name=part.name,
        Image=image,
        Essential=True,
        Command=["python", "-m", "bot", part.command],
        User="10001:10001",
        Privileged=False,
        ReadonlyRootFilesystem=True,
        LinuxParameters=ecs.LinuxParameters(InitProcessEnabled=True, Capabilities=ecs.KernelCapabilities(Drop=["ALL"])),
        # A worker ends the step that it is in; whatever it leaves, another one takes up from the log.
        StopTimeout=60,
        HealthCheck=ecs.HealthCheck(
            Command=["CMD", "python", "-c", _PROBE], Interval=30, Timeout=5, Retries=3, StartPeriod=60
        ),
        Environment=[ecs.Environment(Name=name, Value=value) for name, value in sorted(variables.items())],
        Secrets=[ecs.Secret(Name=name, ValueFrom=Sub(f"${{{shared.secret.title}}}:{name}::")) for name in part.tokens],
        LogConfiguration=ecs.LogConfiguration(
            LogDriver="awslogs",
            Options={
                "awslogs-group": Ref(shared.logs),
                "awslogs-region": Ref("AWS::Region"),
                "awslogs-stream-prefix": part.name,
                "mode": "non-blocking",
                "max-buffer-size": "4m",
            },
        ),
    )
    return s.keep(
        ecs.TaskDefinition(
            f"{part.name.title()}Task",
            Family=f"{p.scope.prefix}-bot-{part.name}",
            Cpu=str(p.bot.cpu),
            Memory=str(p.bot.memory),
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            RuntimePlatform=ecs.RuntimePlatform(CpuArchitecture=p.bot.architecture, OperatingSystemFamily="LINUX"),
            ExecutionRoleArn=arn(shared.starter),
            TaskRoleArn=role,
            ContainerDefinitions=[container],
        ),
        f"The bot's {part.name}: one image by digest, with the commit that it was built from.",
        must=["Keep old revisions registered: a rollback starts tasks from them."],
    )


def _service(s: Stack, p: "BotParams", part: _Part, count: int, shared: _Shared) -> ecs.Service:
    """Rolling, with the circuit breaker. DesiredCount stands here because nothing scales the bot but its settings."""
    return ecs.Service(
        f"{part.name.title()}Service",
        ServiceName=f"bot-{part.name}",
        Cluster=s.need("ClusterName", about="ECS cluster of the environment"),
        SchedulingStrategy="REPLICA",
        DesiredCount=count,
        DeploymentController=ecs.DeploymentController(Type="ECS"),
        DeploymentConfiguration=ecs.DeploymentConfiguration(
            Strategy="ROLLING",
            MinimumHealthyPercent=100,
            MaximumPercent=200,
            DeploymentCircuitBreaker=ecs.DeploymentCircuitBreaker(Enable=True, Rollback=True),
            Alarms=ecs.DeploymentAlarms(AlarmNames=[Ref(shared.errors)], Enable=True, Rollback=True),
        ),
        AvailabilityZoneRebalancing="ENABLED",
        CapacityProviderStrategy=[
            ecs.CapacityProviderStrategyItem(CapacityProvider="FARGATE_SPOT" if p.bot.spot else "FARGATE", Weight=1)
        ],
        NetworkConfiguration=ecs.NetworkConfiguration(
            AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                AssignPublicIp="DISABLED",
                Subnets=s.need("PrivateSubnets", "List<AWS::EC2::Subnet::Id>", "Private subnets"),
                SecurityGroups=[Ref(shared.network)],
            )
        ),
        EnableECSManagedTags=True,
        EnableExecuteCommand=False,
        PropagateTags="SERVICE",
    )
