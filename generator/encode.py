"""A troposphere template as plain data and as bytes, in one pass.

troposphere's own ``to_dict`` encodes every subtree again at each level above it, and ``json`` with ``indent`` runs in
pure Python. This walks each object once, runs the same validation, and gives the same data; a test holds the two equal
over every template.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from troposphere import AWSHelperFn, BaseAWSObject, Tags, Template, encode_to_dict

_Encoder = Callable[[Any], Any]
_SCALARS = frozenset({str, int, float, bool, type(None)})
_by_type: dict[type, _Encoder] = {}
_json = msgspec.json.Encoder(order="sorted")


def to_plain(template: Template) -> dict[str, Any]:
    """What ``template.to_dict()`` gives.

    Raises:
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
    plain = {name: _plain(part) for name, part in parts.items() if part}
    plain["Resources"] = _plain(template.resources)
    return plain


def to_bytes(plain: dict[str, Any]) -> bytes:
    """Compact UTF-8 JSON with sorted keys: the same bytes on every machine."""
    return _json.encode(plain)


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        return {name: _plain(item) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    encoder = _by_type.get(kind)
    if encoder is None:
        encoder = _by_type[kind] = _choose(kind)
    return encoder(value)


def _choose(kind: type) -> _Encoder:
    """The encoder for a type; anything with a ``to_dict`` of its own keeps it."""
    own = getattr(kind, "to_dict", None)
    if own is BaseAWSObject.to_dict:
        return _resource if hasattr(kind, "resource_type") else _property
    if own is AWSHelperFn.to_dict:
        return _helper
    if own is Tags.to_dict:
        return _tags
    return _stock


def _validated(value: Any) -> Any:
    if value.do_validation:
        present = value.properties
        for name, (_, required) in value.props.items():
            if required and name not in present:
                value._validate_props()  # noqa: SLF001 - raises with troposphere's own words
        value.validate()
    return value


def _resource(value: Any) -> Any:
    _validated(value)
    if value.properties:
        return _plain(value.resource)
    return {name: _plain(item) for name, item in value.resource.items() if name != "Properties"}


def _property(value: Any) -> Any:
    _validated(value)
    return _plain(value.resource) if value.properties else {}


def _helper(value: Any) -> Any:
    return _plain(value.data)


def _tags(value: Any) -> Any:
    return [_plain(tag) for tag in value.tags]


def _stock(value: Any) -> Any:
    return encode_to_dict(value)
