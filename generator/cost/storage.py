"""Storage: databases, tables, buckets, repositories, queues, logs."""

from collections.abc import Iterator

from generator.cost.model import ZERO, Charge, Range, steady
from generator.cost.template_resources import Context, Resource, mentions, number, tasks_of, text


def database(r: Resource, c: Context) -> Iterator[Charge]:
    """An RDS instance with its storage; Multi-AZ doubles both. A master password that RDS manages is a secret."""
    kind = text(r.props.get("DBInstanceClass"), "DBInstanceClass")
    copies = 2 if r.props.get("MultiAZ") in (True, "true") else 1
    size = number(r.props.get("AllocatedStorage"), "AllocatedStorage")
    largest = number(r.props.get("MaxAllocatedStorage", size), "MaxAllocatedStorage")
    what = f"{kind}{', Multi-AZ' if copies == 2 else ''}"
    yield c.rates.charge(what, (f"rds:{kind}", steady(copies * c.usage.hours)))
    storage = steady(copies * size)
    grown = Range(storage.min, storage.typical, copies * max(size, largest))
    yield c.rates.charge(f"{size:g} GB, grows to {max(size, largest):g}", ("rds_gp3_gb", grown))
    if r.props.get("ManageMasterUserPassword") in (True, "true"):
        yield c.rates.charge("managed password", ("secret", steady(1)))


def table(r: Resource, c: Context) -> Iterator[Charge]:
    """A DynamoDB table that is billed per request."""
    usage = c.usage
    parts = [
        ("dynamodb_reads_million", usage.table_reads_million),
        ("dynamodb_writes_million", usage.table_writes_million),
        ("dynamodb_gb", usage.table_gb),
    ]
    if r.props.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") in (True, "true"):
        parts.append(("dynamodb_backup_gb", usage.table_gb))
    yield c.rates.charge("requests and storage", *parts)


def bucket(r: Resource, c: Context) -> Iterator[Charge]:
    """An S3 bucket's storage; requests are too few to matter."""
    del r
    yield c.rates.charge("storage", ("s3_gb", c.usage.bucket_gb))


def repository(r: Resource, c: Context) -> Iterator[Charge]:
    """An ECR repository's images."""
    del r
    yield c.rates.charge("images", ("ecr_gb", c.usage.repository_gb))


def queue(r: Resource, c: Context) -> Iterator[Charge]:
    """An SQS queue; one that only takes dead letters is never polled."""
    if any(mentions(props.get("RedrivePolicy"), r.name) for _, props in r.of("AWS::SQS::Queue")):
        return
    yield c.rates.charge("requests", ("sqs_million", c.usage.queue_million))


def log_group(r: Resource, c: Context) -> Iterator[Charge]:
    """The data that a log group receives. Stored data of a week or a month costs about a hundredth of that."""
    volume, what = c.usage.quiet_log_gb, "log lines"
    tasks, serving = ZERO, ZERO
    for definition, _ in r.users("AWS::ECS::TaskDefinition"):
        for name, service in r.of("AWS::ECS::Service"):
            if mentions(service.get("TaskDefinition"), definition):
                running = tasks_of(Resource(r.stack, name, "AWS::ECS::Service", service, r.siblings))
                tasks += running
                serving += running if service.get("LoadBalancers") else ZERO
    if tasks.max:
        volume, what = c.usage.log_gb(tasks, serving), "log lines of tasks"
    elif r.users("AWS::EC2::FlowLog"):
        volume, what = c.usage.flow_log_gb, "flow logs"
    yield c.rates.charge(what, ("logs_gb", volume), ("logs_storage_gb", volume))
