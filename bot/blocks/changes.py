"""What a release changes: the table of resources, added permissions, cost, and time."""

from collections.abc import Iterator

import msgspec
from slack_sdk.models.blocks import Block, RawTextObject, TableBlock

from bot.blocks.message import section
from bot.blocks.text import clip, code, count, lines, link, plain, pre, safe
from generator.preview.property_diff import diff, modified
from generator.release import base_image, messages
from generator.release.model.platform import PlatformFacts
from generator.release.model.preview import Cost, ImageDiff, Reading
from generator.release.model.release import Release
from generator.release.model.version import Running

_ROWS = 14
_ADDED = 2000  # characters; escaped they still fit a section of 3,000
_FEW = 8  # properties that the card shows
# Parameters that each release brings: their change is the version itself.
_BROUGHT = {"ImageUri", "Release", "CodeBucket", "CodeKey", "CodeVersion", "AmiId"}
_SEVERE = ("CRITICAL", "HIGH")


def versions(release: Release, facts: PlatformFacts) -> tuple[str, str]:
    """The versions before and after, the second with a link that compares them."""
    before, after = release.before, release.after
    there = before.commit if before is not None else ""
    return _version(before, ""), _version(after, compare(facts, there, after.commit))


def compare(facts: PlatformFacts, before: str, after: str) -> str:
    """The address that shows the commits between two versions. "" if one of them is missing."""
    if not before or before == after or "/" not in facts.repository:
        return ""
    return f"https://github.com/{facts.repository}/compare/{before[:40]}...{after[:40]}"


def _version(running: Running | None, url: str) -> str:
    if running is None:
        return "nothing yet"
    short = code(messages.short(running.commit), 20)
    subject = f" {safe(running.subject, 140)}" if running.subject else ""
    return f"{short}{subject}" + (f" ({link(url, 'compare')})" if url else "")


def table(release: Release) -> Block | None:
    """Resource, action, effect and reason. None if no change set was read."""
    rows = _rows(release)
    if not rows:
        return None
    shown = rows[:_ROWS]
    if len(rows) > _ROWS:
        more = len(rows) - _ROWS
        shown.append(("…", "", "", f"{count(more, 'more resource')}: see Details"))
    head = ("Resource", "Action", "Replaced", "Why")
    cells = [[RawTextObject(text=plain(cell, 150)) for cell in row] for row in (head, *shown)]
    return TableBlock(rows=cells)


def classic_table(release: Release) -> Block | None:
    """The same rows as a paragraph."""
    rows = _rows(release)
    if not rows:
        return None
    return section(
        lines(
            (
                f"• {code(name, 80)} {safe(act, 30)}{', replaced' if new == 'yes' else ''}: {safe(why, 150)}"
                for name, act, new, why in rows
            ),
            2500,
        )
    )


def _rows(release: Release) -> list[tuple[str, str, str, str]]:
    effects = {row.logical_id: row for row in release.reading.meaning.effects} if release.reading is not None else {}
    gains = {gain.logical_id for gain in release.reading.meaning.gains} if release.reading is not None else set()
    found: list[tuple[str, str, str, str]] = []
    for change in release.change_set.changes if release.change_set is not None else ():
        effect = effects.get(change.logical_id)
        replaced = {"True": "yes", "Conditional": "perhaps"}.get(change.replacement, "no")
        why = effect.why if effect is not None else ", ".join(d.path or d.attribute for d in change.details[:4])
        if effect is not None and effect.effect == "none" and change.logical_id in gains:
            why = "permissions are added"
        found.append((change.logical_id[:80], change.action, replaced if change.action == "Modify" else "-", why[:150]))
    return found


def added(release: Release) -> str:
    """The properties of new resources, in whole lines, as many as fit into a message. No digest is cut. "" for none."""
    if release.change_set is None:
        return ""
    fresh = [row for row in release.change_set.changes if row.action in ("Add", "Import") and row.after is not None]
    rows = [line.text.strip() for line in diff(msgspec.structs.replace(release.change_set, changes=tuple(fresh)))]
    taken, room = [], _ADDED
    for row in rows:
        if len(row) < room:
            room -= len(row) + 1
            taken.append(row)
    if len(taken) < len(rows):
        taken.append(f"… {count(len(rows) - len(taken), 'more line')}: slipway diff {release.id}")
    return "*Added*\n" + pre("\n".join(taken)) if rows else ""


def in_place(release: Release) -> str:
    """The first lines of what a template changes: the property by name, before and after. "" if the image alone changes."""
    if release.change_set is None or release.image_only:
        return ""
    rows = [
        f"{change.logical_id} {row.path}: {clip(row.before, 60)} → {clip(row.after, 60)}"
        for change in release.change_set.changes
        if change.action == "Modify"
        for row in modified(change)
        if row.cause not in _BROUGHT
    ]
    if not rows:
        return ""
    more = (
        [f"… {count(len(rows) - _FEW, 'more property').replace('propertys', 'properties')}: see Details"]
        if len(rows) > _FEW
        else []
    )
    return "*Changes of the template*\n" + pre("\n".join([*rows[:_FEW], *more]), 2500)


def meaning(reading: Reading | None) -> str:
    """Which principals get permissions, and what becomes reachable. "" if nothing does.

    What the sentence of the risk says whole is not repeated.
    """
    if reading is None:
        return ""
    told = reading.meaning.sentence
    gains, exposures = reading.meaning.gains, reading.meaning.exposures
    if all(g.certain and g.sentence in told for g in gains) and all(
        e.certain and e.sentence in told for e in exposures
    ):
        return ""
    rows = [f"• {safe(gain.sentence, 250)}{'' if gain.certain else ' (perhaps)'}" for gain in reading.meaning.gains]
    rows += [f"• {safe(e.sentence, 250)}{'' if e.certain else ' (perhaps)'}" for e in reading.meaning.exposures]
    return "*Gains*\n" + lines(rows, 1400) if rows else ""


def shown(reading: Reading | None, release: Release) -> Iterator[str]:
    """Short fields: cost, image, drift, time."""
    if reading is None:
        return
    if reading.shown.cost is not None:
        yield f"*Cost a month*\n{cost(reading.shown.cost)}"
    if reading.shown.image is not None:
        yield f"*Image*\n{_image(reading.shown.image)}"
    if reading.shown.drift:
        changed = count(len(reading.shown.drift), "property").replace("propertys", "properties")
        yield f"*Drift*\n{changed} changed outside of CloudFormation"
    about = messages.expected(release)
    if about:
        yield f"*Expected*\n{messages.duration(about)}"


def cost(found: Cost) -> str:
    """``12.40 → 14.90 USD (+2.50)``."""
    unknown = f", {len(found.unknown)} unknown" if found.unknown else ""
    return f"{found.before.typical:,.2f} → {found.after.typical:,.2f} USD ({found.more:+,.2f}{unknown})"


def _image(found: ImageDiff) -> str:
    severe = sum(1 for f in found.new_findings if f.severity.upper() in _SEVERE)
    fresh = (
        f"{count(len(found.new_findings), 'new finding')}, {severe} severe" if found.new_findings else "no new findings"
    )
    parts = [fresh]
    if found.fixed_findings:
        parts.append(f"{len(found.fixed_findings)} fixed")
    if found.size_after is not None and found.size_after >= 2**10:  # a sandbox's images hold nothing
        parts.append(_size(found.size_after, found.size_before))
    return f"{', '.join(parts)}\n{safe(base_image.described(found), 200)}"


def _size(after: int, before: int | None) -> str:
    """``84 MiB (+3)``. The size of an image below 1 MiB is given in KiB."""
    unit, name = (2**20, "MiB") if after >= 2**20 else (2**10, "KiB")
    more = round((after - before) / unit) if before is not None else 0
    return f"{after / unit:,.0f} {name}{f' ({more:+,})' if more else ''}"
