"""AMIs of container instances. A version names them by id, so that the approved AMI is the one that starts.

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
        key_of = spec.scope.region, image_parameter(spec.params.cluster.ec2.instance_type)
        if key_of not in known:
            known[key_of] = lookup(*key_of)
        if not known[key_of].startswith("ami-"):
            raise UsageError(
                f"{key}: AWS has no AMI {key_of[1]} in {key_of[0]}; choose another Region or instance type"
            )
        found[key] = known[key_of]
    return found
