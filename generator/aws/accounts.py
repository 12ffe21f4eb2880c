"""AWS by environment: the worker assumes ``PLATFORM-release`` in each account, in the name of the actor."""

from collections.abc import Callable

from generator.aws.api_client import Api
from generator.aws.cloudformation import CloudFormationStacks
from generator.aws.ecs_services import EcsServices
from generator.aws.lru import LruCache
from generator.aws.preview_lookups import AwsPreviewLookups
from generator.aws.session import Role, Session, person_name
from generator.release.model.people import Actor
from generator.release.model.release import StackRef
from generator.release.ports import Cloud

_KEPT = 256


def execution_role_name(stack: StackRef) -> str:
    """The rest of the execution role's name after ``PLATFORM-``.

    Each environment, home and the bot's stack has its own role.
    """
    return f"execution-{'bot' if stack.stack == 'bot' else stack.environment}"


class AwsClouds:
    """Access to the account and Region of each stack; a ``ports.Clouds``.

    Args:
        session: of the worker, in the home account.
        platform: prefix of the fixed role names.
        partition: ``aws``, ``aws-cn`` or ``aws-us-gov``.
    """

    def __init__(self, session: Session, platform: str, partition: str = "aws") -> None:
        self._session = session
        self._platform = platform
        self._partition = partition
        self._clouds: LruCache[tuple[str, str, str], Cloud] = LruCache(_KEPT)

    def at(self, stack: StackRef, actor: Actor) -> Cloud:
        """The account and Region of a stack, as one actor. SourceIdentity appears in CloudTrail with every call."""
        key = stack.account, stack.region, person_name(actor.name)
        found = self._clouds.get(key)
        if found is None:
            apis = self._apis(Role(self._role(stack, "release"), key[2]), stack.region)
            stacks = CloudFormationStacks(apis("cloudformation"))
            found = self._clouds.put(key, Cloud(stacks, EcsServices(apis), AwsPreviewLookups(apis)))
        return found

    def execution_role(self, stack: StackRef) -> str:
        """The role that CloudFormation assumes in a stack's account."""
        return self._role(stack, execution_role_name(stack))

    def _role(self, stack: StackRef, name: str) -> str:
        return f"arn:{self._partition}:iam::{stack.account}:role/{self._platform}-{name}"

    def _apis(self, role: Role, region: str) -> Callable[[str], Api]:
        return lambda service: self._session.api(service, region=region, role=role)
