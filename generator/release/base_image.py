"""The image that another was built from, in a few words. Pure text, the same for terminals and chat."""

from generator.release.model.preview import ImageDiff

# Base images get fixes of their own every few weeks: one that is older than this many days misses some.
BASE_OLD = 90


def described(image: ImageDiff) -> str:
    """``base python:3.13-slim, built 41 days ago``, with a mark when it is old. Never empty."""
    if not image.base_image:
        return "base image: not known"
    days = image.base_age_days
    if days is None:
        return f"base {image.base_image}, build date not known"
    when = "today" if days < 1 else f"{days} day{'' if days == 1 else 's'} ago"
    old = f" ⚠ older than {BASE_OLD} days" if days > BASE_OLD else ""
    return f"base {image.base_image}, built {when}{old}"
