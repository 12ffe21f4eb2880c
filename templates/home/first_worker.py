"""The trust that lets an administrator run the first worker and publish the first version, until the bot's worker runs.

``bootstrap`` opens it for its caller and closes it again. Without it nobody could release the stack that holds the worker.
"""

from typing import TYPE_CHECKING

from awacs.aws import AWSPrincipal, Statement
from troposphere import Parameter, Ref

from templates.home import names
from templates.params.account import FIRST_WORKER, NOBODY
from templates.policies import actions, grant

if TYPE_CHECKING:
    from templates.stack import Stack


def add_parameter(s: "Stack") -> None:
    """``FirstWorker``: the ``aws:userid`` of one identity, or ``nobody``."""
    s.template.add_parameter(
        Parameter(
            FIRST_WORKER,
            Type="String",
            Default=NOBODY,
            AllowedPattern=r"nobody|A[A-Z0-9]{11,127}(:[\w+=,.@-]{2,64})?",
            ConstraintDescription="nobody, or what `aws sts get-caller-identity --query UserId` prints",
            Description="Who may run the first worker; bootstrap fills this in and takes it away again",
        )
    )


def may_assume() -> Statement:
    """One identity of home's account, by its id, which nobody else can get (IAM User Guide: Unique identifiers).

    ``aws:userid`` is in every request (IAM User Guide: AWS global condition context keys). A session keeps its
    SourceIdentity when it assumes another role, which that role must allow.
    """
    return grant(
        "FirstWorker",
        AWSPrincipal(names.root_arn("${AWS::AccountId}")),
        actions("sts", "AssumeRole", "SetSourceIdentity"),
        {"StringEquals": {"aws:userid": Ref(FIRST_WORKER)}},
    )
