"""FIS experiments: kill tasks, lose a zone, slow the database down. They run only when somebody starts one.

Action ids, parameters and permissions: AWS FIS User Guide, "AWS FIS actions reference" and "Use the AWS FIS
aws:ecs:task actions".
"""

from typing import assert_never

from troposphere import GetAtt, Template, fis, logs

from templates.chaos.experiments import database_latency, kill_tasks, zone_loss
from templates.chaos.guard import guard_alarm
from templates.chaos.roles import instance_role, role
from templates.params.operations import ChaosParams
from templates.stack import Stack


def build(p: ChaosParams) -> Template:
    """One experiment template for every experiment and service it is about, with a role that can do only that.

    Raises:
        ValueError: an experiment without anything to hit, such as database latency where no service uses a database.
    """
    _check(p)
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: chaos",
        architecture="Fault injection that stops by itself as soon as people would notice.",
    )
    group = s.keep(
        logs.LogGroup(
            "ExperimentLog",
            LogGroupName=f"/{p.scope.platform}/{p.scope.environment}/chaos",
            RetentionInDays=p.log_retention_days,
            KmsKeyId=s.need("KeyArn", about="The environment's KMS key"),
        ),
        "Which targets an experiment found and what it did to them.",
        policy="Delete",
    )
    common = {
        "RoleArn": GetAtt(role(s, p), "Arn"),
        "LogConfiguration": fis.ExperimentTemplateLogConfiguration(
            LogSchemaVersion=2,
            CloudWatchLogsConfiguration=fis.CloudWatchLogsConfiguration(LogGroupArn=GetAtt(group, "Arn")),
        ),
        "ExperimentOptions": fis.ExperimentTemplateExperimentOptions(
            AccountTargeting="single-account", EmptyTargetResolutionMode="fail"
        ),
    }
    guard = guard_alarm(s)
    for experiment in p.chaos.experiments:
        match experiment:
            case "kill-tasks":
                kill_tasks(s, p, common, guard)
            case "zone-loss":
                zone_loss(s, p, common, guard)
            case "database-latency":
                instance_role(s)
                database_latency(s, p, common, guard)
            case _:
                assert_never(experiment)
    return s.template


def _check(p: ChaosParams) -> None:
    if "kill-tasks" in p.chaos.experiments and not p.services:
        raise ValueError("chaos.experiments: kill-tasks needs a service; add one, or remove the experiment")
    if "database-latency" in p.chaos.experiments and not p.database_services:
        raise ValueError(
            "chaos.experiments: database-latency needs a service with `uses: {database: true}`; add it, or remove the experiment"
        )
