"""What CI publishes: digests that can be checked, ids that follow from content, and clear refusals."""

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from generator.build.build import Build, build
from generator.build.publish import Parts, content_commit, create_version, git_commit
from generator.catalog.release_facts import facts
from generator.catalog.stack_spec import scope_of
from generator.cli import publish
from generator.config.read import read_configuration
from generator.errors import UsageError
from generator.release.model.version import Base, Commit, Image, Version
from generator.wiring import adapters

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Build, dict[str, bytes]]:
    """The shipped platform, built."""
    out = tmp_path_factory.mktemp("build")
    result = build(read_configuration(ROOT / "stacks"), out)
    return result, {s.artifact.key: (out / f"{s.artifact.key}.json").read_bytes() for s in result.stacks}


def test_a_version_says_what_each_stack_takes(built: tuple[Build, dict[str, bytes]]) -> None:
    """Templates by digest, where each parameter comes from, and an order in which they can be deployed."""
    version = create_version(*built, Commit(id="a" * 40), Parts(), 1.0).version
    app = version.stacks["prod/service-app"]
    assert app.key == f"versions/bodies/{app.digest.removeprefix('sha256:')}.json"
    assert app.released == ("ImageUri", "Release")
    assert app.sources["ClusterName"] == "prod/cluster"
    assert version.order.index("prod/network") < version.order.index("prod/cluster")
    assert set(version.order) == set(version.stacks) == set(built[1])


def test_the_same_checkout_is_the_same_version(built: tuple[Build, dict[str, bytes]]) -> None:
    """Publishing what is there again changes nothing; another image is another version."""
    one = Parts({"app": Image(uri="r/app@sha256:1")})
    two = Parts({"app": Image(uri="r/app@sha256:2")})
    first = content_commit(built[0], one, "x", "main")
    assert first == content_commit(built[0], one, "x", "main")
    assert first.id != content_commit(built[0], two, "x", "main").id
    assert len(first.id) == 40


def test_git_says_which_commit_it_is(tmp_path: Path) -> None:
    """A checkout knows its commit; a folder that is none says which options to give."""
    with pytest.raises(UsageError, match="name the commit with --commit, --branch and --subject"):
        git_commit(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"image": ["app=repo/app:latest"]}, "an image needs its digest; write app=REPOSITORY@sha256:DIGEST"),
        (
            {"image": ["ap=r.example.com/app@sha256:" + "0" * 64]},
            "no service or function is called 'ap'; did you mean app?",
        ),
        (
            {"base": ["app=missing.json"]},
            "missing.json is not a file of at most 1 MiB; create it with: docker buildx imagetools inspect",
        ),
        ({"base": ["ap=base.json"]}, "no service or function is called 'ap'; did you mean app?"),
        ({"base": [f"app={__file__}"]}, "it is not a JSON object"),
        ({"code": ["events=missing.zip"]}, "missing.zip is not a file of at most 50 MiB"),
        ({"commit": "abc", "branch": "main"}, "--commit abc: write all 40 hexadecimal digits"),
    ],
)
def test_what_can_not_be_published_is_refused(options: dict[str, object], said: str) -> None:
    """Tags, unknown services, missing files and short commits: one sentence each."""
    from generator.catalog.stacks import stacks
    from generator.wiring.application import Tools
    from generator.wiring.built_platform import BuiltPlatform

    config = read_configuration(ROOT / "stacks")
    known = facts(config)
    specs = {spec.key: spec for spec in stacks(config)}
    engine = argparse.Namespace(facts=known, clock=lambda: 1_800_000_000.0)
    args = argparse.Namespace(
        **{"image": [], "base": [], "code": [], "commit": None, "branch": None, "subject": None, "author": None}
        | options,
        stacks=str(ROOT / "stacks"),
    )
    platform = BuiltPlatform(config, build, {}, specs, Tools(None, None))  # type: ignore[arg-type]

    def read() -> None:
        publish._images(engine, args.image, publish._bases(engine, args.base))  # type: ignore[arg-type]
        publish._codes(platform, args.code)
        publish.commit_of(args)

    with pytest.raises(UsageError) as caught:
        read()
    assert said in str(caught.value)


def test_a_base_is_published_with_its_image(tmp_path: Path) -> None:
    """CI hands over what it saw of the base; a version that was published before there were bases is read as ever."""
    seen = tmp_path / "base.json"
    image = {"created": "2026-11-03T20:44:32Z", "architecture": "arm64", "rootfs": {}}
    digest = "sha256:" + "7" * 64
    seen.write_text(json.dumps({"name": "python:3.13-slim", "manifest": {"digest": digest}, "image": image}))
    engine: Any = argparse.Namespace(facts=facts(read_configuration(ROOT / "stacks")), clock=lambda: 1_800_000_000.0)
    found = publish._bases(engine, [f"app={seen}"])
    [app] = publish._images(engine, ["app=r.example.com/app@sha256:" + "0" * 64], found).values()
    assert app.base == Base(name="python:3.13-slim", digest=digest, built=1793738672.0)
    with pytest.raises(UsageError, match="its image is not published; write --image app="):
        publish._images(engine, [], found)

    version = Version(commit=Commit(id="a" * 40), published=1.0, images={"app": app})
    assert msgspec.json.decode(msgspec.json.encode(version), type=Version) == version
    older = b'{"commit":{"id":"%s"},"published":1.0,"images":{"app":{"uri":"r/app@sha256:1"}}}' % (b"a" * 40)
    assert msgspec.json.decode(older, type=Version).images["app"].base is None


def test_names_in_home_are_those_of_its_template() -> None:
    """Commands find the log, the queue and the buckets without asking CloudFormation for them."""
    from templates.home import names

    config = read_configuration(ROOT / "stacks")
    home = adapters.home_of(config)
    scope = scope_of(config, "home", "home", (home.account, home.region))
    assert home.table == names.table(scope)
    assert (home.artifacts, home.audit) == (names.bucket(scope, "artifacts"), names.bucket(scope, "audit"))
    assert home.worker == f"arn:aws:iam::{home.account}:role/slipway-worker"
    assert (home.key, home.version_key) == (f"alias/{scope.prefix}-audit", f"alias/{scope.prefix}-versions")
    assert [adapters.partition(r) for r in ("eu-west-1", "cn-north-1", "us-gov-west-1")] == [
        "aws",
        "aws-cn",
        "aws-us-gov",
    ]


def test_a_version_names_the_machine_images_of_its_stacks() -> None:
    """For each stack with instances of its own, the newest image of its Region and processor, asked for once; none is an error."""
    from generator.build.machine_images import machine_images
    from generator.catalog.stacks import stacks

    specs = {spec.key: spec for spec in stacks(read_configuration(ROOT / "tests" / "stacks" / "full"))}
    released = {"main/cluster": ("AmiId",), "main/network": ()}
    asked: list[tuple[str, str]] = []

    def look_up(region: str, name: str) -> str:
        asked.append((region, name))
        return "ami-0123456789abcdef0"

    assert machine_images(specs, released, look_up) == {"main/cluster": "ami-0123456789abcdef0"}
    name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id"
    assert asked == [(specs["main/cluster"].scope.region, name)]
    with pytest.raises(UsageError, match="choose another Region or instance type"):
        machine_images(specs, released, lambda *_: "")
