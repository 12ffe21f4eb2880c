"""Modals: the deploy form, the reason of a rejection, and the details of what changes, page by page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    OptionGroup,
    PlainTextInputElement,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.blocks import button_values
from bot.blocks.message import actions, button, context, section
from bot.blocks.text import clip, code, escaped, plain, pre, safe
from bot.intents import Form, FormKind
from generator.preview.property_diff import properties
from generator.release import messages
from generator.release.model.change import ResourceChange
from generator.release.model.platform import PlatformFacts
from generator.release.model.release import Release
from generator.release.model.version import Version
from generator.release.scope_names import call_scope

FORM, REJECT, DETAILS, UNLOCK = "form", "reject", "details", "unlock"
NEWEST = "newest"
_PER_PAGE = 6
_SECTION, _SECTIONS = 2900, 3  # characters of a block of properties, and how many blocks a resource has
_OPTIONS = 100
VERSIONS = 50  # that the form offers
_METADATA = 3000
TITLES: Mapping[FormKind, str] = {"deploy": "Deploy", "rollback": "Roll back", "restart": "Restart"}


def metadata(**known: str) -> str:
    """private_metadata: where the modal was opened, and ids. What is done follows from the log alone."""
    return clip(json.dumps(known, sort_keys=True), _METADATA)


def known(text: object) -> dict[str, str]:
    """private_metadata, parsed."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        found = {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def loading(title: str, callback: str, private: str) -> View:
    """The modal that opens at once, because a trigger is valid for three seconds."""
    return View(
        type="modal", title=plain(title, 24), close="Close", callback_id=callback, private_metadata=private,
        blocks=[section("Loading …")],
    )  # fmt: skip


def message_modal(title: str, text: str) -> View:
    """A modal with a text and no input."""
    return View(type="modal", title=plain(title, 24), close="Close", blocks=[section(text)])


class Offer(NamedTuple):
    """Choices of the form. ``environments`` are those released from this channel, ``versions`` come newest first."""

    facts: PlatformFacts
    environments: Sequence[str]
    versions: Sequence[Version]
    now: float


def form(offer: Offer, filled: Form, private: str) -> View:
    """Service, environment, version and reason; a restart is of a service, and brings no other version."""
    title = TITLES[filled.kind]
    environments = offer.environments
    here = [f.ref for f in offer.facts.stacks.values() if f.ref.environment in environments and not f.administrators]
    if filled.kind == "restart":
        here = [ref for ref in here if ref.stack.startswith("service-")]
    services = sorted({ref.label for ref in here if ref.service})
    services += sorted({ref.stack for ref in here if not ref.service})
    if not services:
        return message_modal(title, "No environment can be released from this channel; see `/deploy help`.")
    blocks: list[Block] = [
        _select("service", "Service", services, filled.service),
        _select("environment", "Environment", environments, filled.environment),
        *([] if filled.kind == "restart" else [_versions(offer, filled)]),
        InputBlock(
            block_id="reason", label="Reason", optional=True,
            element=PlainTextInputElement(action_id="reason", max_length=500),
        ),
    ]  # fmt: skip
    return View(
        type="modal",
        title=title,
        submit=title,
        close="Close",
        callback_id=FORM,
        private_metadata=private,
        blocks=blocks,
    )


def _versions(offer: Offer, filled: Form) -> InputBlock:
    kind = filled.kind
    first = "The last good version" if kind == "rollback" else "The newest that can be released there"
    newest = Option(value=NEWEST, text=first)
    hint = f"These are the newest {VERSIONS}. For an older one, write its commit: /{kind} app prod 3f2a5b6c7d8e"
    options = [newest, *(_version(version, offer.now) for version in offer.versions[:VERSIONS])]
    named = [o for o in options[1:] if filled.version and str(o.value).startswith(filled.version)]
    if filled.version and not named:
        named = [Option(value=filled.version, text=f"{filled.version[:12]}, which was written")]
        options = [newest, *named, *options[1:VERSIONS]]
    return InputBlock(
        block_id="version", label="Version", hint=hint if len(offer.versions) >= VERSIONS else None,
        element=StaticSelectElement(action_id="version", options=options, initial_option=(named or [newest])[0]),
    )  # fmt: skip


def _select(name: str, label: str, values: Sequence[str], chosen: str) -> InputBlock:
    """A menu with all values. Slack allows 100 options in a group, and 100 groups."""
    options = [Option(value=value[:150], text=plain(value, 75)) for value in values]
    initial = next((option for option in options if option.value == chosen), None)
    parts = [options[start : start + _OPTIONS] for start in range(0, len(options), _OPTIONS)]
    more: dict[str, Any] = {"options": options}
    if len(parts) > 1:
        names = [(values[n * _OPTIONS], values[min((n + 1) * _OPTIONS, len(values)) - 1]) for n in range(len(parts))]
        labels = [f"{plain(first, 35)} to {plain(last, 35)}" for first, last in names]
        more = {"option_groups": [OptionGroup(label=at, options=part) for at, part in zip(labels, parts, strict=True)]}
    return InputBlock(
        block_id=name, label=label, element=StaticSelectElement(action_id=name, initial_option=initial, **more)
    )


def _version(version: Version, now: float) -> Option:
    age = messages.since(version.published, now)
    subject = plain(version.commit.subject, 40, "no subject")
    return Option(value=version.id, text=clip(f"{version.short} {subject}, {age}", 75))


def rejection(release_id: str, private: str) -> View:
    """The form for the reason of a rejection."""
    element = PlainTextInputElement(action_id="reason", multiline=True, max_length=500)
    return View(
        type="modal", title="Reject", submit="Reject", close="Go back", callback_id=REJECT, private_metadata=private,
        blocks=[
            section(f"{code(release_id)} will be closed, and nothing is changed. The reason is shown to the person "
                "who requested it."),
            InputBlock(block_id="reason", label="Reason", element=element),
        ],
    )  # fmt: skip


def unlocking(scope: str, private: str) -> View:
    """The form for the end of a lock, with the reason that its holder reads."""
    element = PlainTextInputElement(action_id="reason", max_length=500)
    return View(
        type="modal", title="Unlock", submit="Unlock", close="Go back", callback_id=UNLOCK, private_metadata=private,
        blocks=[
            section(f"{code(call_scope(scope))} is released from again. The channel and the person who locked it are notified."),
            InputBlock(block_id="reason", label="Reason", optional=True, element=element),
        ],
    )  # fmt: skip


def pages(release: Release) -> int:
    """How many pages the details have."""
    changes = len(release.change_set.changes) if release.change_set is not None else 0
    return max(1, -(-changes // _PER_PAGE))


def details(release: Release, page: int, private: str) -> View:
    """Property by property, before and after."""
    last = pages(release)
    page = min(max(page, 0), last - 1)
    blocks = list(_details(release, page))
    if last > 1:
        shown = release.binding
        row = []
        if page:
            row.append(button("Back", "page-back", button_values.value(release.id, shown, page - 1)))
        if page < last - 1:
            row.append(button("More", "page-on", button_values.value(release.id, shown, page + 1)))
        blocks += [context(f"Page {page + 1} of {last}"), actions(*row)]
    return View(
        type="modal", title="Details", close="Close", callback_id=DETAILS, private_metadata=private, blocks=blocks
    )


def _details(release: Release, page: int) -> Iterator[Block]:
    yield section(f"*{safe(messages.title(release), 400)}*")
    if release.change_set is None:
        yield section("The release has no change set yet.")
        return
    yield context(f"{code(release.change_set.name, 160)} is approved as {code(release.binding[:20])}")
    effects = {row.logical_id: row for row in release.reading.meaning.effects} if release.reading is not None else {}
    for change in release.change_set.changes[page * _PER_PAGE : (page + 1) * _PER_PAGE]:
        effect = effects.get(change.logical_id)
        yield section(_resource(change, effect.why if effect is not None else ""))
        yield from (section(pre(text, _SECTION)) for text in _parts(release, change))


def _parts(release: Release, change: ResourceChange) -> Iterator[str]:
    """Each property once, by name, before and after, in whole lines; what is too much is counted."""
    rows, text, parts = [line.text.removeprefix("    ") for line in properties(change)], "", 0
    for number, row in enumerate(rows):
        if text and len(escaped(text)) + len(escaped(row)) > _SECTION - 200:
            yield text
            text, parts = "", parts + 1
            if parts == _SECTIONS:
                yield f"… {len(rows) - number} more lines: slipway diff {release.id}"
                return
        text = f"{text}\n{row}" if text else row
    if text:
        yield text


def _resource(change: ResourceChange, why: str) -> str:
    replaced = {"True": ", replaced", "Conditional": ", perhaps replaced"}.get(change.replacement, "")
    return f"{code(change.logical_id)} {safe(change.type, 100)}: *{safe(change.action)}{replaced}*\n{safe(why, 400)}"
