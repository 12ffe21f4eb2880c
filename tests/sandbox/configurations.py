"""Configurations of the repository as they are built: what a deployment has to know of every stack."""

import functools
import json
from pathlib import Path
from typing import Any, NamedTuple

from generator.build.artifact import Artifact, build_artifact
from generator.build.graph import Graph, link
from generator.catalog.stack_spec import StackSpec
from generator.catalog.stacks import stacks
from generator.config.model import Configuration
from generator.config.read import read_configuration

ROOT = Path(__file__).parents[2]


class Built(NamedTuple):
    """A configuration as it was built."""

    config: Configuration
    specs: dict[str, StackSpec]
    artifacts: dict[str, Artifact]
    bodies: dict[str, dict[str, Any]]
    graph: Graph


@functools.cache
def built(folder: str = "stacks") -> Built:
    """Everything of a configuration, below the repository's root."""
    config = read_configuration(ROOT / folder)
    specs = {spec.key: spec for spec in stacks(config)}
    made = {key: build_artifact(spec, "") for key, spec in specs.items()}
    accounts = {name: env.account for name, env in config.environments.items()}
    artifacts = {key: artifact for key, (artifact, _) in made.items()}
    graph = link({key: artifact.interface for key, artifact in artifacts.items()}, accounts)
    return Built(config, specs, artifacts, {key: json.loads(body) for key, (_, body) in made.items()}, graph)
