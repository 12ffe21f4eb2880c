"""Drift of a stack: what somebody changed outside of CloudFormation, without values that ECS and autoscaling change."""

from collections.abc import Callable

from generator.errors import UsageError
from generator.release.drift_watch import is_owned
from generator.release.errors import Invalid
from generator.release.model.preview import Drifted
from generator.release.model.release import StackRef
from generator.wiring.application import Application


def drifted(application: Application, ref: StackRef, say: Callable[[str], None]) -> list[Drifted]:
    """Let CloudFormation compare one stack. Empty for a stack that does not exist.

    Raises:
        UsageError: there are no credentials.
    """
    from generator.aws.drift import drift

    if application.tools is None:
        raise UsageError("this command has no AWS access; use --sandbox, or AWS credentials")
    api = application.tools.calls("cloudformation", ref.account, ref.region)
    trail = application.tools.calls("cloudtrail", ref.account, ref.region)
    say(f"{ref.key}: detecting drift")
    try:
        found = drift(
            api, ref.name, trail=trail, sleep=lambda seconds: application.sleep(max(0.05, seconds * application.pace))
        )
    except Invalid as error:
        if "does not exist" in str(error):
            return []
        raise
    if found.problem:
        say(f"{ref.key}: could not be compared completely: {found.problem}")
    return [row for row in found.drifted if not is_owned(row)]
