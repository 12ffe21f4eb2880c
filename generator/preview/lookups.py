"""The lookups of previews. Each port is optional and may fail: the reading then says what is not known, and why."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from generator.cost.price_table import Table
from generator.release.model.preview import Finding
from generator.release.model.version import Base


class Difference(NamedTuple):
    """One property that differs from its template (CloudFormation API Reference, PropertyDifference).

    ``path`` is a JSON pointer below the properties, ``expected`` and ``actual`` JSON texts or plain texts.
    """

    logical_id: str
    type: str
    physical_id: str
    path: str
    expected: str
    actual: str


class Drift(Protocol):
    """Drift detection of one stack."""

    def differences(self, stack_id: str) -> Iterable[Difference]:
        """Every property that differs now."""


class Culprit(NamedTuple):
    """Who changed a resource last, and when (ISO 8601, UTC)."""

    who: str
    when: str


class Trail(Protocol):
    """CloudTrail's event history."""

    def last_change(self, physical_id: str) -> Culprit | None:
        """The last call that changed a resource and did not come from CloudFormation or ECS. None if there is none."""


class Image(NamedTuple):
    """What the registry knows about an image. ``size`` in bytes, None if not known.

    ``findings`` is None where the image was not scanned, ``base`` what its manifest names as its base image.
    """

    size: int | None = None
    findings: tuple[Finding, ...] | None = None
    base: str = ""


class Images(Protocol):
    """The image registry."""

    def image(self, uri: str) -> Image:
        """An image by its URI, with digest or tag."""


class Bases(Protocol):
    """What CI published about base images."""

    def base(self, uri: str, commit: str) -> Base | None:
        """The base image of an image, by its URI and the commit whose version brings it. None if it is not known."""


class Commits(NamedTuple):
    """The commits between two: a link, and subjects, newest first."""

    compare_url: str = ""
    subjects: tuple[str, ...] = ()


class History(Protocol):
    """What CI published about commits."""

    def between(self, before: str, after: str) -> Commits:
        """The commits between two full ids."""


class Durations(Protocol):
    """The release log."""

    def last(self, stack_name: str) -> Sequence[float]:
        """Seconds from execution to close of this stack's last successful releases, newest first."""


class Access(Protocol):
    """Access Analyzer (IAM Access Analyzer API Reference, CheckNoNewAccess)."""

    def new_access(self, existing: str, new: str, kind: str) -> bool:
        """Whether a policy document allows what another did not. ``kind`` is IDENTITY_POLICY or RESOURCE_POLICY."""


class Sources(NamedTuple):
    """All lookups of a preview. ``now`` is epoch seconds, for the age of base images."""

    prices: Table | None = None
    drift: Drift | None = None
    trail: Trail | None = None
    images: Images | None = None
    bases: Bases | None = None
    history: History | None = None
    durations: Durations | None = None
    access: Access | None = None
    now: float | None = None
