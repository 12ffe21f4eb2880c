"""All exposures of a change set."""

from collections.abc import Iterable

from generator.preview import display_names
from generator.preview.change_context import ChangeContext
from generator.preview.iam.conditions import Conditions, condition_text
from generator.preview.iam.difference import gained_actions
from generator.preview.iam.resource_policies import NO_POLICY, policy_subjects
from generator.preview.network.groups import acl_exposures, group_exposures
from generator.preview.network.listener_exposures import routing_exposures
from generator.preview.network.membership import membership_exposures, route_table_exposures
from generator.preview.network.public_settings import listener_exposures, switch_exposures
from generator.preview.network.reach import reach_exposures
from generator.release.model.preview import Exposure

# Conditions by which a policy for everybody is for somebody (Amazon S3 User Guide, "The meaning of public").
_NARROWING = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
    "kms:viaservice",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "token.actions.githubusercontent.com:sub",
)


# Calls to these are never anonymous: ``*`` is "every identity in every AWS account" (KMS Developer Guide, key policies).
_SIGNED = ("key", "role", "secret")


def exposures(context: ChangeContext) -> tuple[Exposure, ...]:
    """Who can reach what afterwards and could not before. Openings for everybody come first."""
    found = [
        *group_exposures(context),
        *acl_exposures(context),
        *switch_exposures(context),
        *listener_exposures(context),
        *routing_exposures(context),
        *membership_exposures(context),
        *route_table_exposures(context),
        *reach_exposures(context),
        *_policies(context),
    ]
    return tuple(
        sorted(set(found), key=lambda row: (not row.public, not row.certain, row.sentence, row.logical_id, row.what))
    )


def _policies(context: ChangeContext) -> Iterable[Exposure]:
    """Resources whose policy allows everybody."""
    old, new = policy_subjects(context, new=False), policy_subjects(context, new=True)
    for key in sorted(new):
        noun, about = key
        before, after = old.get(key, NO_POLICY), new[key]
        touched = sorted(name for name in before.from_ | after.from_ if context.touched(name))
        if not touched or noun == "endpoint":
            continue
        for row in gained_actions(before.rows, after.rows):
            if "*" not in row.principals.patterns and not row.principals.inverted:
                continue
            if _narrowed(row.statement.conditions):
                continue
            what = display_names.resource(context, about) if "${" in about else f"{noun} {about}"
            how = f" if {condition_text(row.statement.conditions)}" if row.statement.conditions else ""
            who = "everybody who has an AWS account" if noun in _SIGNED else "everybody on the internet"
            yield Exposure(
                who=who,
                what=what,
                logical_id=touched[0],
                sentence=f"{who} {'can' if row.certain else 'may'} use {what}: its policy allows it{how}",
                public=row.certain,
                certain=row.certain,
            )


def _narrowed(conditions: Conditions) -> bool:
    """Whether a condition restricts access to a fixed set of callers."""
    for (operator, key), values in conditions:
        plain = operator.removesuffix("ifexists")
        fixed = not operator.endswith("ifexists") and "not" not in plain and plain not in ("null", "bool")
        if fixed and key in _NARROWING and not any(value.strip("*") == "" for value in values):
            return True
        if (
            plain == "ipaddress"
            and not operator.endswith("ifexists")
            and not any(value.endswith("/0") for value in values)
        ):
            return True
    return False
