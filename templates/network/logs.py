"""VPC flow logs: which addresses sent what to which, kept in an encrypted log group."""

from troposphere import GetAtt, Ref, ec2, iam, logs

from templates.params.network import FlowLogs
from templates.policies import actions, allow, document, trust
from templates.stack import Stack, arn, sub

# The default fields, and whether a flow came in or went out (VPC User Guide: Flow log records, version 5).
_FORMAT = " ".join(
    f"${{{field}}}"
    for field in (
        *("version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets"),
        *("bytes", "start", "end", "action", "log-status", "flow-direction"),
    )
)


def add_flow_logs(s: Stack, p: FlowLogs, vpc: ec2.VPC) -> None:
    """Add flow logs for ``vpc`` unless they are switched off; needs ``KeyArn`` and ``BoundaryArn`` then."""
    if not p.enabled:
        return
    group = s.keep(
        logs.LogGroup(
            "FlowLogGroup",
            LogGroupName=f"/{s.scope.platform}/{s.scope.environment}/flow-logs",
            RetentionInDays=p.retention_days,
            KmsKeyId=s.need("KeyArn", about="KMS key of the environment"),
        ),
        "Keeps the flow logs for a while.",
        # A named log group that outlives its stack would make the next create fail.
        policy="Delete",
    )
    role = s.add(
        iam.Role(
            "FlowLogRole",
            Path=s.scope.role_path,
            PermissionsBoundary=s.need("BoundaryArn", about="Permissions boundary of every role"),
            AssumeRolePolicyDocument=trust(
                "vpc-flow-logs.amazonaws.com",
                {
                    "StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")},
                    "ArnLike": {
                        "aws:SourceArn": sub(
                            "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"
                        )
                    },
                },
            ),
            Policies=[
                iam.Policy(
                    PolicyName="write-flow-logs",
                    PolicyDocument=document(
                        allow(
                            "WriteFlowLogs",
                            actions("logs", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"),
                            [arn(group)],
                        )
                    ),
                )
            ],
        ),
        "Lets VPC flow logs write into their one log group.",
    )
    s.add(
        ec2.FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=Ref(vpc),
            TrafficType=p.traffic,
            LogDestinationType="cloud-watch-logs",
            LogDestination=arn(group),
            DeliverLogsPermissionArn=GetAtt(role, "Arn"),
            MaxAggregationInterval=600,
            LogFormat=_FORMAT,
        ),
        "Shows refused connections (or all of them) when something can't be reached, and after an incident.",
    )
