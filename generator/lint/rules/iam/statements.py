"""Every policy statement of a template, wherever CloudFormation keeps it; no rules of its own."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from generator.lint.rules.partial_values import decoded, listed
from generator.lint.rules.values import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.lint.rules.problem import Problem
    from generator.lint.rules.template_view import Resource, TemplateView

Kind: TypeAlias = Literal["identity", "trust", "resource", "endpoint"]
Step: TypeAlias = str | int

# Where documents stand: `*` means each element of a list. Endpoint and API policies narrow what is open anyway.
_PLACES: dict[str, tuple[tuple[Kind, tuple[Step, ...]], ...]] = {
    "AWS::IAM::Role": (("identity", ("Policies", "*", "PolicyDocument")), ("trust", ("AssumeRolePolicyDocument",))),
    "AWS::IAM::User": (("identity", ("Policies", "*", "PolicyDocument")),),
    "AWS::IAM::Group": (("identity", ("Policies", "*", "PolicyDocument")),),
    "AWS::IAM::Policy": (("identity", ("PolicyDocument",)),),
    "AWS::IAM::ManagedPolicy": (("identity", ("PolicyDocument",)),),
    "AWS::IAM::RolePolicy": (("identity", ("PolicyDocument",)),),
    "AWS::IAM::UserPolicy": (("identity", ("PolicyDocument",)),),
    "AWS::IAM::GroupPolicy": (("identity", ("PolicyDocument",)),),
    "AWS::SSO::PermissionSet": (("identity", ("InlinePolicy",)),),
    "AWS::S3::BucketPolicy": (("resource", ("PolicyDocument",)),),
    "AWS::SQS::QueuePolicy": (("resource", ("PolicyDocument",)),),
    "AWS::SQS::QueueInlinePolicy": (("resource", ("PolicyDocument",)),),
    "AWS::SNS::TopicPolicy": (("resource", ("PolicyDocument",)),),
    "AWS::SNS::TopicInlinePolicy": (("resource", ("PolicyDocument",)),),
    "AWS::KMS::Key": (("resource", ("KeyPolicy",)),),
    "AWS::KMS::ReplicaKey": (("resource", ("KeyPolicy",)),),
    "AWS::SecretsManager::ResourcePolicy": (("resource", ("ResourcePolicy",)),),
    "AWS::ECR::Repository": (("resource", ("RepositoryPolicyText",)),),
    "AWS::DynamoDB::Table": (("resource", ("ResourcePolicy", "PolicyDocument")),),
    "AWS::Backup::BackupVault": (("resource", ("AccessPolicy",)),),
    "AWS::Logs::ResourcePolicy": (("resource", ("PolicyDocument",)),),
    "AWS::EC2::VPCEndpoint": (("endpoint", ("PolicyDocument",)),),
    "AWS::EFS::FileSystem": (("endpoint", ("FileSystemPolicy",)),),
    "AWS::ApiGateway::RestApi": (("endpoint", ("Policy",)),),
}


class Test(NamedTuple):
    """One line of a condition block: the operator and key as written, and the values as a list."""

    operator: str
    key: str
    values: list[Any]

    @property
    def path(self) -> tuple[Step, ...]:
        """Where it stands in the statement."""
        return ("Condition", self.operator, self.key)


class Document(NamedTuple):
    """One policy document of a resource, with what it is for."""

    resource: Resource
    path: tuple[Step, ...]
    kind: Kind
    body: dict[str, Any]

    def problem(self, *path: Step, message: str) -> Problem:
        """A problem at a path inside the document."""
        return self.resource.problem(*self.path, *path, message=message)

    def statements(self) -> Iterator[Statement]:
        """Each statement that is an object; `Statement` may be one object or a list of them."""
        found = self.body.get("Statement")
        if isinstance(found, dict):
            yield Statement(self, ("Statement",), found)
        for index, each in enumerate(found if isinstance(found, list) else []):
            if isinstance(each, dict):
                yield Statement(self, ("Statement", index), each)


class Statement(NamedTuple):
    """One statement and where it stands in its document."""

    document: Document
    path: tuple[Step, ...]
    body: dict[str, Any]

    def problem(self, *path: Step, message: str) -> Problem:
        """A problem at a path inside the statement."""
        return self.document.problem(*self.path, *path, message=message)

    @property
    def allows(self) -> bool:
        """Whether the effect is known to be Allow."""
        return self.body.get("Effect") == "Allow"

    @property
    def conditional(self) -> bool:
        """Whether any condition narrows the statement."""
        return bool(self.body.get("Condition"))

    def texts(self, element: str) -> list[str]:
        """The known strings of Action, Resource and so on."""
        return [each for each in listed(self.body.get(element)) if isinstance(each, str)]

    def everywhere(self) -> bool:
        """Whether the statement holds for every resource."""
        return "*" in self.texts("Resource")

    def granting(self, action: str) -> str | None:
        """The first element of Action that matches this lower-case action; IAM ignores case and knows `*` and `?`."""
        return next((text for text in self.texts("Action") if fnmatchcase(action, text.lower())), None)

    def covers(self, action: str) -> bool:
        """Whether an element of Action matches this lower-case action."""
        return self.granting(action) is not None

    def tests(self) -> Iterator[Test]:
        """Each line of the condition block."""
        for operator, keys in fields(self.body.get("Condition")).items():
            for key, values in fields(keys).items():
                if isinstance(operator, str) and isinstance(key, str):
                    yield Test(operator, key, listed(values))

    def principals(self, kind: str) -> Iterator[tuple[tuple[Step, ...], Any]]:
        """Each principal of a kind (AWS, Service, Federated) with its path in the statement."""
        found = fields(self.body.get("Principal")).get(kind)
        if isinstance(found, list):
            for index, each in enumerate(found):
                yield ("Principal", kind, index), each
        elif found is not None:
            yield ("Principal", kind), found

    def anyone(self) -> bool:
        """Whether the principal is everyone: `*` alone, or as AWS principal."""
        return self.body.get("Principal") == "*" or any(each == "*" for _, each in self.principals("AWS"))


@lru_cache(maxsize=2)
def documents(view: TemplateView) -> tuple[Document, ...]:
    """Every policy document of the view; a document that is a JSON text is read, with the path of the whole text."""
    return tuple(document for kind in _PLACES for resource in view.of(kind) for document in _documents(resource))


@lru_cache(maxsize=2)
def statements(view: TemplateView) -> tuple[Statement, ...]:
    """Every statement of every policy document of the view."""
    return tuple(each for document in documents(view) for each in _statements(document.resource, document.path))


@lru_cache(maxsize=512)
def _documents(resource: Resource) -> tuple[Document, ...]:
    """The documents of one resource; remembered, for most resources are the same in every scenario."""
    return tuple(
        Document(resource, path, kind, body)
        for kind, place in _PLACES[resource.type]
        for path, body in _bodies(resource.props, place, ())
    )


@lru_cache(maxsize=512)
def _statements(resource: Resource, path: tuple[Step, ...]) -> tuple[Statement, ...]:
    return tuple(each for document in _documents(resource) if document.path == path for each in document.statements())


def _bodies(value: Any, place: tuple[Step, ...], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    if not place:
        body = decoded(value).value if isinstance(value, str) else value
        if isinstance(body, dict):
            yield path, body
        return
    if place[0] == "*":
        for index, each in enumerate(value if isinstance(value, list) else []):
            yield from _bodies(each, place[1:], (*path, index))
    elif isinstance(value, dict) and place[0] in value:
        yield from _bodies(value[place[0]], place[1:], (*path, place[0]))
