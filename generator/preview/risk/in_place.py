"""The effects of changes in place, by type and property. What is not listed is unknown, never safe."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact, list_rules, value_rules
from generator.preview.risk.cited_fact import Fact, Rule, TypeRules
from generator.preview.risk.data_stores import DATA_STORES
from generator.preview.risk.edge_changes import EDGE
from generator.preview.risk.network_changes import NETWORK

_NEW_TASKS = Fact("restart", "starts a new deployment: new tasks replace the old ones", cited_fact.ECS_UPDATE)
_NEXT_ROLLOUT = Fact("none", "applies from the next deployment on", cited_fact.ECS_UPDATE)
_NEXT_TASKS = Fact("none", "applies to tasks that start from now on", cited_fact.ECS_UPDATE)
_NEW_CODE = Fact("restart", "calls from now on run in new environments", cited_fact.LAMBDA_UPDATE)


def _quiet(kind: str, why: str, *properties: str) -> tuple[str, TypeRules]:
    """A type whose changes affect nothing that is running. With ``properties``, only those."""
    fact = Fact("none", why, cited_fact.page(kind))
    return (kind, TypeRules(dict.fromkeys(properties, fact))) if properties else (kind, TypeRules({}, fact))


def _none(source: str, why: str, *properties: str) -> dict[str, Rule]:
    return dict.fromkeys(properties, Fact("none", why, source))


_MACHINE = ("LoggingConfiguration", "TracingConfiguration", "EncryptionConfiguration", "RoleArn", "Tags")
_NEW_MACHINE = Fact(
    "restart",
    "new executions use the new definition; running ones continue with the old one",
    cited_fact.page("AWS::StepFunctions::StateMachine"),
)
_SCHEDULE = cited_fact.page("AWS::Scheduler::Schedule")

IN_PLACE: Mapping[str, TypeRules] = {
    **DATA_STORES,
    **NETWORK,
    **EDGE,
    **dict(
        (
            _quiet("AWS::CloudWatch::Alarm", "monitoring changes; no running resource is changed"),
            _quiet("AWS::CloudWatch::CompositeAlarm", "monitoring changes; no running resource is changed"),
            _quiet("AWS::CloudWatch::Dashboard", "a dashboard changes; no running resource is changed"),
            _quiet("AWS::Logs::MetricFilter", "monitoring changes; no running resource is changed"),
            _quiet("AWS::Budgets::Budget", "monitoring changes; no running resource is changed"),
            _quiet("AWS::EC2::FlowLog", "recording changes; no running resource is changed"),
            _quiet("AWS::FIS::ExperimentTemplate", "applies to experiments that are started from now on"),
            _quiet("AWS::ApplicationAutoScaling::ScalingPolicy", "applies to the next scaling decision"),
            _quiet("AWS::ServiceDiscovery::HttpNamespace", "descriptions and tags change"),
            _quiet("AWS::EC2::LaunchTemplate", "applies to instances that start from the new version"),
            _quiet("AWS::ECS::Cluster", "settings of the cluster change; its tasks keep running"),
            _quiet("AWS::ECS::CapacityProvider", "applies to the next scaling decision"),
            _quiet("AWS::IAM::Role", "names and limits change", "Description", "MaxSessionDuration", "Tags"),
            _quiet("AWS::EC2::SecurityGroupIngress", "the description changes", "Description"),
            _quiet("AWS::EC2::SecurityGroupEgress", "the description changes", "Description"),
        )
    ),
    "AWS::StepFunctions::StateMachine": TypeRules(
        {
            **_none(cited_fact.page("AWS::StepFunctions::StateMachine"), "executions continue", *_MACHINE),
            **dict.fromkeys(
                ("Definition", "DefinitionString", "DefinitionS3Location", "DefinitionSubstitutions"), _NEW_MACHINE
            ),
        }
    ),
    "AWS::Scheduler::Schedule": TypeRules(
        {
            "State": value_rules.switch(
                lambda edit: edit.after != "DISABLED",
                off=Fact("downtime", "its targets are not started until it is enabled again", _SCHEDULE),
                on=Fact("none", "its targets are started", _SCHEDULE),
            ),
            "Description": Fact("none", "the description changes", _SCHEDULE),
            "ScheduleExpression": Fact("unknown", "its targets are started at other times", _SCHEDULE),
        }
    ),
    "AWS::ECS::Service": TypeRules(
        {
            "TaskDefinition": value_rules.task_definition,
            "DesiredCount": value_rules.desired_count,
            **dict.fromkeys(
                (
                    "NetworkConfiguration",
                    "PlatformVersion",
                    "ForceNewDeployment",
                    "ServiceConnectConfiguration",
                    "VolumeConfigurations",
                    "VpcLatticeConfigurations",
                ),
                _NEW_TASKS,
            ),
            **dict.fromkeys(("DeploymentConfiguration", "HealthCheckGracePeriodSeconds"), _NEXT_ROLLOUT),
            **dict.fromkeys(
                (
                    "EnableExecuteCommand",
                    "PlacementConstraints",
                    "PlacementStrategies",
                    "AvailabilityZoneRebalancing",
                    "PropagateTags",
                    "EnableECSManagedTags",
                ),
                _NEXT_TASKS,
            ),
            "LoadBalancers": value_rules.targets,
            "ServiceRegistries": value_rules.registries,
            "CapacityProviderStrategy": value_rules.capacity_strategy,
        }
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": TypeRules(
        {
            "DefaultCapacityProviderStrategy": _NEXT_TASKS,
            "CapacityProviders": list_rules.only_adds(
                "services that use a removed provider can't start tasks",
                cited_fact.page("AWS::ECS::ClusterCapacityProviderAssociations"),
            ),
        }
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": TypeRules(
        {
            "MinCapacity": Fact(
                "none", "the least number of tasks changes with the next scaling decision", cited_fact.SCALING_TARGETS
            ),
            "MaxCapacity": value_rules.capacity,
            **_none(
                cited_fact.SCALING_TARGETS,
                "applies to the next scaling decision",
                "ScheduledActions",
                "SuspendedState",
                "RoleARN",
            ),
        }
    ),
    "AWS::AutoScaling::AutoScalingGroup": TypeRules(
        {
            **_none(
                cited_fact.ASG_UPDATES,
                "applies to instances that start from now on",
                "LaunchTemplate",
                "MixedInstancesPolicy",
                "DefaultInstanceWarmup",
                "CapacityRebalance",
                "MetricsCollection",
                "NewInstancesProtectedFromScaleIn",
            ),
            "MinSize": value_rules.lower_number("fewer instances may run", "none", cited_fact.ASG_UPDATES),
            **dict.fromkeys(("MaxSize", "DesiredCapacity"), value_rules.instances),
        }
    ),
    "AWS::EC2::Instance": TypeRules(
        {
            "InstanceType": Fact("downtime", "the instance is stopped and started again", cited_fact.EC2_RESIZE),
            "EbsOptimized": Fact("downtime", "the instance is stopped and started again", cited_fact.EC2_RESIZE),
            "UserData": Fact(
                "downtime", "the instance is stopped and started again", cited_fact.page("AWS::EC2::Instance")
            ),
            **_none(
                cited_fact.page("AWS::EC2::Instance"),
                "the instance keeps running",
                "Monitoring",
                "DisableApiTermination",
                "SourceDestCheck",
            ),
            "IamInstanceProfile": Fact(
                "unknown", "what runs there gets the permissions of another role", cited_fact.page("AWS::EC2::Instance")
            ),
        }
    ),
    "AWS::Lambda::Function": TypeRules(
        {
            **dict.fromkeys(
                (
                    "Code",
                    "Environment",
                    "Runtime",
                    "Handler",
                    "Layers",
                    "VpcConfig",
                    "Role",
                    "Architectures",
                    "EphemeralStorage",
                    "ImageConfig",
                    "LoggingConfig",
                    "TracingConfig",
                    "SnapStart",
                    "FileSystemConfigs",
                ),
                _NEW_CODE,
            ),
            "Timeout": value_rules.lower_limit("calls that take longer are cut off", 3.0, _NEW_CODE),
            "MemorySize": value_rules.lower_limit(
                "calls that need more memory fail, and all are slower", 128.0, _NEW_CODE
            ),
            "ReservedConcurrentExecutions": value_rules.concurrency,
            **_none(cited_fact.LAMBDA_UPDATE, "calls continue as before", "Description", "DeadLetterConfig"),
        }
    ),
    "AWS::Lambda::EventSourceMapping": TypeRules(
        {
            "Enabled": value_rules.switch(
                lambda edit: True if edit.after is None else edit.after,
                off=Fact(
                    "interruption",
                    "events wait until it is enabled again",
                    cited_fact.page("AWS::Lambda::EventSourceMapping"),
                ),
                on=Fact("none", "events are received", cited_fact.page("AWS::Lambda::EventSourceMapping")),
            ),
            **_none(
                cited_fact.page("AWS::Lambda::EventSourceMapping"),
                "events are received in batches of another size",
                "BatchSize",
                "MaximumBatchingWindowInSeconds",
                "ScalingConfig",
                "ParallelizationFactor",
                "FunctionResponseTypes",
            ),
        }
    ),
    "AWS::Events::Rule": TypeRules(
        {
            "State": value_rules.switch(
                lambda edit: edit.after != "DISABLED",
                off=Fact("downtime", "events are dropped until it is enabled again", cited_fact.EVENTS_OFF),
                on=Fact("none", "events are forwarded", cited_fact.page("AWS::Events::Rule")),
            ),
            "Description": Fact("none", "the description changes", cited_fact.page("AWS::Events::Rule")),
            "ScheduleExpression": Fact(
                "unknown", "its targets are started at other times", cited_fact.page("AWS::Events::Rule")
            ),
            "Targets": list_rules.only_adds(
                "a removed target gets no more events", cited_fact.page("AWS::Events::Rule")
            ),
        }
    ),
    "AWS::Lambda::Url": TypeRules(
        {
            "AuthType": value_rules.url_authorization,
            **_none(cited_fact.page("AWS::Lambda::Url"), "calls continue as before", "InvokeMode"),
            "Cors": Fact(
                "unknown", "which web pages may call the function changes", cited_fact.page("AWS::Lambda::Url")
            ),
        }
    ),
    "AWS::CloudFormation::Stack": TypeRules(
        {}, Fact("unknown", "what changes inside a nested stack is not shown here", cited_fact.CHANGE_SETS)
    ),
    "AWS::SNS::Topic": TypeRules(
        _none(
            cited_fact.page("AWS::SNS::Topic"),
            "messages are forwarded as before",
            "DisplayName",
            "TracingConfig",
            "KmsMasterKeyId",
        )
    ),
    "AWS::CloudTrail::Trail": TypeRules(
        {
            "IsLogging": value_rules.switch(
                value_rules.value,
                off=Fact("data-loss", "calls from now on are not recorded", cited_fact.TRAIL),
                on=Fact("none", "calls are recorded", cited_fact.TRAIL),
            ),
            **_none(
                cited_fact.TRAIL,
                "recording continues",
                "EnableLogFileValidation",
                "KMSKeyId",
                "SnsTopicName",
                "CloudWatchLogsLogGroupArn",
                "CloudWatchLogsRoleArn",
            ),
        }
    ),
    "AWS::GlobalAccelerator::Accelerator": TypeRules(
        {
            "Enabled": value_rules.switch(
                lambda edit: True if edit.after is None else edit.after,
                off=Fact(
                    "downtime", "its addresses stop answering", cited_fact.page("AWS::GlobalAccelerator::Accelerator")
                ),
                on=Fact("none", "its addresses answer", cited_fact.page("AWS::GlobalAccelerator::Accelerator")),
            )
        }
    ),
}
