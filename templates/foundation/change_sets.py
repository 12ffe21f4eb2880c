"""Change sets as IAM sees them: what planning and releasing have in common, and what neither may do."""

from typing import TYPE_CHECKING

from troposphere import Sub, iam

from templates import arns
from templates.policies import actions, allow, deny, document

if TYPE_CHECKING:
    from awacs.aws import Statement

    from templates.params.account import FoundationParams
    from templates.stack import Stack

_READ = (
    "DescribeChangeSetHooks", "DescribeEvents", "DescribeStackEvents", "DescribeStackResource",
    "DescribeStackResourceDrifts", "DescribeStackResources", "DescribeStacks", "DetectStackDrift",
    "DetectStackResourceDrift", "GetStackPolicy", "GetTemplate", "GetTemplateSummary", "ListChangeSets",
    "ListHookResults", "ListStackResources",
)  # fmt: skip
_READ_ANY = ("DescribeStackDriftDetectionStatus", "GetHookResult", "ListImports", "ListStacks", "ValidateTemplate")
# A role given to a stack stays with it, and whoever may call one of these would work with that role without passing
# it (CloudFormation API Reference: CreateChangeSet, RoleARN). The last three are Cloud Control API's.
_AROUND = (
    "CreateStack*", "DeleteStackInstances", "DeleteStackSet", "ExecuteStackRefactor", "ImportStacksToStackSet", "SetStackPolicy",
    "SignalResource", "UpdateStack", "UpdateStackSet", "UpdateTerminationProtection", "CreateResource",
    "DeleteResource", "UpdateResource",
)  # fmt: skip

# The tag that a release gives to a stack together with an empty template (generator.release.tombstone: TAG).
_EMPTY = {"aws:ResourceTag/tombstone": "empty"}

_CHANGE = (
    "CancelUpdateStack", "ContinueUpdateRollback", "CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet",
    "RollbackStack",
)  # fmt: skip


def add_policies(s: "Stack", p: "FoundationParams") -> list[iam.ManagedPolicy]:
    """What the plan role and the release role share: looking at stacks, creating change sets, and what neither may do."""
    shared = s.add(
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
                    "PassExecutionRoles",
                    actions("iam", "PassRole"),
                    [arns.execution_role(p.scope, "*")],
                    {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
                ),
                *nothing_else(p),
            ),
        ),
        "No way around change sets, and none to the administrators' stacks, whatever else is ever allowed.",
    )
    return [shared, _stack_policy(s, p)]


def _stack_policy(s: "Stack", p: "FoundationParams") -> iam.ManagedPolicy:
    """Change sets that carry the execution role of the stack's environment and an inline template, and import nothing.

    Which names a role may give them, its own policy says. Names of environments in one account do not begin alike,
    which ``build`` holds, so that a stack's name tells its environment.
    """
    names = [*p.environments, *(["home"] if p.is_home else [])]
    statements = [_carrying(p, f"Change{number}", name, f"{name}-*") for number, name in enumerate(names, 1)]
    return s.add(
        iam.ManagedPolicy(
            "StackPolicy",
            ManagedPolicyName=f"{p.scope.platform}-stacks",
            Description="Planning and releasing: each environment's stacks with its execution role",
            PolicyDocument=document(
                *statements,
                deny(
                    "NoTemplateByUrl",
                    actions("cloudformation", "CreateChangeSet"),
                    ["*"],
                    {"Null": {"cloudformation:TemplateUrl": "false"}},
                ),
                deny(
                    "NoImport",
                    actions("cloudformation", "CreateChangeSet"),
                    ["*"],
                    {"Null": {"cloudformation:ImportResourceTypes": "false"}},
                ),
            ),
        ),
        "An environment's execution role changes the stacks of that environment and no others.",
    )


def _carrying(p: "FoundationParams", sid: str, name: str, stacks: str) -> "Statement":
    return allow(
        sid,
        actions("cloudformation", "CreateChangeSet"),
        [arns.stacks(p.scope, stacks)],
        {"ArnEquals": {"cloudformation:RoleArn": arns.execution_role(p.scope, name)}},
    )


def bot(p: "FoundationParams") -> "list[Statement]":
    """The bot's stack alone carries the role that passes the bot's and the worker's; what nobody executes needs it nowhere."""
    return [_carrying(p, "ChangeBot", "bot", f"{p.bot}-bot")] if p.bot else []


def deletes_empty_stacks(p: "FoundationParams") -> "Statement":
    """What a release has emptied is deleted, with the role that the stack has; all other stacks stay."""
    return allow(
        "DeleteEmptyStacks",
        actions("cloudformation", "DeleteStack"),
        [arns.stacks(p.scope)],
        {"StringEquals": _EMPTY, "Null": {"cloudformation:RoleArn": "true"}},
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


def named(prefix: str) -> "Statement":
    """No change set gets another name than ``PREFIX*``."""
    return deny(
        "NoOtherName",
        actions("cloudformation", "CreateChangeSet"),
        ["*"],
        {"StringNotLike": {"cloudformation:ChangeSetName": f"{prefix}*"}},
    )


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
        # An absent tag is another value too (IAM User Guide, "Condition operators": negated matching). That a stack has
        # its tags as condition keys: Service Authorization Reference, "CloudFormation", resource type stack.
        deny("OnlyEmptyStacksGo", actions("cloudformation", "DeleteStack"), ["*"], {"StringNotEquals": _EMPTY}),
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
