"""Block Kit and mrkdwn as HTML: each type drawn, and nothing that anybody writes becomes markup."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Any

import pytest

from bot.workspace.blocks.composition_objects import ELEMENTS, INLINE, RICH
from bot.workspace.blocks.validate import BLOCKS, validate_blocks
from bot.workspace.render.blocks import blocks, draw
from bot.workspace.render.context import Context
from bot.workspace.render.elements import DRAW as ELEMENTS_DRAWN
from bot.workspace.render.elements import draw as draw_element
from bot.workspace.render.text_objects import ago, marked, moment
from tests.workspace.app import Json
from tests.workspace.html_checker import check
from tests.workspace.samples import BLOCK_SAMPLES, ELEMENT_SAMPLES, FULL_RICH

NAMES = {"U1": "Ana", "C1": "deploys", "S1": "approvers"}
CONTEXT = Context(
    user=NAMES.get,
    channel=NAMES.get,
    group=NAMES.get,
    viewer="U2",
    people=(("U1", "Ana"),),
    channels=(("C1", "#deploys"),),
)


EXPECTED = {
    "actions": ('data-action="ok"', "data-confirm="),
    "alert": ("is-warning", "<strong>work</strong>"),
    "auth_provider": ("GitHub", "Connect"),
    "call": ("Block of type call",),
    "card": ("bk-hero", "<strong>card</strong>", 'data-action="go"'),
    "carousel": ("bk-carousel",),
    "container": ("<details", "open", "inside"),
    "context": ("bk-tiny", "small"),
    "context_actions": ('value="yes"', 'value="no"'),
    "data_table": ("<caption>Things</caption>", "<th"),
    "data_visualization": ("Latency (data_visualization)",),
    "divider": ("<hr",),
    "file": ("ABCD1",),
    "header": ("Budget", "🎉"),
    "image": ("<img", "A boat"),
    "input": ("<textarea", "A hint", 'placeholder="Write"'),
    "markdown": ("<strong>bold</strong>", 'href="https://x.example"', "<td>1</td>"),
    "plan": ("Thinking", "0 of 1", "is-in_progress"),
    "rich_text": ("The work is mysterious",),
    "section": ("<strong>Hi</strong>", "bk-fields", "bk-overflow"),
    "table": ("<th", "to-right", "$1.50", "is-wrapped"),
    "task_card": ("Fetching", "<details", "docs"),
    "video": ("Film", 'href="https://x.example/v"'),
}


@pytest.mark.parametrize("kind", sorted(BLOCKS))
def test_each_block_is_drawn(kind: str) -> None:
    """Every block type that Slack has shows what it says; the few that are not drawn say which they are."""
    markup = draw(BLOCK_SAMPLES[kind], CONTEXT)
    for part in EXPECTED[kind]:
        assert part in markup
    check(markup)


@pytest.mark.parametrize("kind", sorted(ELEMENTS))
def test_each_element_is_drawn(kind: str) -> None:
    """Every element type is there to be used, and the script finds it."""
    assert kind in ELEMENTS_DRAWN
    markup = draw_element(ELEMENT_SAMPLES[kind], "b", CONTEXT)
    if kind != "image":
        assert f'data-type="{kind}"' in markup
        assert 'data-block="b"' in markup
    check(markup)


def test_choices_that_were_made_are_kept() -> None:
    """What a person chose wins over what the app preselected."""
    element = {**ELEMENT_SAMPLES["plain_text_input"], "initial_value": "from the app"}
    chosen = Context(values={("b", "s"): "from the person"})
    assert 'value="from the person"' in draw_element(element, "b", chosen)


def test_rich_text_is_drawn() -> None:
    """All inline elements, lists, quotes and code have their markup."""
    markup = draw(FULL_RICH, CONTEXT)
    for part in ("<em><strong>bold</strong></em>", "@Ana", "#deploys", "@approvers", "🎉", "<ol", "blockquote", "<pre"):
        assert part in markup
    check(markup)


MRKDWN = [
    ("*bold*", "<strong>bold</strong>"),
    ("_it_ ~no~", "<em>it</em> <s>no</s>"),
    ("*a _b_ c*", "<strong>a <em>b</em> c</strong>"),
    ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
    ("* not bold *", "* not bold *"),
    ("`*code*`", '<code class="mk-code">*code*</code>'),
    ("```a\n*b*```", '<pre class="mk-pre">a\n*b*</pre>'),
    ("&gt; quoted\nafter", '<blockquote class="mk-quote">quoted</blockquote>after'),
    ("a\nb", "a<br>b"),
    ("<@U1>", '<span class="mk-mention" data-user="U1">@Ana</span>'),
    ("<@U9|ghost>", '<span class="mk-mention" data-user="U9">@ghost</span>'),
    ("<#C1>", '<a class="mk-channel" href="#C1" data-channel="C1">#deploys</a>'),
    ("<!subteam^S1>", '<span class="mk-mention">@approvers</span>'),
    ("<!here>", '<span class="mk-mention is-me">@here</span>'),
    (
        "<https://x.example|a &amp; b>",
        '<a href="https://x.example" target="_blank" rel="noopener noreferrer">a &amp; b</a>',
    ),
    ("<javascript:alert(1)|x>", '<span class="bk-nolink">x</span>'),
    ("a &lt;b&gt; &amp;amp;", "a &lt;b&gt; &amp;amp;"),
    (":no_such_thing:", '<span class="emoji-name">:no_such_thing:</span>'),
    ("<script>", '<span class="bk-nolink">script</span>'),
    ("<!unknown|label>", "label"),
]


@pytest.mark.parametrize(("text", "expected"), MRKDWN, ids=[text for text, _ in MRKDWN])
def test_mrkdwn(text: str, expected: str) -> None:
    """Slack's formatting means here what it means there."""
    assert marked(text, CONTEXT) == expected


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("{date_num} {time_secs}", "2014-02-18 14:39:42"),
        ("{date}", "February 18, 2014"),
        ("{date_short} at {time}", "Feb 18, 2014 at 14:39"),
        ("{date_long}", "Tuesday, February 18, 2014"),
        ("{date_pretty}", "yesterday"),
        ("{ago}", "1 day ago"),
        ("{nonsense}", "{nonsense}"),
    ],
)
def test_dates(pattern: str, shown: str) -> None:
    """Slack's date tokens show a moment in the zone of the page."""
    assert moment(1392734382, pattern, "fallback", Context(now=1392734382 + 86400)) == shown
    assert moment(1e300, pattern, "fallback", Context()) == "fallback"


def test_how_long_since() -> None:
    """Times since are told in one unit."""
    assert [ago(s) for s in (3, 50, 200, 4000, 90_000)] == [
        "just now",
        "1 minute ago",
        "3 minutes ago",
        "1 hour ago",
        "1 day ago",
    ]


HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<!channel> <https://evil.example|click>",
    "&lt;b&gt;",
    "```*_~`",
    '<@U1|"><x>',
    "</div></details><style>*{}</style>",
    "[x](javascript:alert(1)) ![y](data:text/html,z) <b>",
    "\u202eright to left\u0000\ud800",
    ":tada::x:" * 3,
    "data:text/html;base64,xxxx",
    "<!date^99999999999^{date}^javascript:alert(1)|x>",
    "* _ ~ ` > " * 20,
    "| a | b |\n|:-:|--:|\n| <i> | ` |",
)


class Chaos:
    """Random Block Kit: valid samples with parts swapped, dropped and poisoned."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a fuzz, not a secret

    def word(self) -> Any:
        pick = self.random.random()
        if pick < 0.6:
            return self.random.choice(HOSTILE)
        if pick < 0.8:
            return "".join(self.random.choices(string.printable, k=self.random.randrange(30)))
        return self.random.choice(
            (None, True, 7, -1.5, [], {}, [[]], {"type": []}, {"text": {"text": 1}}, "", "divider")
        )

    def mutated(self, value: Any, depth: int = 0) -> Any:
        if self.random.random() < 0.05 or depth > 8:
            return self.word()
        if isinstance(value, dict):
            result = {
                key: self.mutated(inner, depth + 1) for key, inner in value.items() if self.random.random() > 0.03
            }
            if "type" in value and self.random.random() < 0.93:
                result["type"] = value["type"]
            return result
        if isinstance(value, list):
            return [self.mutated(inner, depth + 1) for inner in value for _ in range(self.random.choice((1, 1, 1, 2)))]
        if isinstance(value, str) and self.random.random() < 0.4:
            return self.word()
        return value

    def block(self) -> Any:
        if self.random.random() < 0.55:
            element = self.random.choice(list(ELEMENT_SAMPLES.values()))
            return self.mutated({"type": "actions", "block_id": self.word(), "elements": [element]})
        return self.mutated(self.random.choice([*BLOCK_SAMPLES.values(), FULL_RICH]))

    def document(self) -> list[Any]:
        return [self.block() for _ in range(self.random.choice((1,) * 15 + (2,)))]


def test_ten_thousand_random_documents() -> None:
    """No document draws a script, a broken tag, an address that runs, or an exception."""
    chaos = Chaos(20)
    for _ in range(10_000):
        document = chaos.document()
        markup = blocks(document, CONTEXT)
        check(markup)
        validate_blocks(document)
        markup.encode()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "wrap",
    [
        lambda t: {"type": "section", "text": {"type": "mrkdwn", "text": t}},
        lambda t: {"type": "header", "text": {"type": "plain_text", "text": t}},
        lambda t: {"type": "markdown", "text": t},
        lambda t: {"type": "image", "image_url": t, "alt_text": t},
        lambda t: {"type": t, "title": t},
    ],
)
def test_what_people_write_stays_text(text: str, wrap: Callable[[str], Json]) -> None:
    """Hostile text in any place shows as text."""
    check(draw(wrap(text), CONTEXT))


def test_parts_that_slack_has_are_drawn() -> None:
    """Nothing that the validator accepts in rich text is unknown to the renderer."""
    from bot.workspace.render import rich_text

    assert set(INLINE) <= set(rich_text.INLINE)
    assert set(RICH) <= set(rich_text.PARTS)
