"""The page's own icons, as pictures: a machine without a font of emoji shows a box for a character."""

from bot.workspace.render.markup import Html, tag

# Paths on a field of 24 by 24, drawn with a line of 2.
PATHS = {
    "archive": "M3 4h18v5H3z M5 9v11h14V9 M10 13h4",
    "bar": "M4 12a8 8 0 1 0 16 0 8 8 0 1 0-16 0 M8 12h8",
    "chat": "M4 4h16v12H10l-4 4v-4H4z",
    "check": "M4 13l5 5L20 6",
    "circle": "M5 12a7 7 0 1 0 14 0 7 7 0 1 0-14 0",
    "cross": "M5 5l14 14 M19 5L5 19",
    "file": "M6 3h8l5 5v13H6z M14 3v5h5 M9 13h7 M9 17h7",
    "lock": "M5 11h14v10H5z M8 11V7a4 4 0 0 1 8 0v4",
    "pin": "M9 3h6l-1 7 3 3H7l3-3z M12 13v8",
    "ship": "M12 3v11 M12 4l7 10h-7 M12 6l-6 8h6 M3 17h18l-3 4H6z",
    "square": "M5 5h14v14H5z",
    "thumbs_down": "M17 4v10 M17 14l-4 7c-2 0-2-2-1-6H5l2-11h10 M17 4h3v10h-3",
    "thumbs_up": "M7 20V10 M7 10l4-7c2 0 2 2 1 6h7l-2 11H7 M7 20H4V10h3",
    "trash": "M4 7h16 M9 7V4h6v3 M6 7l1 14h10l1-14 M10 11v6 M14 11v6",
    "warning": "M12 3l10 18H2z M12 10v5 M12 17.5v1",
}
_FILLED = ("circle", "square")


def icon(name: str) -> Html:
    """An icon in the color of the text around it; it says nothing to a screen reader."""
    return tag("svg", {"class": "icon", "viewBox": "0 0 24 24", "aria-hidden": "true"}, tag("path", {"d": PATHS[name]}))


def sign(name: str, color: str) -> Html:
    """An icon in a color of its own, which stands for an emoji; a screen reader says the color and the shape."""
    filled = " is-filled" if name in _FILLED else ""
    attributes = {"class": f"icon sign is-{color}{filled}", "viewBox": "0 0 24 24", "role": "img"}
    return tag("svg", {**attributes, "aria-label": f"{color} {name}"}, tag("path", {"d": PATHS[name]}))


def shape(name: str, size: int, color: str) -> str:
    """The same as markup for a picture of its own, ``size`` wide, in the middle of 48 by 48."""
    at = (48 - size) / 2
    return (
        f'<g transform="translate({at:g} {at:g}) scale({size / 24:g})" fill="none" stroke="{color}" stroke-width="2" '
        f'stroke-linejoin="round" stroke-linecap="round"><path d="{PATHS[name]}"/></g>'
    )
