"""Whether a change set replaces a resource: AWS's rule over the details of its changes.

What a change of one property demands (``RequiresRecreation``) follows from the type's schema, see ``Schema.recreation``
in ``resource_schemas``. Whether its value is known already (``Evaluation``) follows from ``change_causes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_IMPACT = {"False": 0, "Conditional": 1, "True": 2}


def replacement_of(details: Iterable[dict[str, Any]]) -> str:
    """`True`, `Conditional` or `False`: the greatest that any detail demands.

    Source: AWS CloudFormation API Reference, `ResourceChange.Replacement`.
    """
    return max((_of_detail(detail) for detail in details), key=_IMPACT.__getitem__)


def _of_detail(detail: dict[str, Any]) -> str:
    match (detail["Target"]["RequiresRecreation"], detail["Evaluation"]):
        case ("Always", "Static"):
            return "True"
        case ("Always", _) | ("Conditionally", _):
            return "Conditional"
    return "False"
