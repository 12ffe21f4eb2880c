"""What is installed where: each place gets its own lock, and no place gets what it has no use for."""

import importlib.util
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = DECLARED["project"]["optional-dependencies"]
GROUPS: dict[str, list[str | dict[str, str]]] = DECLARED["dependency-groups"]
# Extras and groups that stand in a lock beside the project's own dependencies.
CONTENT = {
    "run": ({"bot"}, set[str]()),
    "demo": ({"demo", "bot", "sandbox", "lint"}, set[str]()),
    "board": ({"board"}, set[str]()),
    "dev": (set(EXTRAS), set(GROUPS)),
}


def pins(name: str) -> dict[str, set[str]]:
    """Package to its pinned versions: one, or one for each marker."""
    found: dict[str, set[str]] = {}
    for line in (LOCKS / f"{name}.lock").read_text().splitlines():
        if not line.startswith(" "):
            requirement = Requirement(line.removesuffix("\\"))
            versions = {specifier.version for specifier in requirement.specifier if specifier.operator == "=="}
            assert len(versions) == 1, line
            found.setdefault(canonicalize_name(requirement.name), set()).update(versions)
    return found


def declared(entries: Iterable[str | dict[str, str]]) -> Iterator[Requirement]:
    for entry in entries:
        if isinstance(entry, str) and (one := Requirement(entry)).name != DECLARED["project"]["name"]:
            yield one


@pytest.mark.parametrize("name", ["run", "demo", "board", "dev", "build"])
def test_every_package_has_hashes_and_no_lock_names_a_registry(name: str) -> None:
    """What is installed is what was locked, wherever it comes from."""
    lines = (LOCKS / f"{name}.lock").read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    assert starts
    for number, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        hashes = [line.strip().removesuffix(" \\") for line in lines[number + 1 : end]]
        assert hashes, lines[number]
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), lines[number]
    assert "://" not in "".join(lines)


@pytest.mark.parametrize(("small", "large"), [("run", "demo"), ("board", "demo"), ("demo", "dev"), ("build", "dev")])
def test_the_larger_lock_holds_the_smaller_one(small: str, large: str) -> None:
    """An environment grows in place: nothing changes its version on the way from the demo to the tests."""
    inside, around = pins(small), pins(large)
    assert {name: versions for name, versions in inside.items() if not versions <= around.get(name, set())} == {}
    assert len(inside) < len(around)


@pytest.mark.parametrize("name", CONTENT)
def test_what_is_declared_is_locked(name: str) -> None:
    """A dependency that was added without `make lock` is told here."""
    extras, groups = CONTENT[name]
    packages = [
        *declared(DECLARED["project"]["dependencies"]),
        *(one for extra in extras for one in declared(EXTRAS[extra])),
        *(one for group in groups for one in declared(GROUPS[group])),
    ]
    found = pins(name)
    missing = [
        str(one)
        for one in packages
        if not any(one.specifier.contains(version) for version in found.get(canonicalize_name(one.name), ()))
    ]
    assert missing == [], "run `make lock`"


def test_the_bot_gets_no_emulator_no_linter_and_no_tool() -> None:
    """What runs beside production holds no more than it imports."""
    kept_out = {"pip", "setuptools", "sympy", "networkx"}
    for one in [
        *declared(EXTRAS["lint"]),
        *declared(EXTRAS["sandbox"]),
        *declared(GROUPS["dev"]),
        *declared(GROUPS["build"]),
    ]:
        kept_out.add(canonicalize_name(one.name))
    assert {"ministack", "cfn-lint", "playwright", "pytest", "ruff", "mypy", "hypothesis", "uv"} <= kept_out
    assert kept_out & set(pins("run")) == set()


def test_the_demo_gets_no_tool() -> None:
    """`make demo` waits for no test tool and no browser driver."""
    tools = {canonicalize_name(one.name) for one in declared([*GROUPS["dev"], *GROUPS["build"]])}
    assert tools & set(pins("demo")) == set()
    assert {"ministack", "cfn-lint", "aiohttp"} <= set(pins("demo"))


def test_the_image_is_installed_from_wheels_with_hashes() -> None:
    """Each installation from outside checks hashes and runs no code of a package; what builds stays in the first stage."""
    text = (ROOT / "bot" / "Dockerfile").read_text().replace("\\\n", " ")
    first, second = text.split("FROM ${BASE} AS base\n")
    installs = re.findall(r"\bpip\b[^&\n]* install [^&\n]*", first)
    from_outside = [line for line in installs if "--no-index" not in line]
    assert [re.findall(r"-r (\S+)", line) for line in from_outside] == [
        ["requirements/build.lock"],
        ["requirements/run.lock"],
    ]
    for line in from_outside:
        assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(line.split()), line
        assert "--only-binary :all:" in line
    assert re.findall(r"COPY --from=build (\S+)", second) == ["/opt/slipway"]
    assert "pip" not in second


@pytest.mark.parametrize(
    ("missing", "argv", "extra"),
    [
        ("slack_bolt", [], "bot"),
        ("aiohttp", ["web"], "bot"),
        ("slack_bolt", ["doctor"], "bot"),
        ("ministack", ["demo"], "demo"),
        ("bot.workspace", ["demo"], "demo"),
    ],
)
def test_the_bot_says_what_is_not_installed(
    missing: str, argv: list[str], extra: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with what to type instead of a traceback."""
    from bot.__main__ import main

    without(missing, monkeypatch)
    assert main(argv) == 2
    stderr = capsys.readouterr().err
    assert (
        stderr
        == f"{missing} is not installed; Slipway's extra `{extra}` installs what this command needs; see Install in the README\n"
    )


@pytest.mark.parametrize("argv", [["lint"], ["rules", "--all"], ["rules", "E3002"]])
@pytest.mark.parametrize("missing", ["cfnlint", "cloudformation_validate"])
def test_lint_says_what_is_not_installed(
    missing: str, argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The linters are an extra of their own, and the command that needs them says its name."""
    from generator.cli.parser import run

    without(missing, monkeypatch)
    assert run(argv) == 2
    assert (
        f"no module named {missing}); Slipway's extra `lint` installs them; see Install in the README"
        in capsys.readouterr().err
    )


def without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it look as if a package were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda one, *more: None if one == name else found(one, *more))


def test_no_text_tells_people_to_install_a_name_that_others_own() -> None:
    """An install command names a commit or a digest: by its bare name an index answers with what a stranger put there."""
    bare = re.compile(r"""(?:pip|pipx|uv)(?: tool| pip)? install ["\']?slipway(?![\w-]*(?:\[[\w,]*\])? @)""")
    assert bare.search("pip install 'slipway[sandbox]'")
    assert bare.search("pip install slipway-ecs")
    assert not bare.search('pip install "slipway-ecs[sandbox] @ git+https://x@y"')
    texts = [
        path for top in ("generator", "bot", "templates", "docs", "app/backend") for path in (ROOT / top).rglob("*")
    ]
    for path in [ROOT / "README.md", *(path for path in texts if path.suffix in {".py", ".md"})]:
        assert not bare.search(path.read_text()), path
