"""What must be there before the first release: home, foundations, and in a sandbox zones, versions and sample images."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from generator.apply.administrator import Administrator, AdministratorStack
from generator.build.build import Build
from generator.catalog.stack_spec import StackSpec
from generator.catalog.stack_spec import home_environment as home_environment  # noqa: PLC0414 - commands need it too
from generator.catalog.stacks import HOME, stacks
from generator.config.model import Configuration
from generator.errors import UsageError
from generator.release.errors import NotPublished
from generator.release.model.version import Code, Image, Version
from generator.wiring.application import Application, Tools

Say = Callable[[str], None]


class BuiltPlatform(NamedTuple):
    """A built configuration and the means to bring it up."""

    config: Configuration
    result: Build
    bodies: Mapping[str, bytes]
    specs: Mapping[str, StackSpec]
    tools: Tools


def ground(application: Application, out: Path) -> BuiltPlatform:
    """Build the configuration into ``out`` and keep what bringing it up takes.

    Raises:
        BuildError: it can't be built.
    """
    from generator.build.publish import built

    result, bodies = built(application.config, out)
    if application.tools is None:
        raise UsageError("this engine has no access to AWS of its own; use --sandbox, or credentials")
    return BuiltPlatform(
        application.config, result, bodies, {spec.key: spec for spec in stacks(application.config)}, application.tools
    )


def place(platform: BuiltPlatform, key: str) -> AdministratorStack:
    """A stack as an administrator makes it."""
    built = next(s for s in platform.result.stacks if s.artifact.key == key)
    scope = platform.specs[key].scope
    return AdministratorStack(
        key=key,
        name=built.stack_name,
        account=built.account,
        region=built.region,
        body=platform.bodies[key].decode(),
        capabilities=built.artifact.capabilities,
        sources=platform.result.graph.sources(key),
        tags={"platform": scope.platform, "environment": scope.environment, "stack": scope.stack},
    )


def administrator(platform: BuiltPlatform, pace: float) -> Administrator:
    """Somebody with the caller's own rights."""
    return Administrator(platform.tools.calls, pace=pace)


def administrators_stacks(config: Configuration, accounts: Iterable[str]) -> list[str]:
    """Home first, then the foundations of these accounts."""
    wanted = set(accounts)
    home = home_environment(config).account
    first = [f"{HOME}/home"] if home in wanted else []
    return [*first, *(f"{account}/foundation" for account in sorted(wanted))]


def parameters(platform: BuiltPlatform, admin: Administrator, wanted: AdministratorStack) -> dict[str, str]:
    """Values of a stack's parameters: outputs of the stacks that feed it.

    Raises:
        UsageError: one of them is not there yet.
    """
    values: dict[str, str] = {}
    outputs: dict[str, dict[str, str]] = {}
    for name, source in wanted.sources.items():
        if source not in outputs:
            outputs[source] = admin.outputs(place(platform, source))
        if name not in outputs[source]:
            account = platform.specs[source].scope.account
            raise UsageError(f"{wanted.key} needs {name} of {source}; first: slipway bootstrap {account}")
        values[name] = outputs[source][name]
    return values


def bring_up(platform: BuiltPlatform, admin: Administrator, keys: Iterable[str], say: Say) -> list[tuple[str, str]]:
    """Make or update the administrators' stacks that are not what they should be; answers what became of each.

    Raises:
        StackFailed: one of them could not be made; those before it stay.
    """
    found: list[tuple[str, str]] = []
    for key in keys:
        wanted = place(platform, key)
        if admin.is_current(wanted):
            found.append((key, "unchanged"))
            continue
        say(f"{key}: the administrators' stack, made with your own credentials")
        prepared = admin.prepare(wanted, parameters(platform, admin, wanted))
        found.append((key, admin.execute(prepared) if prepared is not None else "unchanged"))
    return found


# --- the sandbox's own


def make_zones(platform: BuiltPlatform) -> None:
    """Give the sandbox's accounts the hosted zones that the configuration names: they were there before the platform."""
    for env in platform.config.environments.values():
        if env.hosted_zone_id is not None:
            # The sandbox loads Route 53 at its first call.
            platform.tools.calls("route53", env.account, env.region)("list_hosted_zones")
            zone = {"id": env.hosted_zone_id, "name": env.domain, "account": env.account}
            platform.tools.control.post("hosted-zone", zone)


def sample_version(
    application: Application,
    platform: BuiltPlatform,
    samples: Mapping[str, str],
    subject: str,
    kept: Mapping[str, Image],
) -> Version:
    """Publish the local build with a sample image for each service; ``kept`` are images that stay as they are."""
    from generator.build.publish import Parts, content_commit, make
    from generator.sandbox.samples import archive, base, digest

    home = home_environment(platform.config)
    now = application.clock()
    registry = f"{home.account}.dkr.ecr.{home.region}.amazonaws.com/{platform.config.platform.name}"
    images: dict[str, Image] = {}
    code: dict[str, Code] = {}
    for spec in platform.specs.values():
        released = next(s for s in platform.result.stacks if s.artifact.key == spec.key).artifact.interface.released
        service = spec.scope.service
        if "ImageUri" in released and service not in images:
            sample = samples.get(service, "good")
            images[service] = kept.get(service) or Image(
                uri=f"{registry}/{service}@{digest(service, sample)}",
                architecture=application.facts.stacks[spec.key].architecture,
                base=base(sample, now),
            )
        if "CodeKey" in released and service not in code:
            code[service] = platform.tools.publisher.code(archive())
    parts = Parts(images, code)
    commit = content_commit(platform.result, parts, subject, application.facts.default_branch)
    made = make(platform.result, platform.bodies, commit, parts, now)
    version: Version = platform.tools.publisher.publish(made.version, made.bodies)
    return version


def push_samples(application: Application, version: Version, service: str) -> None:
    """Put a service's image into the registry, if it is a sample and not there."""
    from generator.sandbox.samples import SAMPLES, digest, push

    image = version.images.get(service)
    sample = next((name for name in SAMPLES if image is not None and digest(service, name) == image.digest), None)
    if image is not None and sample is not None and application.tools is not None:
        home = home_environment(application.config)
        push(application.tools.calls("ecr", home.account, home.region), image.repository, service, sample)


def running_images(application: Application) -> dict[str, Image]:
    """The image that runs of each service, in whichever environment it was released to last."""
    slots = application.client.log.slots(list(application.facts.stacks))
    found: dict[str, Image] = {}
    for key, slot in sorted(slots.items(), key=lambda row: row[1].at):
        facts = application.facts.stacks.get(key)
        if facts is not None and slot.running is not None and slot.running.image:
            image = Image(uri=slot.running.image, architecture=facts.architecture)
            found[facts.ref.service] = _as_published(application, slot.running.commit, facts.ref.service, image)
    return found


def _as_published(application: Application, commit: str, service: str, running: Image) -> Image:
    """The image with what its version says of it beside its address, if the version is still there."""
    try:
        found = application.versions.get(commit).images.get(service)
    except NotPublished:
        return running
    return found if found is not None and found.uri == running.uri else running
