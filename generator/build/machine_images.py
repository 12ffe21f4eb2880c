"""AMIs of container instances: a version names them by id, so that what was agreed to is what starts.

Source: Amazon ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata": public parameters, the same in
every account of a Region.
"""

from collections.abc import Callable, Iterable, Mapping

from generator.catalog.stack_spec import StackSpec
from generator.errors import UsageError

Lookup = Callable[[str, str], str]
"""Region and name of a public parameter to its value."""


def machine_images(
    specs: Mapping[str, StackSpec], released: Mapping[str, Iterable[str]], lookup: Lookup
) -> dict[str, str]:
    """AMI id by stack, for each stack that takes ``AmiId``; ``released`` are the parameters that a release brings.

    Raises:
        UsageError: there is no AMI for that Region.
    """
    from templates.cluster.capacity import image_parameter

    known: dict[tuple[str, str], str] = {}
    found: dict[str, str] = {}
    for key, names in sorted(released.items()):
        if "AmiId" not in names:
            continue
        spec = specs[key]
        wanted = spec.scope.region, image_parameter(spec.params.cluster.ec2.instance_type)
        if wanted not in known:
            known[wanted] = lookup(*wanted)
        if not known[wanted].startswith("ami-"):
            raise UsageError(
                f"{key}: AWS has no AMI {wanted[1]} in {wanted[0]}; choose another Region or instance type"
            )
        found[key] = known[wanted]
    return found
