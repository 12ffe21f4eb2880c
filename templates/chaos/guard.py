"""When an experiment has to stop: the environment's own alarm, and those of the services."""

from troposphere import AWSHelperFn, GetAtt, cloudwatch, fis

from templates.stack import Stack, logical

# FIS User Guide, "Quotas and limitations": stop conditions per experiment template.
MAX_STOP_CONDITIONS = 5
FAILED_PERCENT = 10
MINUTE = 60


def guard_alarm(s: Stack) -> cloudwatch.Alarm:
    """An alarm on the whole load balancer: more than 10 % of a minute's answers are errors.

    It covers every service of the environment, however many there are, in one stop condition. Requests that fail
    because no task is left count too, because the load balancer answers those itself.
    """
    load_balancer = s.need("LoadBalancerFullName", about="Load balancer, as CloudWatch names it")

    def query(key: str, metric: str) -> cloudwatch.MetricDataQuery:
        return cloudwatch.MetricDataQuery(
            Id=key,
            ReturnData=False,
            MetricStat=cloudwatch.MetricStat(
                Metric=cloudwatch.Metric(
                    Namespace="AWS/ApplicationELB",
                    MetricName=metric,
                    Dimensions=[cloudwatch.MetricDimension(Name="LoadBalancer", Value=load_balancer)],
                ),
                Period=MINUTE,
                Stat="Sum",
            ),
        )

    return s.add(
        cloudwatch.Alarm(
            "Guard",
            AlarmName=f"{s.scope.prefix}/chaos/guard",
            AlarmDescription=f"More than {FAILED_PERCENT} % of the answers in {s.scope.environment} fail; experiments stop.",
            Metrics=[
                query("targets", "HTTPCode_Target_5XX_Count"),
                query("balancer", "HTTPCode_ELB_5XX_Count"),
                query("requests", "RequestCount"),
                cloudwatch.MetricDataQuery(
                    Id="failed",
                    Label="failed answers (%)",
                    # Without any request nobody suffers; RequestCount leaves out what no target could take.
                    Expression="100*(FILL(targets,0)+FILL(balancer,0))/(FILL(requests,0)+FILL(balancer,0)+1)",
                    ReturnData=True,
                ),
            ],
            EvaluationPeriods=1,
            Threshold=FAILED_PERCENT,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
        ),
        "Ends any experiment within a minute once people feel it.",
    )


def stop_conditions(
    s: Stack, guard: cloudwatch.Alarm, services: tuple[str, ...]
) -> list[fis.ExperimentTemplateStopCondition]:
    """The guard, then the alarms of the services that the experiment hits, as many as FIS takes.

    The services' alarms are metric alarms: FIS documents no composite ones.
    """
    alarms: list[AWSHelperFn] = [GetAtt(guard, "Arn")]
    alarms += [
        s.need(f"{logical(name)}AlarmArn", about=f"Alarm that says {name} is unhealthy")
        for name in services[: MAX_STOP_CONDITIONS - 1]
    ]
    return [fis.ExperimentTemplateStopCondition(Source="aws:cloudwatch:alarm", Value=alarm) for alarm in alarms]
