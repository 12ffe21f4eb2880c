"""The one way templates are written: a :class:`Stack` that names, tags and explains what is added to it."""

from typing import Any, TypeVar

from troposphere import (
    AWSHelperFn,
    AWSObject,
    Equals,
    GetAtt,
    If,
    Not,
    NoValue,
    Output,
    Parameter,
    Ref,
    Sub,
    Tags,
    Template,
    ecs,
)

from templates import troposphere_speedups
from templates.params.base import Scope

troposphere_speedups.install()

R = TypeVar("R", bound=AWSObject)

DIGEST_PATTERN = (
    r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9]+([._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$"
)
AMI_PATTERN = r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$"
COMMIT_PATTERN = r"^[0-9a-f]{40}$"
RESTART_PATTERN = r"^[a-z0-9-]{1,80}$"
NO_RESTART = "none"
# Given at release time by the release engine; every other parameter comes from another stack's output.
RELEASE_PARAMETERS = frozenset({"ImageUri", "Release", "CodeBucket", "CodeKey", "CodeVersion", "AmiId", "SitePath"})


class Stack:
    """A template in the making.

    ``need`` declares a parameter that another stack's output of the same name feeds, ``give`` an output that may
    feed others: the graph between stacks is derived from these two and written nowhere else.
    """

    def __init__(self, scope: Scope, description: str, *, architecture: str) -> None:
        """``description`` is the template's Description, ``architecture`` one sentence for its Context metadata."""
        self.scope = scope
        self.template = Template(Description=description)
        self.template.set_version()
        # cfn-lint's I4010 asks for this key; people and the release cards read it.
        self._tags = Tags(self.tags())
        self.template.set_metadata({"com.aws.cloudformation.Context": {"arch": architecture}})

    @property
    def service(self) -> str:
        """Value of the tag ``service``: the service's name, or the stack's for shared stacks."""
        return self.scope.service or self.scope.stack

    def tags(self, **more: str) -> dict[str, str]:
        """The five tags that every resource carries, the platform's own, and ``more``, as a plain dict."""
        return {
            **self.scope.tags,
            "platform": self.scope.platform,
            "environment": self.scope.environment,
            "service": self.service,
            "owner": self.scope.owner,
            "cost-center": self.scope.cost_center,
            **more,
        }

    def add(self, resource: R, why: str, **context: Any) -> R:
        """Add ``resource`` with its tags and the reason that it exists.

        ``why`` is one sentence; ``context`` holds further keys of the Context metadata (``must``, ``deps``,
        ``mutable``, ``mutability``, ``trust``). Tags are set unless the resource has some or can't have any.

        Raises:
            ValueError: a resource with this logical id is there already, or the template is full (500 resources).
        """
        resource.Metadata = {"com.aws.cloudformation.Context": {"why": why, **context}}
        if "Tags" in resource.props and "Tags" not in resource.properties:
            self._tag(resource)
        self.template.add_resource(resource)
        return resource

    def _tag(self, resource: AWSObject) -> None:
        """Set tags in the shape that this type takes: a list of Key and Value, or a map."""
        try:
            resource.Tags = self._tags
        except (TypeError, ValueError, AttributeError):
            resource.Tags = self.tags()

    def keep(self, resource: R, why: str, *, policy: str = "RetainExceptOnCreate", **context: Any) -> R:
        """Like :meth:`add`, for what holds state: both deletion policies are set.

        ``RetainExceptOnCreate`` lets a failed first create leave nothing behind; it is a DeletionPolicy only, so
        UpdateReplacePolicy is ``Retain`` then. ``policy="Snapshot"`` and ``"Delete"`` are set on both.
        """
        resource.DeletionPolicy = policy
        resource.UpdateReplacePolicy = "Retain" if policy == "RetainExceptOnCreate" else policy
        return self.add(resource, why, **context)

    def need(self, name: str, kind: str = "String", about: str = "") -> Ref:
        """A parameter fed by another stack's output of the same name. Asking twice gives the same one."""
        if name in RELEASE_PARAMETERS:
            msg = f"{name} is given by a release; use release()"
            raise ValueError(msg)
        if name not in self.template.parameters:
            self.template.add_parameter(Parameter(name, Type=kind, **({"Description": about} if about else {})))
        return Ref(name)

    def release_parameters(self) -> tuple[Ref, Ref]:
        """``ImageUri`` (by digest only) and ``Release`` (commit): what an image-only release changes."""
        if "ImageUri" not in self.template.parameters:
            self.template.add_parameter(
                Parameter(
                    "ImageUri",
                    Type="String",
                    AllowedPattern=DIGEST_PATTERN,
                    ConstraintDescription="An ECR image named by digest: REPOSITORY@sha256:DIGEST.",
                    Description="Image of this release, by digest",
                )
            )
            self.template.add_parameter(
                Parameter(
                    "Release",
                    Type="String",
                    AllowedPattern=COMMIT_PATTERN,
                    ConstraintDescription="A full commit id: 40 hexadecimal digits.",
                    Description="Commit that the image was built from",
                )
            )
        return Ref("ImageUri"), Ref("Release")

    def restart(self) -> If:
        """What starts new tasks when the parameter ``Restart`` changes: a release that brings nothing sets it to its id.

        A changed nonce starts a deployment although nothing else of the service changes, and takes 1 to 255 characters
        (CloudFormation Template Reference: AWS::ECS::Service ForceNewDeployment; aws-cdk-lib: ForceNewDeployment). Before
        the first restart there is none: an empty default would be no nonce to a linter.
        """
        if "Restart" not in self.template.parameters:
            self.template.add_parameter(
                Parameter(
                    "Restart",
                    Type="String",
                    Default=NO_RESTART,
                    AllowedPattern=RESTART_PATTERN,
                    ConstraintDescription="The id of a release.",
                    Description="The last restart: the id of its release",
                )
            )
            self.template.add_condition("Restarted", Not(Equals(Ref("Restart"), NO_RESTART)))
        return If(
            "Restarted",
            ecs.ForceNewDeployment(EnableForceNewDeployment=True, ForceNewDeploymentNonce=Ref("Restart")),
            NoValue,
        )

    def give(self, name: str, value: AWSHelperFn | str, about: str) -> None:
        """An output; stacks that :meth:`need` this name get its value."""
        self.template.add_output(Output(name, Value=value, Description=about))

    @property
    def role_name_prefix(self) -> str:
        """``slipway-prod-app``: the start of the stack's role names; IAM takes at most 64 characters."""
        return f"{self.scope.prefix}-{self.service}"


def logical(*parts: str) -> str:
    """A logical id from names: ``logical("app", "queue-url")`` is ``AppQueueUrl``."""
    return "".join(
        word[:1].upper() + word[1:] for part in parts for word in part.replace("_", "-").replace(".", "-").split("-")
    )


def arn(resource: AWSObject) -> GetAtt:
    """``GetAtt(resource, "Arn")``."""
    return GetAtt(resource, "Arn")


def sub(text: str, **values: Any) -> Sub | str:
    """``Fn::Sub``, or the plain text where there is nothing to substitute (cfn-lint W1020)."""
    return Sub(text, **values) if "${" in text else text


__all__ = ["AMI_PATTERN", "DIGEST_PATTERN", "RELEASE_PARAMETERS", "Stack", "arn", "logical", "sub"]
