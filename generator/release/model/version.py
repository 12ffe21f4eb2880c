"""What CI published for a commit: images and built templates, by digest."""

from generator.release.model.base import Value


class Base(Value):
    """The image that another was built from: ``python:3.13-slim``, as CI saw it in its registry.

    ``built`` is epoch seconds, the date of its newest layer; 0 where its registry tells none.
    """

    name: str
    digest: str = ""
    built: float = 0.0


class Image(Value):
    """A service's image: ``uri`` is ``REPOSITORY@sha256:…`` in the home account's registry, as ``ImageUri`` takes it.

    ``base`` is None if the publisher did not name it.
    """

    uri: str
    architecture: str = ""  # X86_64 or ARM64, "" if the publisher did not say
    base: Base | None = None

    @property
    def digest(self) -> str:
        """``sha256:`` and 64 hex digits."""
        return self.uri.partition("@")[2]

    @property
    def repository(self) -> str:
        """Name of the ECR repository: ``slipway/app``."""
        return self.uri.partition("@")[0].partition("/")[2]


class Code(Value):
    """A function's code: an object of the artifact bucket. ``version`` is the S3 version id that has this content."""

    bucket: str
    key: str
    digest: str
    version: str = ""


class SiteFiles(Value):
    """The files of a static site: ``path`` in home's bucket of sites, which ends with the digest of all of them."""

    path: str
    count: int = 0
    size: int = 0  # bytes


class Body(Value):
    """A built template: ``digest`` of its canonical JSON, ``key`` where its bytes are, and what a deployment must know.

    ``sources`` says which stack's output feeds each parameter (``{"VpcId": "prod/network"}``), ``released`` which
    parameters a release brings (``ImageUri``, ``Release``, ``CodeBucket``, ``CodeKey``, ``CodeVersion``,
    ``AmiId``, ``SitePath``).
    """

    digest: str
    key: str
    capabilities: tuple[str, ...] = ()
    sources: dict[str, str] = {}
    released: tuple[str, ...] = ()


class Commit(Value):
    """A commit as people know it. Subject and author come from outside: never interpreted."""

    id: str
    branch: str = ""
    subject: str = ""
    author: str = ""
    time: float = 0.0


class Version(Value):
    """What CI published for one commit; immutable. ``published`` is epoch seconds.

    ``stacks`` maps ``prod/network`` to the built template, ``images`` services and ``code`` functions to what runs,
    ``amis`` stacks to the id of the AMI that their instances start from, ``sites`` static sites to their files. ``policy`` is the release policy of its
    configuration (:func:`generator.release.policy_changes.document`), which the bot's image carries; None for versions
    that were published without. ``built_on`` is the commit of the platform's version whose templates it has, where a
    service's own repository published its image. ``builder`` is the run of CI that published it, as an address; "" if a person published
    it by hand.
    """

    commit: Commit
    published: float
    images: dict[str, Image] = {}
    code: dict[str, Code] = {}
    stacks: dict[str, Body] = {}
    amis: dict[str, str] = {}
    sites: dict[str, SiteFiles] = {}
    policy: Body | None = None
    builder: str = ""
    built_on: str = ""
    order: tuple[str, ...] = ()  # stacks in an order in which they can be deployed

    @property
    def id(self) -> str:
        """The full commit id."""
        return self.commit.id

    @property
    def short(self) -> str:
        """As people write it: the first twelve digits."""
        return self.commit.id[:12]


class Running(Value):
    """What a stack runs, or ran: the version, and the release that brought it. ``since`` is epoch seconds.

    ``parameters`` are those that a release brings; with ``template`` (digest) and ``body`` (key) they say what to go
    back to.
    """

    commit: str
    template: str
    body: str = ""
    parameters: dict[str, str] = {}
    subject: str = ""
    release: str = ""
    since: float = 0.0
    committed: float = 0.0  # time of the commit, 0 where nobody said
    deferred: str = ""  # what of the version comes with later releases (generator.release.deferred)

    @property
    def image(self) -> str:
        """The image's address with its digest, "" for a stack without one."""
        return self.parameters.get("ImageUri", "")
