"""A resource type as a table: which operations of its service make it, and what CloudFormation and the API name apart.

The tables are in `tables/`, a YAML file for each service. Botocore's models and CloudFormation's resource schemas say the
rest (`type_facts`). Of the properties each operation gets those that its input has. `resource` runs a table.

Expressions are JMESPath (https://jmespath.org/specification.html), as the AWS CLI's `--query` takes it, over what was read
of the resource and `said` (its properties), `id`, `name` (the last part of the id), `account`, `region` and `token` (a new
UUID); or text in which such names stand in braces: `arn:aws:s3:::{id}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Props = dict[str, Any]
# Clients that are not named as CloudFormation names their service.
_CLIENTS = {
    "ApplicationAutoScaling": "application-autoscaling",
    "CertificateManager": "acm",
    "ElasticLoadBalancingV2": "elbv2",
}
# The operations that add tags, remove them by key, and list them where they do not come with the resource.
_TAG_CALLS = {
    "acm": "add_tags_to_certificate remove_tags_from_certificate list_tags_for_certificate",
    "autoscaling": "create_or_update_tags delete_tags",
    "cloudtrail": "add_tags remove_tags list_tags",
    "dynamodb": "tag_resource untag_resource list_tags_of_resource",
    "ec2": "create_tags delete_tags",
    "elbv2": "add_tags remove_tags describe_tags",
    "fis": "tag_resource untag_resource",
    "kms": "tag_resource untag_resource list_resource_tags",
    "lambda": "tag_resource untag_resource list_tags",
    "rds": "add_tags_to_resource remove_tags_from_resource list_tags_for_resource",
    "route53": "change_tags_for_resource change_tags_for_resource list_tags_for_resource",
    "s3": "put_bucket_tagging delete_bucket_tagging get_bucket_tagging",
    "secretsmanager": "tag_resource untag_resource",
    "sqs": "tag_queue untag_queue list_queue_tags",
    "ssm": "add_tags_to_resource remove_tags_from_resource list_tags_for_resource",
}
_OTHERWISE = "tag_resource untag_resource list_tags_for_resource"
_TAG_PROPERTIES = ("Tags", "ResourceTags", "HealthCheckTags", "TagSpecifications")


class Tags(NamedTuple):
    """The operations for tags; "" for what there is none. Their shapes say how they take the resource and the tags."""

    property: str = ""
    add: str = ""
    remove: str = ""
    read: str = ""


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property that has a call of its own, made where create or update do not take the property themselves.

    Attributes:
        property: The template's property.
        put: The operation that sets it.
        clear: The operation that takes it away when it leaves the template.
        default: The value that it has then, if there is no such operation; None leaves it as it is.
        off: The operation that a false value means, for a pair such as StartLogging and StopLogging; `when_false` in the
            files, where `off` is a value of YAML.
        argument: The member that takes the value, if it is not named as the property.
        along: Properties that go with it in the same call.
        always: Parameters of its calls, such as the name of an attribute.
        at_once: Whether create takes it under another name.
        value: Expression for the API's value, over the properties, if it is another than the template's.
        read: The operation that reads it, if the resource does not show it.
        path: Expression in the read operation's answer, if it is not the property's name.
    """

    property: str
    put: str = ""
    clear: str = ""
    default: Any = None
    off: str = msgspec.field(default="", name="when_false")
    argument: str = ""
    along: str = ""
    always: dict[str, str] = {}
    at_once: bool = False
    value: str = ""
    read: str = ""
    path: str = ""


class Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list whose members are added and removed one by one.

    Attributes:
        property: The template's property.
        add: The operation that adds one.
        remove: The operation that removes one.
        argument: The member that takes one; "" if a member is a structure of the operation's own parameters.
        by: The key of a structure, which in plural may be all that its removal takes (`Ids` of `Id`).
        first: Whether the members must go before the resource can be deleted.
    """

    property: str
    add: str
    remove: str
    argument: str = ""
    by: str = ""
    first: bool = True


class ResourceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One resource type.

    Attributes:
        type_name: Such as `AWS::Logs::LogGroup`; its middle names the service. In the files it is the table's key.
        operations: Those that create, read, update and delete it, in one text; of three, none updates.
        properties: Those that the sandbox does, in one text; any other is refused.
        found: Expression for the resource in the read operation's answer, if it is not the first structure or list there;
            "" is the whole answer. Of a list the row is meant that has the resource's id.
        id: Expression for the physical id, over properties and the create operation's answer, if neither holds it by its
            key or its name.
        key: The member that takes the id, in singular (`VpcId` also fills `VpcIds`), if it is not what the delete
            operation requires; parts of an id are parted by `|`.
        beside: Properties that reading and deleting need beside the id, if the schema's identifier does not name them.
        name: The property that names it, if it is not called `Name` or as the type. A name is generated if the template
            has none.
        limit: How long a generated name may be, if the schema does not say it.
        lower: Whether names have no capitals.
        fifo: The property by which a generated name ends in `.fifo`.
        gone: The code by which the service says that it is not there, if the code does not look so.
        dead: States in which it is gone, as `State=deleted|deleting`.
        match: Text that a row and the properties of the template have in common, if no value of the row is the id.
        overwrites: Whether create takes over one of the same name silently: then it is read first, and fails.
        renames: The API's names of properties, where they differ in more than capitals.
        sent: Members of the API with expressions over the properties, for what it takes in another shape.
        defaults: What update sets when a property leaves the template.
        before_delete: Members of the update that goes before the deletion, with expressions over the resource.
        always: Parameters that are always sent, to the operations that take them.
        differing: Whether update gets only what differs.
        lock: What updating and deleting want besides the id, such as the version of now: their member, found by the same
            name or by that after `=`.
        attributes: Expressions for values of `Fn::GetAtt` that the resource does not show by their name.
        live: Expressions for properties that the API shows in another shape.
        untold: Properties that no API shows: drift never sees them.
        tag_calls: The operations that add, remove and list tags, if they are not those of the service.
        tagged: Expression for what these know the resource by, if it is neither its id nor its ARN.
        settings: Properties with calls of their own.
        members: Lists with calls for each member.
    """

    type_name: str
    operations: str
    properties: str = ""
    found: str | None = None
    id: str = ""
    key: str = ""
    beside: str = ""
    name: str = ""
    limit: int = 0
    lower: bool = False
    fifo: str = ""
    gone: str = ""
    dead: str = ""
    match: str = ""
    overwrites: bool = False
    renames: dict[str, str] = {}
    sent: dict[str, str] = {}
    defaults: dict[str, Any] = {}
    before_delete: dict[str, str] = {}
    always: dict[str, Any] = {}
    differing: bool = False
    lock: str = ""
    attributes: dict[str, str] = {}
    live: dict[str, str] = {}
    untold: str = ""
    tag_calls: str = ""
    tagged: str = ""
    settings: tuple[Setting, ...] = ()
    members: tuple[Members, ...] = ()

    @property
    def service(self) -> str:
        """The client, such as `logs`."""
        name = self.type_name.split("::")[1]
        return _CLIENTS.get(name, name.lower())

    @property
    def tags(self) -> Tags:
        """The operations for tags; none if the type has no property for them."""
        said = next((name for name in _TAG_PROPERTIES if name in self.properties.split()), "")
        calls = self.tag_calls or _TAG_CALLS.get(self.service, _OTHERWISE)
        return Tags(said, *calls.split()) if said else Tags()

    @property
    def create(self) -> str:
        """The operation that creates one."""
        return self.operations.split()[0]

    @property
    def read(self) -> str:
        """The operation that reads one."""
        return self.operations.split()[1]

    @property
    def update(self) -> str:
        """The operation that changes one in place; "" if there is none."""
        return " ".join(self.operations.split()[2:-1])

    @property
    def delete(self) -> str:
        """The operation that deletes one."""
        return self.operations.split()[-1]


def tables_in(path: Path) -> Iterator[ResourceTable]:
    """The tables of a YAML file.

    Raises:
        msgspec.ValidationError: A field is unknown or of the wrong kind; the error names the type and the field.
    """
    for name, fields in msgspec.yaml.decode(path.read_bytes(), type=dict[str, dict[str, Any]]).items():
        try:
            yield msgspec.convert({"type_name": name, **fields}, ResourceTable)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(f"{path.name}, {name}: {error}") from error
