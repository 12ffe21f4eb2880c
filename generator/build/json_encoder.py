"""A troposphere template as bytes, in one pass over its tree.

troposphere's own ``to_dict`` encodes every subtree again at each level above it, and ``json`` with ``indent`` runs in
pure Python. Here msgspec walks the tree in C and asks :func:`_unwrap` for what is not plain data; that runs the same
validation. A test holds the result equal to troposphere's over every template.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from troposphere import AWSHelperFn, BaseAWSObject, Tags, Template, encode_to_dict

from generator.release.digests import canonical

_Unwrap = Callable[[Any], Any]
_by_type: dict[type, _Unwrap] = {}


def to_bytes(template: Template) -> bytes:
    """The canonical JSON of ``template.to_dict()``: the same bytes on every machine.

    Raises:
        Invalid: as :func:`generator.release.digests.canonical`.
        ValueError, TypeError: what troposphere's validation raises for a missing or wrong property.
    """
    # Template.to_dict only arranges the parts and hands them to encode_to_dict: its arrangement, our encoder.
    parts: dict[str, Any] = {
        "Description": template.description,
        "Metadata": template.metadata,
        "Conditions": template.conditions,
        "Mappings": template.mappings,
        "Outputs": template.outputs,
        "Parameters": template.parameters,
        "AWSTemplateFormatVersion": template.version,
        "Transform": template.transform,
        "Rules": template.rules,
        "Globals": template.globals,
    }
    document = {name: part for name, part in parts.items() if part}
    document["Resources"] = template.resources
    return canonical(document, _unwrap)


def to_plain(template: Template) -> dict[str, Any]:
    """The result of ``template.to_dict()``, as plain data."""
    plain: dict[str, Any] = msgspec.json.decode(to_bytes(template))
    return plain


def _unwrap(value: Any) -> Any:
    """The JSON value of an object: one level; msgspec calls again for the objects inside."""
    kind = type(value)
    unwrap = _by_type.get(kind)
    if unwrap is None:
        unwrap = _by_type[kind] = _choose(kind)
    return unwrap(value)


def _choose(kind: type) -> _Unwrap:
    """How to unwrap a type. A type with a ``to_dict`` of its own uses that."""
    own = getattr(kind, "to_dict", None)
    if own is BaseAWSObject.to_dict:
        return _of_class(kind)
    if own is AWSHelperFn.to_dict:
        return lambda value: value.data
    if own is Tags.to_dict:
        return lambda value: value.tags
    if own is None and hasattr(kind, "JSONrepr"):
        return lambda value: value.JSONrepr()  # awacs
    return encode_to_dict


def _of_class(kind: Any) -> _Unwrap:
    """The unwrapping of one class of resources or properties. What all its objects share is computed once."""
    required = tuple(name for name, (_, needed) in kind.props.items() if needed)
    validates = kind.validate is not BaseAWSObject.validate
    is_resource = hasattr(kind, "resource_type")

    def unwrap(value: Any) -> Any:
        properties = value.properties
        if value.do_validation:
            for name in required:
                if name not in properties:
                    value.to_dict()  # raises with troposphere's own words
            if validates:
                value.validate()
        if properties:
            return value.resource
        if is_resource:
            return {name: item for name, item in value.resource.items() if name != "Properties"}
        return {}

    return unwrap
