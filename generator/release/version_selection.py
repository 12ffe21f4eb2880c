"""Selects a version: the newest that may go to a stack, or a named one. Pure, over what was published."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from generator.release.log_items import Good
from generator.release.model.log_records import Slot
from generator.release.model.settings import Releases
from generator.release.model.version import Running, Version

# How far back somebody who names no version wants to go.
LOOK_BACK = 50


class Chosen(NamedTuple):
    """A version, and the newer ones that were skipped, with the reason."""

    version: Version
    passed_over: tuple[str, ...] = ()


class NothingToRelease(NamedTuple):
    """No version can be used. ``published`` says whether there is any for this stack at all."""

    why: str
    passed_over: tuple[str, ...] = ()
    published: bool = True


def call(version: Version) -> str:
    """A version as people read it: ``3f2a5b6c7d8e (Fix the typo)``."""
    subject = version.commit.subject
    return f"{version.short} ({subject})" if subject else version.short


def lacks(version: Version, key: str, service: str) -> str:
    """Why a version can't be released to a stack. "" if it has everything that the stack needs."""
    body = version.stacks.get(key)
    if body is None:
        return f"has no template of {key}"
    missing = (
        ("ImageUri", service in version.images, f"has no image of {service}"),
        ("CodeKey", service in version.code, f"has no code of {service}"),
        ("CodeVersion", _has_code_version(version, service), f"names no S3 version of the code of {service}"),
        ("SitePath", service in version.sites, f"has no files of {service}"),
        ("AmiId", key in version.amis, f"names no AMI of {key}"),
    )
    return next((why for name, there, why in missing if name in body.released and not there), "")


def _has_code_version(version: Version, service: str) -> bool:
    return service in version.code and bool(version.code[service].version)


def promotion(settings: Releases, commit: str, good: Good | None, there: Running | None, now: float) -> str:
    """Why a version may not be promoted yet. "" if it may.

    It has succeeded in the environment that the rules name, ``there`` is what runs in that one now, and that is it, for the
    whole time: what was rolled back there, or left for another version, is not promoted.
    """
    where = settings.promote_from
    if where is None:
        return ""
    if good is None:
        return f"has not succeeded in {where}"
    if there is None or there.commit != commit:
        runs = f"{there.commit[:12]} ({there.subject})" if there is not None and there.subject else ""
        runs = runs or (there.commit[:12] if there is not None else "nothing")
        return f"no longer runs in {where}, which runs {runs}"
    left = max(good.since, there.since) + settings.promote_after_minutes * 60 - now
    if left > 0:
        return f"must run in {where} for {left / 60:.0f} more minutes"
    return ""


def newest(  # noqa: PLR0913, PLR0917 - what the choice depends on
    versions: Iterable[Version],
    key: str,
    service: str,
    slot: Slot,
    branch: str,
    may: Callable[[Version], str],
) -> Chosen | NothingToRelease:
    """The newest version of the default branch that may go to a stack and is newer than what runs there.

    ``may`` says why a version may not go there ("" if it may): promotion. Versions come newest first.
    """
    passed: list[str] = []
    any_published = False
    for looked, version in enumerate(versions):
        if looked >= LOOK_BACK:
            break
        if slot.running is not None and version.id == slot.running.commit:
            why = (
                f"{key} already runs the newest version that can be released there, {call(version)}; name a "
                "version to release it again"
            )
            return NothingToRelease(why, tuple(passed))
        if version.commit.branch not in {branch, ""}:
            continue
        reason = lacks(version, key, service)
        if not reason:
            any_published = True
            reason = may(version)
        if not reason:
            return Chosen(version, tuple(passed))
        passed.append(f"{call(version)}: {reason}")
    if not any_published:
        what = service or key
        why = f"no version of {what} has been published yet; publish one in CI, or with: slipway publish"
        return NothingToRelease(why, tuple(passed), published=False)
    return NothingToRelease(f"no published version can be released to {key} now", tuple(passed))


def newest_of_branch(versions: Iterable[Version], branch: str) -> Version | None:
    """The newest version of a branch. Versions that were published without a branch count as well."""
    return next((version for version in versions if version.commit.branch in {branch, ""}), None)


def target(version: Version, key: str, service: str) -> Running:
    """What a stack runs when it has this version. Its template is the digest and key of what was published."""
    body = version.stacks[key]
    parameters: dict[str, str] = {}
    if "ImageUri" in body.released:
        parameters["ImageUri"] = version.images[service].uri
    if "Release" in body.released:
        parameters["Release"] = version.id
    if "CodeKey" in body.released:
        parameters["CodeKey"] = version.code[service].key
    if "CodeBucket" in body.released:
        parameters["CodeBucket"] = version.code[service].bucket
    if "CodeVersion" in body.released:
        parameters["CodeVersion"] = version.code[service].version
    if "AmiId" in body.released:
        parameters["AmiId"] = version.amis[key]
    if "SitePath" in body.released:
        parameters["SitePath"] = version.sites[service].path
    return Running(
        commit=version.id,
        template=body.digest,
        body=body.key,
        parameters=parameters,
        subject=version.commit.subject,
        committed=version.commit.time,
    )
