"""Templates in, a report out: cache, engines, one list of findings."""

from __future__ import annotations

import ctypes
import gc
from contextlib import closing
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import msgspec
from msgspec.structs import replace

from generator.lint.cache import Cache
from generator.lint.findings import Finding, Report, Template, at_least, in_order
from generator.lint.task_pool import processes, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from generator.lint.engines.cfnlint import CfnLint
    from generator.lint.engines.cloudformation_validate import Validate
    from generator.lint.findings import Severity

Progress: TypeAlias = "Callable[[int, int], None]"


class Options(NamedTuple):
    """``fast`` leaves cfn-lint and the rule pack out; ``level`` is the least grave severity to report."""

    fast: bool = False
    level: Severity = "info"


def lint(
    templates: Sequence[Template], options: Options, *, folder: Path | None = None, progress: Progress | None = None
) -> Report:
    """Lint templates and return every finding of the asked level, sorted by file and place.

    ``folder`` keeps results for the next run. ``progress`` is called with ``(done, all)`` after each template. Equal templates with equal Regions are linted once.
    """
    gc.enable()
    cache = Cache(folder, ["fast" if options.fast else "full"])
    groups: dict[tuple[bytes, tuple[str, ...]], list[Template]] = {}
    for template in templates:
        groups.setdefault((template.content, template.regions), []).append(template)
    unique = [group[0] for group in groups.values()]
    results = [cache.load(template) for template in unique]
    missing = [index for index, result in enumerate(results) if result is None]
    if missing:
        tell = progress or (lambda _done, _all: None)
        fresh = (_fast if options.fast else _full)([unique[i] for i in missing], tell)
        for index, found in zip(missing, fresh, strict=True):
            results[index] = found
            cache.store(unique[index], found)
        cache.prune()
    severities = at_least(options.level)
    findings = [
        replace(finding, file=template.file, stack=template.stack)
        for group, result in zip(groups.values(), results, strict=True)
        for template in group
        for finding in result or ()
        if finding.severity in severities
    ]
    return Report(tuple(sorted(findings, key=in_order)), len(templates), len(unique) - len(missing))


def _fast(templates: list[Template], progress: Callable[[int, int], None]) -> list[list[Finding]]:
    found = _validate().lint_all(templates, threads=processes(len(templates)))
    progress(len(templates), len(templates))
    return found


def _full(templates: list[Template], progress: Callable[[int, int], None]) -> list[list[Finding]]:
    from generator.lint.engines.merge import merge

    # cloudformation-validate compiles its rules outside the GIL while cfn-lint is imported. It is done before any fork.
    second = _Second(templates)
    second.start()
    engine = _cfnlint()
    others = second.result()

    def work(index: int) -> bytes:
        return msgspec.msgpack.encode(engine.lint(templates[index]))

    # cfn-lint makes millions of short-lived objects on top of a large heap that never dies: without this a quarter of its
    # time goes to the garbage collector. The larger threshold still bounds memory.
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    try:
        results: dict[int, list[Finding]] = {}
        longest_first = sorted(range(len(templates)), key=lambda i: -len(templates[i].content))
        # Closed at once, also by Ctrl-C in this loop: a generator left to itself would leave its children running.
        with closing(spread(longest_first, work, processes(len(templates)))) as finished:
            for index, encoded in finished:
                first = msgspec.msgpack.decode(encoded, type=list[Finding])
                results[index] = merge(first, others[index])
                progress(len(results), len(templates))
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
    return [results[index] for index in range(len(templates))]


@cache
def _cfnlint() -> CfnLint:
    """The process's one cfn-lint: a later run, as in a bot, pays for its rules no more."""
    from generator.lint.engines.cfnlint import CfnLint

    return CfnLint()


@cache
def _validate() -> Validate:
    """The process's one cloudformation-validate."""
    from generator.lint.engines.cloudformation_validate import Validate

    engine = Validate()
    # It lives as long as the process, whose memory the system takes back at once. Python would free 250 MiB piece by piece
    # at exit (70 ms), and so late that the destructor complains on stderr.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine


class _Second(Thread):
    """Runs the second engine beside the import of the first."""

    def __init__(self, templates: list[Template]) -> None:
        super().__init__(daemon=True)
        self._templates = templates
        self._found: list[list[Finding]] = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found = _validate().lint_all(self._templates, threads=1)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
            self._error = error

    def result(self) -> list[list[Finding]]:
        """Wait for the findings, one list a template; raises what the thread raised."""
        self.join()
        if self._error:
            raise self._error
        return self._found
