"""From one image to another: commits between, size, findings, age of the base image."""

from collections.abc import Mapping

from generator.preview.change_context import ChangeContext
from generator.preview.lookups import Image, Sources
from generator.release.model.preview import Finding, ImageDiff
from generator.release.model.version import Base

_DAY = 86400.0


def changed_images(context: ChangeContext) -> list[tuple[str, str, str]]:
    """``(container, old image, new image)`` of the containers whose image changes."""
    found = []
    for name in context.has("AWS::ECS::TaskDefinition"):
        if not context.touched(name):
            continue
        old, new = _containers(context.old(name)), _containers(context.new(name))
        found += [(key, old[key], image) for key, image in new.items() if key in old and old[key] != image]
    return found


def _containers(properties: Mapping[str, object] | None) -> dict[str, str]:
    rows = (properties or {}).get("ContainerDefinitions")
    return {
        str(row.get("Name")): str(row.get("Image"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping)
    }


def image_diff(
    context: ChangeContext, sources: Sources, before_parameters: Mapping[str, str]
) -> tuple[ImageDiff | None, list[str]]:
    """The image that changes, with what could be looked up about it, and sentences about what could not."""
    rows = changed_images(context)
    if not rows:
        return None, []
    missing = [f"{len(rows) - 1} more images change; only {rows[0][0]}'s is compared"] if len(rows) > 1 else []
    _, before, after = rows[0]
    old, new = (_looked_up(sources, uri, missing) for uri in (before, after))
    commits = (before_parameters.get("Release", ""), context.change_set.parameters.get("Release", ""))
    link, subjects = _between(sources, *commits, missing)
    fresh, fixed = _compared(old, new, missing)
    base = _base(sources, after, commits[1], missing) or Base(name=new.base if new else "")
    age = max(0.0, sources.now - base.built) / _DAY if sources.now is not None and base.built else None
    return (
        ImageDiff(
            before=before,
            after=after,
            before_commit=commits[0],
            after_commit=commits[1],
            compare_url=link,
            subjects=subjects,
            size_before=old.size if old else None,
            size_after=new.size if new else None,
            new_findings=fresh,
            fixed_findings=fixed,
            base_image=base.name,
            base_digest=base.digest,
            base_age_days=int(age) if age is not None else None,
        ),
        missing,
    )


def _looked_up(sources: Sources, uri: str, missing: list[str]) -> Image | None:
    if sources.images is None or "${" in uri:
        return None
    try:
        return sources.images.image(uri)
    except Exception as error:  # noqa: BLE001 - whatever a registry raises, the preview continues without it
        missing.append(f"image {uri.rsplit('/', 1)[-1]} could not be looked up: {error}")
        return None


def _base(sources: Sources, uri: str, commit: str, missing: list[str]) -> Base | None:
    if sources.bases is None:
        return None
    try:
        found = sources.bases.base(uri, commit)
    except Exception as error:  # noqa: BLE001 - likewise
        missing.append(f"the base image could not be looked up: {error}")
        return None
    if found is None:
        missing.append("how old the base image is: its version was published without --base")
    elif not found.built:
        missing.append(f"how old the base image is: the registry of {found.name} gives no date")
    return found


def _between(sources: Sources, before: str, after: str, missing: list[str]) -> tuple[str, tuple[str, ...]]:
    if sources.history is None or not before or not after or before == after:
        return "", ()
    try:
        found = sources.history.between(before, after)
    except Exception as error:  # noqa: BLE001 - likewise
        missing.append(f"the commits between could not be looked up: {error}")
        return "", ()
    return found.compare_url, found.subjects


def _compared(
    old: Image | None, new: Image | None, missing: list[str]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    if old is None or new is None:
        return (), ()
    if old.findings is None or new.findings is None:
        missing.append("an image was not scanned, so findings can't be compared")
        return (), ()
    was, now = set(old.findings), set(new.findings)

    def order(finding: Finding) -> tuple[int, str]:
        return (_SEVERITY.get(finding.severity, 9), finding.name)

    return tuple(sorted(now - was, key=order)), tuple(sorted(was - now, key=order))


_SEVERITY = {"CRITICAL": 0, "HIGH": 1, "MEDIUM": 2, "LOW": 3, "INFORMATIONAL": 4}
