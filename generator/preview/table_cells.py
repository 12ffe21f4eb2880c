"""Cells and sentences that terminals and pull requests share."""

from generator.release import base_image
from generator.release.model.preview import CostLine, Drifted, ImageDiff


def monthly_cost(line: CostLine, *, new: bool) -> str:
    """A line's typical month; ``unknown`` where it is not known."""
    money = line.after if new else line.before
    return "unknown" if money is None else f"{money.typical:,.2f}{'' if line.verified else ' *'}"


def drift_sentence(row: Drifted) -> str:
    """One property that somebody changed outside of CloudFormation."""
    by = f", changed by {row.who}" + (f" on {row.when}" if row.when else "") if row.who else ""
    fate = {True: "this change overwrites it", False: "this change leaves it", None: "this change may overwrite it"}[
        row.overwritten
    ]
    return f"{row.logical_id} {row.path}: {row.expected} in the template, {row.actual} in AWS{by}; {fate}"


def image_sentences(image: ImageDiff) -> list[str]:
    """What is known of the image's change."""
    found = [f"{image.before} → {image.after}"]
    if image.compare_url:
        found.append(f"commits: {image.compare_url}")
    found += [f"  {subject}" for subject in image.subjects]
    if image.size_before is not None and image.size_after is not None:
        more = (image.size_after - image.size_before) / 1e6
        found.append(f"size: {image.size_after / 1e6:,.1f} MB ({more:+,.1f} MB)")
    for title, findings in (("new findings", image.new_findings), ("fixed findings", image.fixed_findings)):
        if findings:
            found.append(
                f"{title}: "
                + ", ".join(f"{f.severity} {f.name}" + (f" in {f.package}" if f.package else "") for f in findings)
            )
    return [*found, base_image.described(image)]
