"""Makes troposphere's objects several times as fast to construct, with the same checks and the same result.

``BaseAWSObject.__init__`` builds the set of property names again for each object and asks the class for each property
in turn; ``__setattr__`` looks at each expectation from scratch. Both are the same for every object of a class, so they
are worked out once. Only values that are right take the short way; whatever is left, errors included, goes through
troposphere's own code. Tests build every template with and without this and compare bytes, and compare errors.
"""

from types import FunctionType
from typing import Any

import troposphere
from troposphere import AWSHelperFn, BaseAWSObject, Tags

# The code that this was written against: any other version runs as it comes.
WRITTEN_FOR = "4.11.1"

_stock_init = BaseAWSObject.__init__
_stock_setattr = BaseAWSObject.__setattr__
_ATTRIBUTES = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdatePolicy",
    "UpdateReplacePolicy",
]
_TAKEN = frozenset({"title", "template", "do_validation", "propnames", "attributes", "properties", "resource"})


class _Shape:
    """What all objects of one class have in common.

    ``kinds``, ``lists`` and ``checks`` hold, by property, the types that a value may have, the types that a list's
    items may have, and the function that checks a value. A property of none of them takes troposphere's way.
    """

    def __init__(self, cls: type[BaseAWSObject]) -> None:
        self.names = set(cls.props)
        self.dictname = getattr(cls, "dictname", None)
        self.resource_type = getattr(cls, "resource_type", None)
        # Class attributes that stand for a property's value.
        self.defaults = {k: v for k in cls.props if (v := getattr(cls, k, None)) is not None}
        self.kinds: dict[str, Any] = {}
        self.lists: dict[str, tuple[type, ...]] = {}
        self.checks: dict[str, Any] = {}
        if cls.__setattr__ is not _stock_setattr or _TAKEN & self.names:
            return
        for name, (expected, _) in cls.props.items():
            if isinstance(expected, FunctionType):
                self.checks[name] = expected
            elif isinstance(expected, list):
                if not any(isinstance(e, FunctionType) for e in expected):
                    self.lists[name] = (*expected, AWSHelperFn)
            else:
                self.kinds[name] = expected


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
    for name, value in kwargs.items():
        if not _set(shape, properties, name, value):
            self.__setattr__(name, value)
    self.add_to_template()


def _set(shape: _Shape, properties: dict[str, Any], name: str, value: Any) -> bool:  # noqa: PLR0911 - a ladder of questions
    """Set a property if the value is beyond doubt; the order of these questions is troposphere's."""
    kinds = shape.kinds.get(name)
    if kinds is not None:
        if isinstance(value, kinds) or (isinstance(value, AWSHelperFn) and not isinstance(value, Tags)):
            properties[name] = value
            return True
        return False
    items = shape.lists.get(name)
    if items is not None:
        if type(value) is list and all(isinstance(item, items) for item in value):
            properties[name] = value
            return True
        return False
    check = shape.checks.get(name)
    if check is None:
        return False
    if isinstance(value, AWSHelperFn) and not isinstance(value, Tags):
        properties[name] = value
        return True
    try:
        properties[name] = check(value)
    except Exception:  # noqa: BLE001 - troposphere asks again, and says what is wrong in its own words
        return False
    return True


def install() -> None:
    """Put the short way in place, if this is the troposphere that it was written for."""
    if troposphere.__version__ == WRITTEN_FOR:
        BaseAWSObject.__init__ = _init  # type: ignore[method-assign]


def remove() -> None:
    """Restore the functions of troposphere itself."""
    BaseAWSObject.__init__ = _stock_init  # type: ignore[method-assign]
