"""Types command lines for tests: a process that has everything loaded, and forks a child for each.

Reads one JSON document a line, ``{"argv": [...]}``, and answers ``{"code": 0, "out": "...", "err": "..."}``.
"""

import importlib
import json
import os
import pkgutil
import sys
import tempfile

# What release commands load; commands themselves are loaded as they are asked for.
WARM = ("generator.aws", "generator.preview", "generator.release", "generator.cost")
SERVICES = ("iam", "dynamodb", "sqs", "s3", "kms", "ecr", "cloudformation", "ecs", "elbv2", "cloudwatch", "logs", "ec2")


def warm() -> None:
    """Load it once."""
    for name in ("templates", "generator.wiring.composition", "generator.apply.plan", "generator.apply.prerequisites"):
        importlib.import_module(name)
    for name in WARM:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(found.name)
    session = importlib.import_module("generator.aws.session")
    nowhere = session.Session("eu-west-1", keys=session.Keys("a", "b"), endpoint="http://127.0.0.1:9")
    for service in SERVICES:
        nowhere.api(service)


def type_(argv: list[str]) -> dict[str, object]:
    """Run one command line in a child."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os._exit(_run(argv))
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return {"code": code, "out": out.read().decode(), "err": err.read().decode()}


def _run(argv: list[str]) -> int:
    from generator.cli.main import main

    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123 - for as long as the process lives
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise
    sys.argv = ["slipway", *argv]
    try:
        code = main()
    except SystemExit as error:
        code = int(str(error.code or 0))
    except BaseException:  # noqa: BLE001 - a traceback is what the test must see
        import traceback

        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def main() -> None:
    """Serve until standard input ends."""
    warm()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(type_(json.loads(line)["argv"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
