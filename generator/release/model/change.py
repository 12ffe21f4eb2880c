"""A change set as CloudFormation describes it, with property values, in this domain's terms and order."""

from typing import Literal

from generator.release.model.base import Value

Action = Literal["Add", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]
# "" where AWS says nothing: the action is not Modify.
Replacement = Literal["True", "False", "Conditional", ""]
PolicyAction = Literal[
    "Delete", "Retain", "Snapshot", "ReplaceAndDelete", "ReplaceAndRetain", "ReplaceAndSnapshot", ""
]  # fmt: skip
Evaluation = Literal["Static", "Dynamic"]
# A value that CloudFormation learns only while it works (CloudFormation User Guide: View a change set).
KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"


class Detail(Value):
    """One reason why a resource changes (API Reference: ResourceChangeDetail).

    ``path`` is a JSON pointer such as ``/Properties/Tags``, or the top-level property's name where AWS gives no path.
    ``before`` and ``after`` are JSON texts of the values, None where AWS does not report them.
    """

    attribute: str  # Properties, Metadata, CreationPolicy, UpdatePolicy, DeletionPolicy, UpdateReplacePolicy, Tags
    name: str = ""  # the property, if attribute is Properties
    path: str = ""
    requires_recreation: Literal["Never", "Conditionally", "Always", ""] = ""
    before: str | None = None
    after: str | None = None
    change_type: Literal["Add", "Remove", "Modify", "SyncWithActual", ""] = ""
    evaluation: Evaluation = "Static"
    source: str = (
        ""  # ParameterReference, ResourceReference, ResourceAttribute, DirectModification, Automatic, NoModification
    )
    cause: str = ""  # the parameter, resource or attribute that it comes from


class ResourceChange(Value):
    """What would happen to one resource (API Reference: ResourceChange).

    ``before`` and ``after`` are the JSON texts ``BeforeContext`` and ``AfterContext``, with the whole properties.
    """

    logical_id: str
    type: str
    action: Action
    physical_id: str = ""
    replacement: Replacement = ""
    policy_action: PolicyAction = ""
    scope: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    before: str | None = None
    after: str | None = None
    drift_status: str = ""


class ChangeSet(Value):
    """A change set that can be executed, whole (all pages), as it was described by its ARN.

    ``parameters`` are the values that the stack would have, resolved where CloudFormation says so; ``tags``,
    ``capabilities`` and ``role`` likewise. ``template`` is the digest of the template it carries (canonical JSON).
    ``execution`` is AWS's ExecutionStatus, ``created`` epoch seconds.
    """

    arn: str
    name: str
    stack_id: str
    stack_name: str
    kind: Literal["CREATE", "UPDATE"]
    changes: tuple[ResourceChange, ...]
    parameters: dict[str, str] = {}
    tags: dict[str, str] = {}
    capabilities: tuple[str, ...] = ()
    role: str = ""
    template: str = ""
    execution: str = "AVAILABLE"
    created: float = 0.0
