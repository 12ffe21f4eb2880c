"""One digest: what a build prints is what is published, carried by a change set, compared and approved."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from troposphere import Template
from troposphere.sns import Topic

from generator.build.artifact import build_artifact
from generator.build.publish import Parts, build_with_bodies, content_commit
from generator.build.publish import create_version as version_of
from generator.catalog.stack_spec import StackSpec
from generator.cli.parser import run
from generator.config.read import read_configuration
from generator.errors import BuildError
from generator.release.approval_digest import binding, policy_digest
from generator.release.audit import Event, Head, follow
from generator.release.digests import canonical, digest, hex_digest, template_digest
from generator.release.errors import Invalid
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import network
from tests.release.values import actor
from tests.unit.build.conftest import FILES

# Whatever a template may hold; numbers and texts where encoders differ come up more often.
NUMBERS = st.sampled_from([5e-5, 1e16, -0.0, 0.1, 1e-7, 1e21, 5e-324, 2.0**53, 2**53 + 1, -(2**63) - 1, 2**64, 10**40])
TEXTS = st.sampled_from(["\u2028\u2029", "\x00\x1f\x7f", '"\\/\b\f\n\r\t', "\U0001f600\uffff", "é", "é", "null", ""])
PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | TEXTS
SCALARS = PLAIN | st.floats(allow_nan=False, allow_infinity=False) | NUMBERS


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of these leaves, nested."""
    names = st.text(max_size=6) | TEXTS
    tree = st.recursive(leaves, lambda of: st.lists(of, max_size=4) | st.dictionaries(names, of, max_size=4))
    return st.dictionaries(names, tree, max_size=4)


def backwards(value: Any) -> Any:
    """The same document with the keys of each object in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(item) for key, item in reversed(value.items())}
    return [backwards(item) for item in value] if isinstance(value, list) else value


@given(documents(SCALARS))
def test_a_document_has_one_digest_however_it_is_written(document: dict[str, Any]) -> None:
    """Read by either parser, from any writer's text, with keys in any order: the same bytes again."""
    one = canonical(document)
    assert canonical(backwards(document)) == one
    for text in (one, json.dumps(document), json.dumps(document, ensure_ascii=False, indent=2).encode()):
        assert canonical(json.loads(text)) == one
        assert canonical(msgspec.json.decode(text)) == one
    assert template_digest(document) == digest(one) == f"sha256:{hashlib.sha256(one).hexdigest()}"
    assert hex_digest(document) == template_digest(document).removeprefix("sha256:")


@given(documents(SCALARS), documents(SCALARS))
def test_two_documents_share_no_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Only equal documents are equal; `repr` tells 1 from 1.0 and from true, as JSON does."""
    ordered = [json.dumps(d, sort_keys=True) for d in (one, other)]
    assert (template_digest(one) == template_digest(other)) is (ordered[0] == ordered[1])


@given(documents(PLAIN))
def test_what_was_hashed_before_has_the_same_hash(document: dict[str, Any]) -> None:
    """Texts and integers, all that an audit entry holds, look as `json.dumps` writes them: old chains verify."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(document) == text.encode()


def test_an_entry_of_an_old_chain_verifies() -> None:
    """The hash of an entry as it was written before there was one canonical form."""
    event = Event(1717243200.123456, actor("ana"), "proposed", {"note": 'é\u2028\x1f"\\\U0001f600'})
    known = "8f5411b8e70e1277e1e528291720cdddd5981639dec92ee4709cb14ca4ac0249"
    assert follow("release/prod-app-7", Head(), event).hash == known


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5e-5, "0.00005"),
        (1e-5, "0.00001"),
        (1e-6, "1e-6"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e16"),
        (-0.0, "-0.0"),
        (0, "0"),
        (1.0, "1.0"),
        (1, "1"),
        (2**53 + 1, "9007199254740993"),
        (2**64, "18446744073709551616"),
        ("\u2028\U0001f600é/", '"\u2028\U0001f600é/"'),
        ('"\\\b\f\n\r\t\x00\x1f\x7f', '"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'),
        ({"\U0001f600": 1, "\uffff": 2, "a": 3, "B": 4}, '{"B":4,"a":3,"\uffff":2,"\U0001f600":1}'),
        ([None, True, False, "null"], '[null,true,false,"null"]'),
    ],
)
def test_the_form_is_fixed(value: Any, text: str) -> None:
    """The bytes themselves: another release of the encoder that wrote them otherwise would be found here."""
    assert canonical(value) == text.encode()


DEEP: list[Any] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (
            {"a": [1.0, math.nan]},
            "^this document has a number that is not finite, which JSON can't express; write a number$",
        ),
        ({"a": {"b": math.inf}}, "not finite"),
        ({"a": ("x", -math.inf)}, "not finite"),
        ({"a": "\ud800"}, "not Unicode"),
        ({"\udfff": 1}, "not Unicode"),
        (DEEP, "^this document is nested deeper than any template; flatten it$"),
    ],
    ids=["nan", "inf", "-inf", "surrogate", "surrogate in a key", "depth"],
)
def test_what_is_no_json_has_no_digest(document: Any, words: str) -> None:
    """NaN is not told from null by an encoder that writes both as null; it is refused, as is half a character."""
    with pytest.raises(Invalid, match=words):
        canonical(document)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_template_with_a_number_that_is_not_finite_is_not_built(number: float) -> None:
    """CloudFormation would get null in its place; the build says which stack it is."""

    class Odd(StackSpec, frozen=True):
        def template(self) -> Template:
            body = Template()
            body.add_resource(Topic("Topic", Metadata={"limit": number}))
            return body

    with pytest.raises(BuildError, match=r"dev/odd: .* not finite"):
        build_artifact(Odd("dev", "odd", "", None), "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A platform with an alarm whose threshold one encoder writes as `0.00005` and another as `5e-05`."""
    for name, text in FILES.items():
        path = tmp_path / "stacks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "stacks/services/app.yaml").write_text("port: 8080\nalarms: {latency_p99_seconds: 0.00005}\n")
    return tmp_path


def test_what_build_prints_is_what_is_approved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the number in a file to the approval: one digest all the way, anyone who wrote and read the template between."""
    monkeypatch.chdir(folder)
    assert run(["build", "--json"]) == 0
    printed = {row["key"]: row["digest"] for row in json.loads(capsys.readouterr().out)["stacks"]}
    manifest = json.loads((folder / "build/manifest.json").read_text())["stacks"]
    assert {key: entry["digest"] for key, entry in manifest.items()} == printed
    text = (folder / "build/dev/service-app.json").read_text()
    template = json.loads(text)
    assert "0.00005" in text
    assert "5e-05" in json.dumps(template)
    result, bodies = build_with_bodies(read_configuration(folder / "stacks"), folder / "build")
    version = version_of(result, bodies, content_commit(result, Parts(), "", "main"), Parts(), 1.0).version
    shown = printed["dev/service-app"]
    assert shown == template_digest(template) == version.stacks["dev/service-app"].digest

    platform = FakePlatform()
    net = network()
    net["Outputs"] |= {name: {"Value": {"Ref": "Vpc"}} for name in template["Parameters"]}
    platform.publish(1, net=net)
    platform.created()
    platform.publish(2, net=net, app=template)
    release = platform.release(platform.deploy())
    assert release.after.template == shown
    assert release.change_set is not None, release.cause
    assert release.change_set.template == shown
    platform.decide(release.id, "approve")
    [approval] = platform.release(release.id).approvals
    assert approval.binding == release.binding
    stacks, _ = platform.aws("prod")
    carried = stacks.change_set_template(release.change_set.arn, release.change_set.stack_id)
    bound = msgspec.structs.replace(release.change_set, template=template_digest(carried))
    assert approval.binding == binding(bound, release.reading.meaning, policy_digest(platform.facts, release.stack))
    assert platform.end(release.id) == "succeeded"
    assert template_digest(stacks.template(release.change_set.stack_id)) == shown
