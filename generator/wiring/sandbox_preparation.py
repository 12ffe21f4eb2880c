"""What the sandbox has before the first release, like an AWS account: zones, home, foundations, a published version.

``slipway sandbox prepare`` does it, and ``slipway apply --sandbox`` calls that. All of it may be done again: what is as
it should be stays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from generator.build.publish import Parts, content_commit, create_version
from generator.catalog.stack_spec import home_environment
from generator.release.errors import NotPublished
from generator.release.model.version import Image, SiteFiles
from generator.release.policy_changes import document
from generator.sandbox.samples import SAMPLE_PAGE, SAMPLES, archive, base, digest, manifest
from generator.wiring.built_platform import amis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from generator.config.model import Configuration
    from generator.release.model.version import Code, Version
    from generator.wiring.application import Application, Tools
    from generator.wiring.built_platform import BuiltPlatform

    BringUp = Callable[[BuiltPlatform, set[str]], list[tuple[str, str]]]


class Preparation(NamedTuple):
    """What exists now: ids of hosted zones, the administrators' stacks with their outcomes, and the version."""

    zones: list[str]
    stacks: list[tuple[str, str]]
    version: Version | None


def prepare(
    application: Application,
    platform: BuiltPlatform,
    environments: Iterable[str],
    subject: str | None,
    bring_up: BringUp,
) -> Preparation:
    """Prepare the sandbox for the first release into these environments.

    Args:
        application: the engine.
        platform: the built configuration.
        environments: names of environments.
        subject: the subject of the version that is published; None publishes none.
        bring_up: creates home and the foundations of a set of accounts, and returns each stack with its outcome.

    Raises:
        BuildError: the version can't be built.
        StackFailed: home or a foundation could not be created.
    """
    zones = make_zones(platform.config, platform.tools)
    make_login_secrets(platform.config, platform.tools)
    known = platform.config.environments
    accounts = {home_environment(platform.config).account} | {known[e].account for e in environments if e in known}
    stacks = bring_up(platform, accounts)
    if subject is None:
        return Preparation(zones, stacks, None)
    return Preparation(
        zones,
        stacks,
        publish(application, platform, {}, subject, running_images(application), running_sites(application)),
    )


def make_zones(config: Configuration, tools: Tools) -> list[str]:
    """Create the hosted zones in the configuration, which exist in AWS before the platform. Returns their ids."""
    found: list[str] = []
    for env in config.environments.values():
        if env.hosted_zone_id is not None:
            # The sandbox loads Route 53 at its first call.
            tools.calls("route53", env.account, env.region)("list_hosted_zones")
            zone = {"id": env.hosted_zone_id, "name": env.domain, "account": env.account}
            tools.control.post("hosted-zone", zone)
            found.append(env.hosted_zone_id)
    return found


def make_login_secrets(config: Configuration, tools: Tools) -> None:
    """Create the client secrets that logins name, in the versions that they name: in AWS a person puts them there."""
    for environment, services in config.services.items():
        env = config.environments[environment]
        for login in (spec.login for spec in services.values() if spec.login is not None):
            secret, call = login.client_secret, tools.calls("secretsmanager", env.account, env.region)
            name = f"{config.platform.name}/{environment}/login/{secret.name}"
            value = json.dumps({secret.key: "sandbox"})
            there = call("list_secrets", Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
            if not any(row["Name"] == name for row in there):
                call("create_secret", Name=name, SecretString=value)
            # The sandbox gives the first version of a secret an id of its own.
            call("put_secret_value", SecretId=name, SecretString=value, ClientRequestToken=secret.version)


def publish(  # noqa: PLR0913, PLR0917 - what a version is made of
    application: Application,
    platform: BuiltPlatform,
    samples: Mapping[str, str],
    subject: str,
    unchanged: Mapping[str, Image],
    sites: Mapping[str, SiteFiles],
) -> Version:
    """Publish the local build with a sample image for each service; ``unchanged`` are images that stay as they are.

    ``sites`` are the files of static sites; a site that it does not name gets a sample page.
    """
    now = application.clock()
    images: dict[str, Image] = {}
    code: dict[str, Code] = {}
    files = dict(sites)
    for spec in platform.specs.values():
        released = next(s for s in platform.result.stacks if s.artifact.key == spec.key).artifact.interface.released
        service = spec.scope.service
        if "ImageUri" in released and service not in images:
            architecture = application.facts.stacks[spec.key].architecture
            sample = samples.get(service, "good")
            images[service] = unchanged.get(service) or sample_image(
                platform.config, service, sample, architecture, now
            )
        if "CodeKey" in released and service not in code:
            code[service] = platform.tools.publisher.code(archive())
        if "SitePath" in released and service not in files:
            files[service] = platform.tools.publisher.site(service, SAMPLE_PAGE)
    parts = Parts(images, code, amis(platform), document(application.facts), sites=files)
    commit = content_commit(platform.result, parts, subject, application.facts.default_branch)
    made = create_version(platform.result, platform.bodies, commit, parts, now)
    version: Version = platform.tools.publisher.publish(made.version, made.bodies)
    hold_images(platform.config, platform.tools, version)
    return version


def sample_image(config: Configuration, service: str, sample: str, architecture: str, now: float) -> Image:
    """A sample image as a version names it."""
    home = home_environment(config)
    registry = f"{home.account}.dkr.ecr.{home.region}.amazonaws.com/{config.platform.name}"
    uri = f"{registry}/{service}@{digest(service, sample)}"
    return Image(uri=uri, architecture=architecture, base=base(sample, now))


def hold_images(config: Configuration, tools: Tools, version: Version) -> None:
    """Let the registry store a version's sample images, now or when their repositories are created."""
    home = home_environment(config)
    # The sandbox loads ECR at its first call.
    tools.calls("ecr", home.account, home.region)("describe_repositories")
    for service, image in version.images.items():
        sample = next((name for name in SAMPLES if digest(service, name) == image.digest), None)
        if sample is not None:
            held = [{"manifest": manifest(service, sample), "tag": f"sample-{sample}"}]
            place = {"account": home.account, "region": home.region, "repository": image.repository}
            tools.control.post("sample-images", {**place, "images": held})


def running_images(application: Application) -> dict[str, Image]:
    """The running image of each service, in the environment of its last release."""
    slots = application.client.log.slots(list(application.facts.stacks))
    found: dict[str, Image] = {}
    for key, slot in sorted(slots.items(), key=lambda row: row[1].at):
        facts = application.facts.stacks.get(key)
        if facts is not None and slot.running is not None and slot.running.image:
            image = Image(uri=slot.running.image, architecture=facts.architecture)
            found[facts.ref.service] = _as_published(application, slot.running.commit, facts.ref.service, image)
    return found


def running_sites(application: Application) -> dict[str, SiteFiles]:
    """The files that run of each static site, in the environment of its last release."""
    slots = application.client.log.slots(list(application.facts.stacks))
    found: dict[str, SiteFiles] = {}
    for key, slot in sorted(slots.items(), key=lambda row: row[1].at):
        facts, running = application.facts.stacks.get(key), slot.running
        if facts is None or running is None or "SitePath" not in running.parameters:
            continue
        try:
            published = application.versions.get(running.commit).sites.get(facts.ref.service)
        except NotPublished:
            continue
        if published is not None and published.path == running.parameters["SitePath"]:
            found[facts.ref.service] = published
    return found


def _as_published(application: Application, commit: str, service: str, running: Image) -> Image:
    """The image with the facts that its version has about it, if the version still exists."""
    try:
        found = application.versions.get(commit).images.get(service)
    except NotPublished:
        return running
    return found if found is not None and found.uri == running.uri else running
