"""Reads ``stacks/``. This is the fast path, for files that are right; ``diagnosis`` says what is wrong with the others."""

from typing import TYPE_CHECKING

import msgspec

from generator.config.documents import add
from generator.config.model import Configuration
from generator.config.problems import Parts
from generator.config.rules import problems
from generator.config.sources import gather
from generator.config.yaml_reader import SuspectError, plain

if TYPE_CHECKING:
    from pathlib import Path


def read_configuration(folder: "Path") -> Configuration:
    """Read and validate everything below ``folder`` (``stacks/``).

    Names are sorted; overrides are applied, so that ``services[environment][name]`` is what runs there.

    Raises:
        ConfigurationError: every mistake in every file, each with file, line, key and what to write instead.
    """
    gathered = gather(folder)
    if not gathered.errors:
        parts = Parts(None, gathered.environments, {}, [], {})
        try:
            for source in gathered.sources:
                add(parts, gathered.root, source, plain(source.data))
        except (SuspectError, msgspec.ValidationError, TypeError):
            pass  # explained below
        else:
            if next(problems(parts), None) is None:
                return parts.configuration()
    from generator.config.diagnosis import explain

    return explain(gathered)
