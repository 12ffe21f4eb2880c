"""What does not fit together in a function is refused with the reason and a way out."""

from collections.abc import Callable

import pytest

Read = Callable[[dict[str, str]], list[str]]


def function(text: str) -> dict[str, str]:
    """A function ``tidy`` of ``text``."""
    return {"functions/tidy.yaml": text}


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "no trigger": (
        function("memory: 256\n"),
        ["functions/tidy.yaml:1: has no trigger, write exactly one of schedule, queue and pattern"],
    ),
    "two triggers": (
        function("queue: true\nschedule: rate(1 hour)\n"),
        [
            "functions/tidy.yaml:1: queue: has the triggers schedule and queue, write exactly one of schedule, queue and pattern"
        ],
    ),
    "missing code": (
        function("queue: true\ncode: tidy.py\n"),
        [
            (
                "functions/tidy.yaml:2: code: 'tidy.py' does not exist, write the path of a file inside functions, of at most "
                "4096 bytes; larger code is published as an artifact by CI"
            )
        ],
    ),
    "code outside the folder": (
        function("queue: true\ncode: ../platform.yaml\n"),
        [
            (
                "functions/tidy.yaml:2: code: '../platform.yaml' lies outside functions, write the path of a file inside "
                "functions, of at most 4096 bytes; larger code is published as an artifact by CI"
            )
        ],
    ),
    "code too large": (
        {**function("queue: true\ncode: tidy.py\n"), "functions/tidy.py": "#" * 5000},
        [
            (
                "functions/tidy.yaml:2: code: 'tidy.py' has 5,000 bytes and may have 4,096, write the path of a file inside "
                "functions, of at most 4096 bytes; larger code is published as an artifact by CI"
            )
        ],
    ),
    "handler that inline code can't have": (
        {**function("queue: true\ncode: tidy.py\nhandler: tidy.run\n"), "functions/tidy.py": "def run(): ..."},
        ["functions/tidy.yaml:3: handler: inline code is always the module index, write index.run"],
    ),
    "bad rate": (
        function("schedule: rate(1 hours)\n"),
        ["functions/tidy.yaml:1: schedule: 'rate(1 hours)' mixes singular and plural, write rate(1 hour)"],
    ),
    "bad cron": (
        function("schedule: cron(0 6 * * *)\n"),
        [
            (
                "functions/tidy.yaml:1: schedule: cron takes 6 fields, not 5, "
                "write minute hour day month weekday year, for example cron(0 6 * * ? *)"
            )
        ],
    ),
    "pattern with a bare value": (
        function("pattern:\n  source: aws.ecs\n  detail: {state: []}\n"),
        [
            "functions/tidy.yaml:2: pattern.source: is one value, and an event pattern takes lists, write [aws.ecs]",
            "functions/tidy.yaml:3: pattern.detail.state: is an empty list, which matches nothing, write at least one value",
        ],
    ),
    "variable of Lambda": (
        function("queue: true\nenvironment: {AWS_REGION: x}\n"),
        ["functions/tidy.yaml:2: environment.AWS_REGION: belongs to Lambda, use another name"],
    ),
    "rate that is none": (
        function("schedule: rate(often)\n"),
        ["functions/tidy.yaml:1: schedule: 'rate(often)' is not a rate, write rate(1 hour) or rate(5 minutes)"],
    ),
    "cron with both days": (
        function("schedule: cron(0 6 * * * *)\n"),
        [
            (
                "functions/tidy.yaml:1: schedule: cron takes ? in either day or weekday, "
                "write for example cron(0 6 * * ? *)"
            )
        ],
    ),
    "pattern of nothing": (
        function("pattern:\n  detail: {}\n"),
        ["functions/tidy.yaml:2: pattern.detail: matches nothing, write for example `source: [aws.ecs]`"],
    ),
    "empty code": (
        {**function("queue: true\ncode: tidy.py\n"), "functions/tidy.py": "\n"},
        ["functions/tidy.yaml:2: code: 'tidy.py' is empty, write the function's code"],
    ),
    "absolute code": (
        function("queue: true\ncode: /etc/hostname\n"),
        [
            (
                "functions/tidy.yaml:2: code: '/etc/hostname' lies outside functions, write the path of a file inside "
                "functions, of at most 4096 bytes; larger code is published as an artifact by CI"
            )
        ],
    ),
    "code by environment": (
        {
            **function("queue: true\ncode: tidy.py\nenvironments: {dev: {code: other.py}}\n"),
            "functions/tidy.py": "def handler(): ...",
        },
        [
            (
                "functions/tidy.yaml:3: environments.dev.code: cannot differ by environment, "
                "write `code` at the top level of the file only"
            )
        ],
    ),
    "variable of the release queue, and secrets": (
        function("queue: true\nwake_queue: true\nenvironment: {WAKE_QUEUE_URL: x, API_KEY: y}\n"),
        [
            "functions/tidy.yaml:3: environment.WAKE_QUEUE_URL: is set because of wake_queue, remove it",
            (
                "functions/tidy.yaml:3: environment.API_KEY: is named like a secret, "
                "store it in Secrets Manager and let the function read it there"
            ),
        ],
    ),
    "variables larger than Lambda takes": (
        function(f"queue: true\nenvironment: {{AB: {'x' * 4000}}}\n"),
        [
            (
                "functions/tidy.yaml:2: environment: is larger than the 4 KB that Lambda takes, "
                "move large values into a table or bucket"
            )
        ],
    ),
    "missing table": (
        function("queue: true\ndeploy_to: [dev]\ntables: [items]\n"),
        ["functions/tidy.yaml:3: tables[0]: dev has no table 'items', add items to data.tables of dev"],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_a_function_must_fit_together(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """What would fail in a function's deployment is refused here, at its line."""
    assert mistakes(files) == lines
