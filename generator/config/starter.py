"""The files that a new platform, service, function or environment begins with. Pure: names and values in, texts out."""

import json
from typing import NamedTuple

# The action of the workflow, pinned as everywhere in .github/workflows.
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


class NewEnvironment(NamedTuple):
    """What an environment can't do without; ``hosted_zone_id`` may be "", ``protected`` None for the default."""

    name: str
    account: str
    region: str
    domain: str
    hosted_zone_id: str = ""
    protected: bool | None = None


class NewPlatform(NamedTuple):
    """What a platform can't do without. ``pin`` is the requirement that installs this Slipway, "" if unknown."""

    name: str
    owner: str
    repository: str
    repository_id: int
    owner_id: int
    people: tuple[str, ...]
    environment: NewEnvironment
    service: str
    port: int
    pin: str


def platform_files(new: NewPlatform, schemas: dict[str, str]) -> dict[str, str]:
    """A whole repository by path; ``schemas`` are the JSON Schemas by kind of file."""
    env = new.environment
    return {
        "stacks/platform.yaml": _platform(new),
        f"stacks/environments/{env.name}.yaml": environment_file(env),
        f"stacks/services/{new.service}.yaml": service_file(new.port),
        **{f"stacks/schema/{kind}.json": text for kind, text in schemas.items()},
        ".github/workflows/slipway.yml": _workflow(env.name),
        ".gitignore": "/.venv/\n/.cache/\n/build/\n",
        "requirements.txt": _requirements(new.pin),
        "README.md": _readme(new),
    }


def environment_file(new: NewEnvironment) -> str:
    """``stacks/environments/NAME.yaml``."""
    lines = [
        "# yaml-language-server: $schema=../schema/environment.json",
        "# `slipway schema environment` lists every field.",
        f"account: {_text(new.account)} # in quotes, or YAML reads a number",
        f"region: {_text(new.region)}",
        f"domain: {_text(new.domain)}",
    ]
    if new.hosted_zone_id:
        lines.append(f"hosted_zone_id: {_text(new.hosted_zone_id)}")
    if new.protected is not None:
        why = {
            True: "approvals, deletion protection, no `destroy`",
            False: "a release to it needs no approval; write `true` for production",
        }[new.protected]
        lines.append(f"protected: {str(new.protected).lower()} # {why}")
    return "\n".join(lines) + "\n"


def service_file(port: int, path: str = "/") -> str:
    """``stacks/services/NAME.yaml``: a container behind the load balancer."""
    return (
        "# yaml-language-server: $schema=../schema/service.json\n"
        "# A container behind the load balancer. `slipway schema service` lists every field.\n"
        f"port: {port}\n"
        f"health_check: {{ path: {_text(path)} }} # answers 200 when the service can work\n"
        "scaling: { min: 1, max: 4 }\n"
    )


def function_files(name: str, schedule: str) -> dict[str, str]:
    """``stacks/functions/NAME.yaml`` and its code, a Lambda function on a schedule."""
    return {
        f"stacks/functions/{name}.yaml": (
            "# yaml-language-server: $schema=../schema/function.json\n"
            "# A Lambda function. `slipway schema function` lists every field.\n"
            f"code: {name}.py # put inline, so there is nothing to publish\n"
            f"schedule: {_text(schedule)}\n"
        ),
        f"stacks/functions/{name}.py": (
            f'"""What {name} does on its schedule."""\n\n'
            "from typing import Any\n\n\n"
            "def handler(event: dict[str, Any], context: Any) -> None:\n"
            '    """Lambda calls this; what is printed goes to the log group of the function."""\n'
            "    print(event)\n"
        ),
    }


def _platform(new: NewPlatform) -> str:
    people = "".join(f"  {person}: {{}}\n" for person in new.people)
    return (
        "# yaml-language-server: $schema=schema/platform.json\n"
        "# What is true in every environment. `slipway schema platform` lists every field.\n"
        f"name: {_text(new.name)} # starts every stack and resource name\n"
        f"owner: {_text(new.owner)}\n\n"
        "github: # the repository whose workflows may publish versions and propose changes\n"
        f"  repository: {_text(new.repository)}\n"
        f"  repository_id: {new.repository_id} # gh api repos/{new.repository} --jq .id\n"
        f"  owner_id: {new.owner_id} # gh api repos/{new.repository} --jq .owner.id\n\n"
        "bot:\n"
        f"  environment: {_text(new.environment.name)} # the account and Region of the release log\n\n"
        "# Who may ask for releases and approve them. For AWS and Slack, add each person's ids:\n"
        "#   ana: { aws: [AIDA...], slack: U... }   # aws sts get-caller-identity --query UserId\n"
        f"people:\n{people}"
    )


def _workflow(environment: str) -> str:
    return f"""\
name: Slipway

# Every push and pull request: the configuration is valid, and its templates are without findings.
on:
  push:
    branches: [main]
  pull_request:

permissions: {{}}

concurrency:
  group: slipway-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    name: Build and lint
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    permissions:
      contents: read # to check the code out
    steps:
      - uses: {_CHECKOUT}
        with:
          persist-credentials: false
      - name: Install Slipway as requirements.txt pins it
        run: python3 -m venv .venv && .venv/bin/pip install --quiet -r requirements.txt
      - name: Build the templates
        run: .venv/bin/slipway build
      - name: Lint them
        run: .venv/bin/slipway lint
      - name: Price {environment}
        run: .venv/bin/slipway cost {environment} --summary
"""


def _requirements(pin: str) -> str:
    if pin:
        return f"# Slipway, with what `slipway lint` and the sandbox need. A change of this line is reviewed like code.\n{pin}\n"
    return (
        "# Slipway was installed here from a place that has no address. Write where it comes from, pinned to a commit or a hash:\n"
        "# slipway-ecs[sandbox] @ git+https://github.com/OWNER/REPOSITORY@COMMIT\n"
    )


def _readme(new: NewPlatform) -> str:
    env, service = new.environment.name, new.service
    return f"""\
# {new.name}

The platform of {new.owner}, as files that Slipway turns into CloudFormation. `stacks/` says what runs where.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    export PATH="$PWD/.venv/bin:$PATH"

Every change:

    slipway build && slipway lint

A release on this machine, without an AWS account:

    slipway apply {env} --yes --sandbox
    slipway publish --sandbox --sample good --service {service}
    slipway deploy {service} {env} --sandbox
    slipway status {env} --sandbox
"""


def _text(value: str) -> str:
    """A text as YAML: plain where that is the same, else in JSON's quotes, which YAML reads."""
    plain = value.replace("-", "").replace(".", "").replace("/", "").replace("_", "")
    words = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
    fits = plain.isascii() and plain.isalnum() and not value[:1].isdigit() and value[:1].isalnum()
    return value if fits and value.lower() not in words else json.dumps(value)
