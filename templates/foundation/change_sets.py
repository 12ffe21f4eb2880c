"""Change sets as IAM sees them: what planning and releasing have in common, and what neither may do."""

from typing import TYPE_CHECKING

from troposphere import GetAtt, Sub, iam

from templates.foundation import arns
from templates.policies import actions, allow, deny, document

if TYPE_CHECKING:
    from awacs.aws import Statement

    from templates.foundation.execution import ExecutionRoles
    from templates.params.account import FoundationParams
    from templates.stack import Stack

_READ = (
    "DescribeChangeSetHooks", "DescribeEvents", "DescribeStackEvents", "DescribeStackResource",
    "DescribeStackResourceDrifts", "DescribeStackResources", "DescribeStacks", "DetectStackDrift",
    "DetectStackResourceDrift", "GetStackPolicy", "GetTemplate", "GetTemplateSummary", "ListChangeSets",
    "ListHookResults", "ListStackResources",
)  # fmt: skip
_READ_ANY = ("DescribeStackDriftDetectionStatus", "GetHookResult", "ListStacks", "ValidateTemplate")
# A role given to a stack stays with it, and whoever may call one of these would work with that role without passing
# it (CloudFormation API Reference: CreateChangeSet, RoleARN). The last three are Cloud Control API's.
_AROUND = (
    "CreateStack*", "DeleteStack*", "ExecuteStackRefactor", "ImportStacksToStackSet", "SetStackPolicy",
    "SignalResource", "UpdateStack", "UpdateStackSet", "UpdateTerminationProtection", "CreateResource",
    "DeleteResource", "UpdateResource",
)  # fmt: skip

_CHANGE = (
    "CancelUpdateStack", "ContinueUpdateRollback", "CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet",
    "RollbackStack",
)  # fmt: skip


def add_policy(s: "Stack", p: "FoundationParams", execution: "ExecutionRoles") -> iam.ManagedPolicy:
    """What the plan role and the release role share: looking at stacks, passing the execution roles, and what neither may do."""
    return s.add(
        iam.ManagedPolicy(
            "ChangeSetPolicy",
            ManagedPolicyName=f"{p.scope.platform}-change-sets",
            Description="Planning and releasing: look at stacks, change them by change sets alone",
            PolicyDocument=document(
                allow("ReadStacks", actions("cloudformation", *_READ), [arns.stacks(p.scope)]),
                # These take no resource (Service Authorization Reference: CloudFormation).
                allow("ReadCloudFormation", actions("cloudformation", *_READ_ANY), ["*"]),
                allow(
                    "TagWhatIsCreated",
                    actions("cloudformation", "TagResource", "UntagResource"),
                    [arns.stacks(p.scope), arns.change_sets("")],
                    {"StringEquals": {"cloudformation:CreateAction": "CreateChangeSet"}},
                ),
                allow(
                    "PassExecutionRole",
                    actions("iam", "PassRole"),
                    [GetAtt(role, "Arn") for role in execution if role is not None],
                    {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
                ),
                *nothing_else(p),
            ),
        ),
        "No way around change sets, and none to the administrators' stacks, whatever else is ever allowed.",
    )


def describe(p: "FoundationParams", prefix: str) -> "list[Statement]":
    """Look at change sets named ``PREFIX*``.

    A change set is described by ARN, since by name an executed one looks empty; whether the condition key then holds
    the name or the ARN is not documented, so both patterns are allowed for reading.
    """
    return [
        allow("ReadEvents", actions("cloudformation", "DescribeEvents"), [arns.change_sets(prefix)]),
        allow(
            "DescribeChangeSets",
            actions("cloudformation", "DescribeChangeSet"),
            [arns.stacks(p.scope)],
            {"StringLike": {"cloudformation:ChangeSetName": [f"{prefix}*", f"arn:*:changeSet/{prefix}*"]}},
        ),
    ]


def create(p: "FoundationParams", prefix: str, execution: "ExecutionRoles") -> "list[Statement]":
    """Create change sets named ``PREFIX*`` that carry the execution role and an inline template, and import nothing.

    The bot's stack alone carries the role that passes the bot's and the worker's; what nobody executes needs it nowhere.
    """

    def carrying(sid: str, role: iam.Role, stacks: Sub) -> "Statement":
        return allow(
            sid,
            actions("cloudformation", "CreateChangeSet"),
            [stacks],
            {
                "StringLike": {"cloudformation:ChangeSetName": f"{prefix}*"},
                "ArnEquals": {"cloudformation:RoleArn": GetAtt(role, "Arn")},
                "Null": {"cloudformation:ImportResourceTypes": "true", "cloudformation:TemplateUrl": "true"},
            },
        )

    found = [carrying("CreateChangeSets", execution.stacks, arns.stacks(p.scope))]
    if execution.bot is not None:
        found.append(carrying("ChangeBot", execution.bot, arns.stacks(p.scope, f"{p.bot}-bot")))
    return found


def by_name(sid: str, p: "FoundationParams", prefix: str, *names: str) -> "Statement":
    """Actions on change sets by name and stack: called with an ARN the pattern does not match, and IAM denies the call."""
    return allow(
        sid,
        actions("cloudformation", *names),
        [arns.stacks(p.scope)],
        {"StringLike": {"cloudformation:ChangeSetName": f"{prefix}*"}},
    )


def nothing_else(p: "FoundationParams") -> "list[Statement]":
    """No way around change sets, no other Region, and no change to home and foundation, which are administrators'."""
    return [
        deny("NoWayAroundChangeSets", actions("cloudformation", *_AROUND), ["*"]),
        deny(
            "AdministratorsStacks",
            actions("cloudformation", *_CHANGE),
            [arns.stacks(p.scope, "home-home"), arns.stacks(p.scope, "account-*")],
        ),
        deny(
            "OtherRegions",
            actions("cloudformation", *_CHANGE),
            ["*"],
            {"StringNotEquals": {"aws:RequestedRegion": list(p.regions)}},
        ),
    ]


def platform_repositories(p: "FoundationParams") -> Sub:
    """The platform's repositories in the home account, ``PLATFORM/SERVICE``."""
    return arns.here("ecr", f"repository/{p.scope.platform}/*")
