"""A resource type as a table: which operations of its service make it, and what CloudFormation and the API name apart.

Botocore's models say the rest. Of the properties each operation gets those that its input has; what an update does not
take, CloudFormation replaces. `table_provider` runs a table.

Expressions are JMESPath (https://jmespath.org/specification.html), as the AWS CLI's `--query` takes it, over what was
read of the resource, its properties, and `id`, `name` (the last part of the id), `account`, `region` and `token` (a new UUID);
or text in which such names stand in braces: `arn:aws:s3:::{id}`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Tags(NamedTuple):
    """The calls for tags. Their shapes say how they name the resource and whether they take a list or a map.

    Attributes:
        add: The operation that adds tags; also at creation, if the create operation takes none.
        remove: The operation that removes them by key.
        read: The operation that lists them; "" if they come with the resource.
        of: Expression for what the operations know the resource by.
        property: The template's property.
    """

    add: str = "tag_resource"
    remove: str = "untag_resource"
    read: str = "list_tags_for_resource"
    of: str = "id"
    property: str = "Tags"


class Setting(NamedTuple):
    """A property that has a call of its own, made where create or update do not take the property themselves.

    Attributes:
        property: The template's property.
        put: The operation that sets it.
        clear: The operation that takes it away when it leaves the template.
        default: The value that it has then, if there is no such operation; None leaves it as it is.
        off: The operation that a false value means, for a pair such as StartLogging and StopLogging.
        argument: The member that takes the value, if it is not named as the property.
        along: Properties that go with it in the same call.
        always: Parameters of its calls, such as the name of an attribute.
        at_once: Whether create takes it under another name.
        convert: Makes the API's value of the template's.
        read: The operation that reads it, if the resource does not show it.
        path: Expression in the read operation's answer.
        none: Codes by which the read operation says that it is not set.
    """

    property: str
    put: str = ""
    clear: str = ""
    default: Any = None
    off: str = ""
    argument: str = ""
    along: str = ""
    always: Mapping[str, str] = _NOTHING
    at_once: bool = False
    convert: Callable[[Any], Any] | None = None
    read: str = ""
    path: str = ""
    none: str = ""


class Members(NamedTuple):
    """A list whose members are added and removed one by one.

    Attributes:
        property: The template's property.
        add: The operation that adds one.
        remove: The operation that removes one.
        argument: The member that takes one; "" if a member is a structure of the operation's own parameters.
        by: The key of a structure.
        first: Whether the members must go before the resource can be deleted.
    """

    property: str
    add: str
    remove: str
    argument: str = ""
    by: str = ""
    first: bool = True


class ResourceTable(NamedTuple):
    """One resource type.

    Attributes:
        type_name: Such as `AWS::Logs::LogGroup`.
        service: The client, such as `logs`.
        operations: Those that create, read, update and delete it, in one text; of three, none updates.
        properties: Those that the sandbox does, in one text; any other is refused.
        found: Expression for the resource in the read operation's answer, if it is not the first structure or list there;
            "" is the whole answer. Of a list the first is meant, or the one that matches.
        id: Expression for the physical id, over properties and the create operation's answer, if the answer does not hold
            it by its key and it is not the name.
        key: The member that takes the id, if it is not that of the name, in singular (`VpcId` also fills `VpcIds`); parts of an id are parted by `|`.
        beside: Properties that reading and deleting need beside the id.
        name: The property that names it; a name is generated if the template has none.
        limit: How long a generated name may be.
        lower: Whether names have no capitals.
        fifo: The property by which a generated name ends in `.fifo`.
        gone: The codes by which the service says that it is not there.
        dead: States in which it is gone, as `State=deleted|deleting`.
        match: Which of several is meant: the expression over one that gives the id or its last part.
        overwrites: Whether create takes over one of the same name silently: then it is read first, and fails.
        renames: The API's names of properties, where they differ in more than capitals.
        defaults: What update sets when a property leaves the template.
        always: Parameters that are always sent, to the operations that take them.
        differing: Whether update gets only what differs.
        lock: The member that takes the version of now, and its expression in the read operation's answer.
        attributes: The values of `Fn::GetAtt`, as expressions; each that reads something needs braces or a read.
        live: Expressions for properties that the API shows in another shape; they know no properties of the template.
        untold: Properties that no API shows: drift never sees them.
        tags: The calls for tags.
        own_tags: Whether the service takes `aws:cloudformation:*` tags from us.
        settings: Properties with calls of their own.
        members: Lists with calls for each member.
        said: Makes the API's structure of the properties, where renaming is not enough.
        seen: Makes properties of what was read, where an expression is not enough.
    """

    type_name: str
    service: str
    operations: str
    properties: str
    found: str | None = None
    id: str = ""
    key: str = ""
    beside: str = ""
    name: str = ""
    limit: int = 255
    lower: bool = False
    fifo: str = ""
    gone: str = ""
    dead: str = ""
    match: str = ""
    overwrites: bool = False
    renames: Mapping[str, str] = _NOTHING
    defaults: Mapping[str, Any] = _NOTHING
    always: Mapping[str, Any] = _NOTHING
    differing: bool = False
    lock: tuple[str, str] = ("", "")
    attributes: Mapping[str, str] = _NOTHING
    live: Mapping[str, str] = _NOTHING
    untold: str = ""
    tags: Tags = Tags("", "", "", "", "")
    own_tags: bool = True
    settings: tuple[Setting, ...] = ()
    members: tuple[Members, ...] = ()
    said: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    seen: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] | None = None

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
