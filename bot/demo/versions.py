"""The versions that the demo publishes: their commits, changes of their templates, and the behavior of their tasks."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bot.demo.folder import SERVICE, TABLE, Folder
from bot.workspace.seed import Seed
from generator.build.build import Build
from generator.build.publish import Parts, build_with_bodies, content_commit, create_version
from generator.config.model import Configuration
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.release.model.version import Code, Image, SiteFiles, Version
from generator.release.policy_changes import document
from generator.sandbox.samples import SAMPLE_PAGE, archive
from generator.wiring.application import Application, Tools
from generator.wiring.sandbox_preparation import hold_images, sample_image

BASE = "base"
_HOUR = 3600.0


class DemoVersion(NamedTuple):
    """One version. ``change`` are the changed keys of the service; ``sample`` says what its tasks do."""

    name: str
    subject: str
    author: str
    sample: str
    hours: float  # how long ago it was published
    about: str
    change: Mapping[str, Any] = {}


# Newest last, so that `/deploy app prod` without a version goes well.
STORY = (
    DemoVersion(BASE, "Serve items from the table", "Ana Duarte", "good", 30, "the version before all of these"),
    DemoVersion("crashes", "Read settings from DATABASE_URL", "Cleo Lindqvist", "crashes", 26, "crashes when it starts"),
    DemoVersion("turns-bad", "Keep items in memory", "Ben Okafor", "turns-bad", 22, "answers 500 after 40 seconds"),
    DemoVersion(
        "slow", "Escape <script>alert(1)</script> & <!channel> in names", "Cleo Lindqvist", "slow", 8,
        "needs 45 seconds to start",
    ),
    DemoVersion(
        "widens", "Write a report every night", "Ben Okafor", "good", 5, ("adds permissions, so that two approvals "
            "are needed"),
        {"uses": {"tables": ["items", TABLE]}},
    ),
    DemoVersion("template", "Log at level debug", "Ana Duarte", "good", 2, "changes the template", {"environment": {"LOG_LEVEL": "debug"}}),
    DemoVersion("good", "Answer /items twice as fast", "Ana Duarte", "better", 0.2, "runs well"),
)  # fmt: skip


def story(name: str) -> DemoVersion:
    """The version with this name in the story."""
    return next(one for one in STORY if one.name == name)


class Published(NamedTuple):
    """Every published version, by its name in the story."""

    versions: dict[str, Version]

    @property
    def ids(self) -> dict[str, str]:
        """Commit by name."""
        return {name: version.id for name, version in self.versions.items()}


def publish(application: Application, folder: Folder, seed: Seed, show: Callable[[int], None]) -> Published:
    """Publish all versions as CI does. The registry stores their images when its repositories exist.

    ``show`` is called before each with the number of published versions.
    """
    found: dict[str, Version] = {}
    builds: dict[str, tuple[Configuration, Build, dict[str, bytes]]] = {}
    now = application.clock()
    for number, one in enumerate(STORY):
        show(number)
        same = str(one.change)
        if same not in builds:
            config = read_configuration(folder.variant(one.name, seed, one.change))
            builds[same] = (config, *build_with_bodies(config, folder.root / "versions" / one.name / "build"))
        found[one.name] = _publish(application, *builds[same], one, now)
    return Published(found)


def _publish(  # noqa: PLR0913, PLR0917 - what a version is made of
    application: Application,
    config: Configuration,
    result: Build,
    bodies: dict[str, bytes],
    one: DemoVersion,
    now: float,
) -> Version:
    from msgspec.structs import replace

    tools = _tools(application)
    images: dict[str, Image] = {}
    code: dict[str, Code] = {}
    sites: dict[str, SiteFiles] = {}
    for stack in result.stacks:
        known = application.facts.stacks[stack.artifact.key]
        service, released = known.ref.service, stack.artifact.interface.released
        if "ImageUri" in released:
            sample = one.sample if service == SERVICE else "good"
            images[service] = sample_image(config, service, sample, known.architecture, now)
        if "CodeKey" in released:
            code[service] = tools.publisher.code(archive())
        if "SitePath" in released:
            sites[service] = tools.publisher.site(service, SAMPLE_PAGE)
    parts = Parts(images, code, policy=document(application.facts), sites=sites)
    published = now - one.hours * _HOUR
    commit = content_commit(result, parts, one.subject, application.facts.default_branch)
    made = create_version(result, bodies, replace(commit, author=one.author), parts, published)
    version: Version = tools.publisher.publish(made.version, made.bodies)
    hold_images(config, tools, version)
    return version


def _tools(application: Application) -> Tools:
    if application.tools is None:
        raise UsageError("this command has no AWS access of its own; run it with the sandbox")
    return application.tools
