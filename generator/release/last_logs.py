"""The last lines of a service's log group, for the CLI and for chat."""

from msgspec.structs import replace

from generator.release.context import Context
from generator.release.errors import Denied, Invalid, Unavailable
from generator.release.model.people import Actor
from generator.release.model.platform import StackFacts
from generator.release.model.requests import Answer, Lines, Logs, Refusal
from generator.release.ports import Cloud

# How far back is looked where nobody says, in seconds.
AGO = 600.0
_MOST = 20
_WIDTH = 400  # characters of a line: the answer is an item of the log


def group_of(cloud: Cloud, facts: StackFacts) -> str:
    """The log group of a stack: by its fixed name, else one of its resources. "" for none.

    Raises:
        ReleaseError: AWS does not tell.
    """
    if facts.log_group:
        return facts.log_group
    rows = cloud.stacks.resources(facts.ref.name)
    return next((row.physical_id for row in rows if row.type == "AWS::Logs::LogGroup"), "")


def last_lines(context: Context, request: Logs, actor: Actor) -> Answer:
    """The last lines of the last ten minutes. An error is an answer too: no request waits for a retry."""
    facts = context.facts.stacks.get(request.stack)
    if facts is None:
        return Refusal(rule="unknown", why=f"there is no stack {request.stack}; see: slipway status")
    if not actor.person:
        return Refusal(rule="unknown person", why=context.facts.why_unknown(actor))
    group = facts.log_group
    try:
        cloud = context.clouds.at(facts.ref, actor)
        group = group_of(cloud, facts)
        if not group:
            return Lines(
                group="", why=(f"{request.stack} has no log group; check that it is deployed with: slipway status")
            )
        lines = cloud.services.logs(group, context.clock() - AGO, _MOST)
    except (Denied, Invalid, Unavailable) as error:
        return Lines(group=group, why=str(error))
    return Lines(group=group, lines=tuple(replace(line, text=line.text[:_WIDTH]) for line in lines))
