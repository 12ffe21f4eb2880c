"""Checks HTML of the page: known tags and attributes, everything closed, nothing that runs."""

from __future__ import annotations

from html.parser import HTMLParser

from bot.workspace.render.icons import PATHS

VOID = {"img", "input", "br", "hr"}


TAGS = {
    *VOID,
    *("a", "article", "blockquote", "button", "caption", "code", "del", "details", "div", "em", "figcaption", "figure"),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "label",
        "li",
        "mark",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "s",
        "section",
    ),
    *(
        "select",
        "span",
        "strong",
        "summary",
        "table",
        "tbody",
        "td",
        "textarea",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
    ),
}


ATTRIBUTES = {
    *("alt", "autocomplete", "checked", "class", "disabled", "hidden", "href", "label", "loading", "max", "maxlength"),
    *(
        "min",
        "minlength",
        "multiple",
        "name",
        "open",
        "placeholder",
        "referrerpolicy",
        "rel",
        "role",
        "rows",
        "selected",
    ),
    *("src", "start", "step", "tabindex", "target", "title", "type", "value", "style"),
}


class Checker(HTMLParser):
    """Fails on a tag that is not closed in order, and on anything that a browser would run or fetch unasked."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"svg", "path"}:
            # A picture is one of the page's own, whole: SVG can run what it likes.
            own = {"class": "icon", "viewbox": "0 0 24 24", "aria-hidden": "true"}
            given = dict(attrs)
            if (given.get("class") or "").startswith("icon sign is-"):
                own = {
                    "class": given["class"],
                    "viewbox": own["viewbox"],
                    "role": "img",
                    "aria-label": given["aria-label"],
                }
            assert given == own if tag == "svg" else given.get("d") in PATHS.values()
            self.open.append(tag)
            return
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES or name.startswith(("data-", "aria-")), name
            if name in {"href", "src"}:
                assert value is not None
                assert value.startswith(("https://", "http://", "mailto:", "#")), value
            if name == "style":
                assert value in {"text-align:left", "text-align:right", "text-align:center"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def check(markup: str) -> None:
    checker = Checker()
    checker.feed(markup)
    checker.close()
    assert checker.open == []
