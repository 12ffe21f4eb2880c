"""Base classes of all values of the domain: frozen structs that are stored and sent as JSON."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An immutable, keyword-only value. Defaults are left out of its JSON; unknown keys are ignored when it is read."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the configuration that people write in ``stacks/``. Unknown keys are errors."""
