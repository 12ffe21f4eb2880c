"""Names in the home account that other stacks and accounts must be able to guess, and their ARNs."""

from typing import TYPE_CHECKING

from troposphere import Sub

if TYPE_CHECKING:
    from templates.params.base import Scope


def table(scope: "Scope") -> str:
    """``slipway-home-releases``: the release table, and the queue of the same name."""
    return f"{scope.prefix}-releases"


def wakes(scope: "Scope") -> str:
    """``slipway-home-wakes``: the queue of wake-ups."""
    return f"{scope.prefix}-wakes"


def bucket(scope: "Scope", purpose: str) -> str:
    """``slipway-home-audit-123456789012-eu-west-1``: at most 58 of the 63 characters that S3 takes."""
    return f"{scope.prefix}-{purpose}-{scope.account}-{scope.region}"


def role_arn(scope: "Scope", role: str, account: str = "${AWS::AccountId}") -> Sub:
    """ARN of ``PLATFORM-ROLE``, one of the seven roles whose names are fixed so that accounts can name each other's."""
    return Sub(f"arn:${{AWS::Partition}}:iam::{account}:role/{scope.platform}-{role}")


def root_arn(account: str) -> Sub:
    """The principal that stands for a whole account: its own IAM policies decide who."""
    return Sub(f"arn:${{AWS::Partition}}:iam::{account}:root")
