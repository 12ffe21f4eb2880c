"""An event-driven Lambda function: one trigger, a dead-letter queue, its own log group, and no more rights than it needs.

A release of its code changes one resource, the function: everything else names it by ``Ref``, never by attribute.
"""

from typing import Any

from troposphere import GetAtt, Parameter, Ref, Sub, Template, awslambda, iam, logs, sqs
from troposphere import cloudwatch as cw

from templates import grants
from templates.function.triggers import add_trigger, dead_letter_queue
from templates.params.function import FunctionParams, faults
from templates.policies import actions, allow, document, trust
from templates.stack import Stack, arn, logical

# Content-addressed: what was approved can't be another file later.
CODE_KEY_PATTERN = r"^[A-Za-z0-9._/-]*[0-9a-f]{64}\.zip$"


class JsonLogging(awslambda.LoggingConfig):
    """troposphere 4.11 lacks ``LogFormat``: another class of the same name replaced this one."""

    props = {**awslambda.LoggingConfig.props, "LogFormat": (str, False)}


def build(p: FunctionParams) -> Template:
    """The stack of one function; gives ``XFunctionArn`` and ``XFunctionName``, and with a queue of its own ``XQueueUrl`` and ``XQueueArn``.

    Raises:
        ValueError: no trigger or several, inline code that is too long, a variable or placeholder that can't be.
    """
    wrong = [f"{path}: {problem}" for path, problem in faults(p.spec, p.source)]
    if wrong:
        raise ValueError(f"function {p.name}: " + "; ".join(wrong))
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: function {p.name}",
        architecture="A Lambda function outside the VPC, started by one trigger; what it fails at waits in a queue.",
    )
    group = s.keep(
        logs.LogGroup("Logs", RetentionInDays=p.spec.log_retention_days, KmsKeyId=s.need("KeyArn")),
        "What the function prints.",
    )
    dead = dead_letter_queue(s)
    function = s.add(_function(s, p, group, dead), "The code of this stack.", mutability={"Code": "free-to-tune"})
    add_trigger(s, p, function, dead)
    _alarms(s, p, function, dead)
    s.give(logical(p.name, "FunctionArn"), function_arn(function), "ARN of the function")
    s.give(logical(p.name, "FunctionName"), Ref(function), "Name of the function")
    return s.template


def function_arn(function: awslambda.Function) -> Sub:
    """The function's ARN from its name: ``GetAtt`` would make every release of code touch whatever uses it."""
    return Sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:${{{function.title}}}")


def _function(s: Stack, p: FunctionParams, group: logs.LogGroup, dead: sqs.Queue) -> awslambda.Function:
    spec = p.spec
    function = awslambda.Function(
        "Function",
        FunctionName=f"{p.scope.prefix}-{p.name}",
        Description=f"{p.name} of {p.scope.prefix}",
        Runtime=spec.runtime,
        Handler=spec.handler,
        Architectures=[spec.architecture],
        MemorySize=spec.memory,
        Timeout=spec.timeout,
        Role=arn(_role(s, p, group, dead)),
        Code=_code(s, p),
        Environment=awslambda.Environment(Variables=dict(sorted(_variables(s, p).items()))),
        LoggingConfig=JsonLogging(LogGroup=Ref(group), LogFormat="JSON"),
    )
    if spec.concurrency:
        function.ReservedConcurrentExecutions = spec.concurrency
    if not spec.queue:
        # Lambda itself puts an event there after two retries; a queue has its own redrive.
        function.DeadLetterConfig = awslambda.DeadLetterConfig(TargetArn=GetAtt(dead, "Arn"))
    return function


def _code(s: Stack, p: FunctionParams) -> awslambda.Code:
    """Inline source, or the artifact that a release names."""
    if p.source is not None:
        return awslambda.Code(ZipFile=p.source)
    s.template.add_parameter(Parameter("CodeBucket", Type="String", Description="Bucket of this release's code"))
    s.template.add_parameter(
        Parameter(
            "CodeKey",
            Type="String",
            AllowedPattern=CODE_KEY_PATTERN,
            ConstraintDescription="A key that ends with the file's SHA-256 and .zip.",
            Description="Code of this release, by digest",
        )
    )
    # A key names whatever was written to it last; the version is what was published.
    s.template.add_parameter(
        Parameter("CodeVersion", Type="String", MinLength=1, Description="Version id of the code's object")
    )
    return awslambda.Code(S3Bucket=Ref("CodeBucket"), S3Key=Ref("CodeKey"), S3ObjectVersion=Ref("CodeVersion"))


def _variables(s: Stack, p: FunctionParams) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "ENVIRONMENT": p.scope.environment,
        "PLATFORM": p.scope.platform,
        **grants.data_variables(s, p.spec.tables, p.spec.buckets),
    }
    if p.spec.wake_queue:
        # The queue may stand in another account and Region, which boto3 does not read from a queue's URL.
        variables |= {"WAKE_QUEUE_URL": s.need("WakeQueueUrl"), "WAKE_QUEUE_REGION": p.home_region}
    return {**variables, **p.spec.environment}


def _role(s: Stack, p: FunctionParams, group: logs.LogGroup, dead: sqs.Queue) -> iam.Role:
    spec = p.spec
    statements = [
        allow("Log", actions("logs", "CreateLogStream", "PutLogEvents"), [GetAtt(group, "Arn")]),
        *grants.tables(s, spec.tables),
        *grants.buckets(s, spec.buckets),
    ]
    if spec.queue:
        take = actions("sqs", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        statements.append(allow("Take", take, [GetAtt("Queue", "Arn")]))
    else:
        statements.append(allow("DeadLetter", actions("sqs", "SendMessage"), [GetAtt(dead, "Arn")]))
    if spec.wake_queue:
        statements.append(allow("Wake", actions("sqs", "SendMessage"), [s.need("WakeQueueArn")]))
    through = [name for name, used in (("dynamodb", spec.tables), ("s3", spec.buckets)) if used]
    if through:
        statements.append(grants.key(s, *through, sid="DataKey", write=True))
    role = iam.Role(
        "Role",
        Path=p.scope.role_path,
        PermissionsBoundary=s.need("BoundaryArn", about="Permission boundary of every workload role"),
        # No source condition: AWS documents none for the role that Lambda runs a function with.
        AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
        Policies=[iam.Policy(PolicyName="function", PolicyDocument=document(*statements))],
    )
    return s.add(role, "What the function's code may do.")


def _alarms(s: Stack, p: FunctionParams, function: awslambda.Function, dead: sqs.Queue) -> None:
    rows: tuple[tuple[str, str, str, str, str, Any, str], ...] = (
        ("Errors", "errors", "AWS/Lambda", "Errors", "FunctionName", Ref(function), "fails; read its log group"),
        (
            "DeadLetters", "dead-letters", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName",
            GetAtt(dead, "QueueName"), "gave up on events; look at its dead-letter queue",
        ),
    )  # fmt: skip
    for title, suffix, namespace, metric, dimension, value, about in rows:
        alarm = cw.Alarm(
            f"{title}Alarm",
            AlarmName=f"{p.scope.prefix}-{p.name}-{suffix}",
            AlarmDescription=f"Function {p.name} {about}.",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[cw.MetricDimension(Name=dimension, Value=value)],
            Statistic="Sum" if namespace == "AWS/Lambda" else "Maximum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
            AlarmActions=[s.need("AlertsTopicArn")],
        )
        s.add(alarm, f"People hear when the function {about.partition(';')[0]}.")
