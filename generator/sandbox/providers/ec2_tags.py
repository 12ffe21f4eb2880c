"""What all EC2 types share: `CreateTags` for all of them; the resource comes with its tags."""

from __future__ import annotations

from generator.sandbox.providers.old_table import Tags

EC2_TAGS = Tags("create_tags", "delete_tags", read="")
