"""ARNs by name: what in an account belongs to the platform."""

from typing import TYPE_CHECKING

from troposphere import Sub

if TYPE_CHECKING:
    from templates.params.base import Scope


def here(service: str, resource: str, region: str = "*") -> Sub:
    """ARN of a resource of this account; in every Region unless one is named."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:{region}:${{AWS::AccountId}}:{resource}")


def everywhere(service: str, resource: str) -> Sub:
    """ARN of a resource of this account in a service without Regions."""
    return here(service, resource, "")


def nobodys(service: str, resource: str) -> Sub:
    """ARN of a kind that names neither Region nor account, as Route 53's."""
    return Sub(f"arn:${{AWS::Partition}}:{service}:::{resource}")


def stacks(scope: "Scope", pattern: str = "*") -> Sub:
    """The platform's stacks by name: a stack under review may have no tags yet."""
    return here("cloudformation", f"stack/{scope.platform}-{pattern}/*")


def change_sets(prefix: str) -> Sub:
    """Change sets named ``PREFIX*``. DescribeEvents and TagResource take these, everything else the stack's ARN."""
    return here("cloudformation", f"changeSet/{prefix}*/*")


def workload_role(scope: "Scope", name: str = "*") -> Sub:
    """Roles of the workloads of every environment: below the workload path and nowhere else."""
    return everywhere("iam", f"role{scope.workload_path}{name}")


def execution_role(scope: "Scope", name: str) -> Sub:
    """The role that CloudFormation works with for the stacks of an environment, of ``home``, or for the bot's."""
    return platform_role(scope, f"execution-{name}")


def platform_role(scope: "Scope", name: str) -> Sub:
    """``PLATFORM-NAME``: one of the roles with a fixed name, created by an administrator."""
    return everywhere("iam", f"role/{scope.platform}-{name}")
