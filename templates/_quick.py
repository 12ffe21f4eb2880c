"""Makes troposphere's objects three times as fast to construct, with the same checks and the same result.

``BaseAWSObject.__init__`` builds the set of property names anew for each object and asks the class for each property
in turn; ``__setattr__`` looks at each value from scratch. Both are the same for every object of a class, so they are
worked out once. Only values whose type is exactly right take the short way; whatever is left, errors included, goes
through troposphere's own code. A test builds every template with and without this and compares bytes.
"""

from typing import Any

import troposphere
from troposphere import AWSHelperFn, BaseAWSObject, Tags

# The code that this was written against: any other version runs as it comes.
WRITTEN_FOR = "4.11.1"

_stock_init = BaseAWSObject.__init__
_stock_setattr = BaseAWSObject.__setattr__
_ATTRIBUTES = (
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdatePolicy",
    "UpdateReplacePolicy",
)
_TAKEN = frozenset({"title", "template", "do_validation", "propnames", "attributes", "properties", "resource"})


class _Shape:
    """What all objects of one class have in common."""

    def __init__(self, cls: type[BaseAWSObject]) -> None:
        self.names = set(cls.props)
        self.dictname = getattr(cls, "dictname", None)
        self.resource_type = getattr(cls, "resource_type", None)
        # Class attributes that stand for a property's value.
        self.defaults = {k: v for k in cls.props if (v := getattr(cls, k, None)) is not None}
        own_way = cls.__setattr__ is not _stock_setattr or bool(_TAKEN & self.names)
        self.plain: dict[str, type] = {} if own_way else {k: t for k, (t, _) in cls.props.items() if type(t) is type}
        self.any: frozenset[str] = frozenset() if own_way else frozenset(cls.props)


_shapes: dict[type, _Shape] = {}


def _init(self: Any, title: str | None, template: Any = None, validation: bool = True, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 - the signature is troposphere's
    cls = type(self)
    shape = _shapes.get(cls)
    if shape is None:
        shape = _shapes[cls] = _Shape(cls)
    properties: dict[str, Any] = {}
    own = self.__dict__
    own["title"] = title
    own["template"] = template
    own["do_validation"] = validation
    own["propnames"] = shape.names
    own["attributes"] = _ATTRIBUTES
    if title:
        self.validate_title()
    own["properties"] = properties
    resource = {shape.dictname: properties} if shape.dictname else properties
    own["resource"] = resource
    if shape.resource_type is not None:
        resource["Type"] = shape.resource_type
    own["_BaseAWSObject__initialized"] = True
    for name, value in shape.defaults.items():
        if name not in kwargs:
            self.__setattr__(name, value)
    plain, names = shape.plain, shape.any
    for name, value in kwargs.items():
        kind = type(value)
        if plain.get(name) is kind or (name in names and issubclass(kind, AWSHelperFn) and not issubclass(kind, Tags)):
            properties[name] = value
        else:
            self.__setattr__(name, value)
    self.add_to_template()


def install() -> None:
    """Put the short way in place, if this is the troposphere that it was written for."""
    if troposphere.__version__ == WRITTEN_FOR:
        BaseAWSObject.__init__ = _init  # type: ignore[method-assign]


def remove() -> None:
    """Put troposphere's own way back."""
    BaseAWSObject.__init__ = _stock_init  # type: ignore[method-assign]
