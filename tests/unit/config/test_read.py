"""What a valid folder means: defaults, overrides, order."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from generator.catalog.stacks import stacks as all_stacks
from generator.config.documents import patched
from generator.config.read import read_configuration

ROOT = Path(__file__).parents[3]


def test_the_shipped_files_are_valid() -> None:
    """A fresh clone builds: three environments, two services each, in alphabetical order."""
    config = read_configuration(ROOT / "stacks")
    assert list(config.environments) == ["dev", "prod", "staging"]
    assert [[*services] for services in config.services.values()] == [["app", "web"]] * 3
    assert config.platform.bot.environment == "prod"


def test_the_shipped_files_keep_costly_parts_off() -> None:
    """Nobody pays for a database, a firewall or interface endpoints without asking."""
    for env in read_configuration(ROOT / "stacks").environments.values():
        assert env.data.database is None
        assert env.load_balancer.waf is None
        assert env.network.endpoints.interface == ()


def test_the_least_that_works(stacks: Path) -> None:
    """Four keys make an environment and one makes a service; everything else has a default."""
    config = read_configuration(stacks)
    service = config.services["dev"]["app"]
    assert (service.cpu, service.memory, service.scaling.min, service.scaling.max) == (256, 512, 2, 10)
    assert len(list(all_stacks(config))) > 10


def test_an_override_changes_what_it_names_and_nothing_else(stacks: Path) -> None:
    """Mappings merge, lists and values replace, null goes back to the default."""
    (stacks / "services" / "app.yaml").write_text(
        """\
port: 8080
command: [serve, --verbose]
environment: {LEVEL: info, COLOUR: red}
scaling: {min: 3, max: 6}
environments:
  prod:
    command: [serve]
    environment: {LEVEL: warning, COLOUR: null}
    scaling: {max: 20}
  dev:
    scaling: null
"""
    )
    services = {name: found["app"] for name, found in read_configuration(stacks).services.items()}
    assert services["prod"].command == ("serve",)
    assert services["prod"].environment == {"LEVEL": "warning"}
    assert (services["prod"].scaling.min, services["prod"].scaling.max) == (3, 20)
    assert services["dev"].environment == {"LEVEL": "info", "COLOUR": "red"}
    assert (services["dev"].scaling.min, services["dev"].scaling.max) == (2, 10)


def test_deploy_to_limits_where_a_service_runs(stacks: Path) -> None:
    """A service with `deploy_to` exists nowhere else."""
    (stacks / "services" / "app.yaml").write_text("port: 80\ndeploy_to: [prod]\n")
    config = read_configuration(stacks)
    assert config.services == {"dev": {}, "prod": {"app": config.services["prod"]["app"]}}


def test_anchors_and_block_text_are_read(stacks: Path) -> None:
    """What YAML offers for repeating and for long text works, in small amounts."""
    (stacks / "services" / "app.yaml").write_text(
        "port: 80\nenvironment: &env\n  TEXT: |\n    one\n    two\nenvironments:\n  prod: {environment: *env}\n"
    )
    service = read_configuration(stacks).services["prod"]["app"]
    assert service.environment == {"TEXT": "one\ntwo\n"}


def test_words_are_what_they_look_like(stacks: Path) -> None:
    """`no`, a date and a time stay text, as in YAML 1.2 and in editors."""
    (stacks / "services" / "app.yaml").write_text(
        "port: 80\nenvironment: {COUNTRY: no, DAY: 2026-11-23, AT: 12:30:00, VERSION: 1.2.3, HEX: 0x1F, BIG: 1e999}\n"
    )
    assert read_configuration(stacks).services["dev"]["app"].environment == {
        "COUNTRY": "no",
        "DAY": "2026-11-23",
        "AT": "12:30:00",
        "VERSION": "1.2.3",
        "HEX": "0x1F",
        "BIG": "1e999",
    }


def test_inline_code_is_read_beside_its_function(stacks: Path) -> None:
    """`code: tidy.py` means the file next to the YAML file."""
    (stacks / "functions" / "tidy.yaml").write_text("schedule: rate(1 hour)\ncode: tidy.py\n")
    (stacks / "functions" / "tidy.py").write_text("def handler(event, context): ...\n")
    config = read_configuration(stacks)
    assert config.sources == {"tidy": "def handler(event, context): ...\n"}
    assert list(config.functions["dev"]) == ["tidy"]


@pytest.mark.parametrize(
    ("base", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_overrides_follow_the_standard(base: object, patch: object, result: object) -> None:
    """The examples of RFC 7396, appendix A, hold."""
    before = json.dumps(base)
    assert patched(base, patch) == result
    assert json.dumps(base) == before


def test_reading_valid_files_imports_little() -> None:
    """Start-up stays quick: nothing that only explains mistakes is imported, nor AWS, Slack or troposphere."""
    code = (
        "import sys; from pathlib import Path; from generator.config.read import read_configuration;"
        "read_configuration(Path('stacks')); print(*sorted(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {
        "generator.config.diagnosis",
        "generator.config.positions",
        "difflib",
        "troposphere",
        "boto3",
        "slack_bolt",
    }
    assert not heavy & set(run.stdout.split())
