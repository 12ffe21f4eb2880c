"""One composite alarm a service, and the database's alarms."""

from troposphere import Join, Ref, Split, Sub, cloudwatch

from templates.stack import Stack, arn, logical

# AlarmRule takes 10,240 characters and 100 alarms (CloudWatch API Reference: PutCompositeAlarm).
MINUTE = 60


def service_alarm(s: Stack, name: str, topic: Ref) -> None:
    """A composite alarm that fires when any alarm of the service does: one message instead of six.

    Needs ``XAlarms``, the names of the service's alarms joined by commas; gives ``XHealth`` and ``XHealthArn``. The
    slash in alarm names of this stack keeps them apart from those of services, whose names have none.
    """
    key = logical(name)
    names = s.need(f"{key}Alarms", about=f"Names of the alarms of {name}, joined by commas")
    alarm = s.add(
        cloudwatch.CompositeAlarm(
            f"{key}Health",
            AlarmName=f"{s.scope.prefix}/{name}",
            AlarmDescription=(
                f"{name} in {s.scope.environment} is in trouble. "
                f"See which of its alarms fire on the dashboard {s.scope.prefix}, then roll back or fix."
            ),
            # The number of alarms is the service's own business: their names are joined when the stack is created.
            AlarmRule=Sub('ALARM("${Names}")', Names=Join('") OR ALARM("', Split(",", names))),
            AlarmActions=[topic],
            OKActions=[topic],
        ),
        f"One alarm stands for all alarms of {name}, so that one fault is one message.",
    )
    s.give(f"{key}Health", Ref(alarm), f"Name of the composite alarm of {name}")
    s.give(f"{key}HealthArn", arn(alarm), f"ARN of the composite alarm of {name}")


def database_alarms(s: Stack, topic: Ref) -> None:
    """Free storage under 2 GiB, CPU over 90 % for 15 minutes."""
    database = s.need("DatabaseIdentifier", about="The database instance, as CloudWatch names it")
    rows = (
        ("Storage", "FreeStorageSpace", 2 * 1024**3, "LessThanThreshold", 3, "less than 2 GiB free; raise the storage"),
        ("Cpu", "CPUUtilization", 90, "GreaterThanThreshold", 15, "CPU over 90 % for 15 minutes; find the slow query"),
    )
    for part, metric, threshold, comparison, minutes, text in rows:
        s.add(
            cloudwatch.Alarm(
                f"Database{part}Alarm",
                AlarmName=f"{s.scope.prefix}/database/{part.lower()}",
                AlarmDescription=f"Database of {s.scope.environment}: {text}.",
                Namespace="AWS/RDS",
                MetricName=metric,
                Dimensions=[cloudwatch.MetricDimension(Name="DBInstanceIdentifier", Value=database)],
                Statistic="Average",
                Period=MINUTE,
                EvaluationPeriods=minutes,
                Threshold=threshold,
                ComparisonOperator=comparison,
                TreatMissingData="missing",
                AlarmActions=[topic],
                OKActions=[topic],
            ),
            f"Says so before the database stops: {text.split(';')[0]}.",
        )
