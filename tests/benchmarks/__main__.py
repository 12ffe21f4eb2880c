"""``make bench``: cold, unchanged and large builds and lints, whole process, beside CDK, Sceptre and cfn-lint."""

import shutil
import sys
import tempfile
from pathlib import Path

from generator.config.listener_priority import PLACES, listener_priority
from tests.benchmarks import peers
from tests.benchmarks.harness import Case, compare, once, table, verdict

BIN = Path(sys.executable).parent
SLIPWAY = str(BIN / "slipway")
PYTHON = str(BIN / "python")
SERVICE = "port: 8080\nscaling: {min: 2, max: 10}\n"


def project(folder: Path, services: int = 0) -> Path:
    """A working directory with a copy of the shipped configuration, and perhaps many more services."""
    shutil.copytree(peers.ROOT / "stacks", folder / "stacks")
    taken: set[int] = set()
    for name in (f"svc-{i:04}" for i in range(services)):
        place = next(p for p in range(1, PLACES + 1) if listener_priority(name, (), (), p) not in taken)
        taken.add(listener_priority(name, (), (), place))
        (folder / "stacks" / "services" / f"{name}.yaml").write_text(f"{SERVICE}route: {{priority: {place}}}\n")
    return folder


def forget(folder: Path) -> None:
    """Make the next run in ``folder`` a cold one."""
    shutil.rmtree(folder / "build", ignore_errors=True)
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def generation(work: Path) -> list[bool]:
    """Cold builds beside CDK and Sceptre."""
    here = project(work / "generation")
    cases = [
        Case("slipway build, cold", [SLIPWAY, "build"], here, lambda: forget(here)),
        Case(
            "slipway build + lint --fast, cold",
            ["sh", "-c", f"{SLIPWAY} build && {SLIPWAY} lint --fast"],
            here,
            lambda: forget(here),
        ),
        Case(
            "sceptre generate (same templates)",
            [str(peers.sceptre() / "venv/bin/sceptre"), "generate", "."],
            peers.sceptre(),
        ),
    ]
    cdk = peers.cdk()
    if cdk:
        synth = ["npx", "cdk", "synth", "--quiet"]
        cases.append(
            Case(
                "cdk synth (JavaScript), as it comes",
                synth,
                cdk,
                lambda: shutil.rmtree(cdk / "cdk.out", ignore_errors=True),
            )
        )
        cases.append(Case("cdk synth, CDK_VALIDATION=false", synth, cdk, cases[-1].before, {"CDK_VALIDATION": "false"}))
    figures = compare(cases, 7)
    table("Three environments, 36 stacks", figures, cases[0].name)
    ours, fast, sceptre = (figures[c.name].median for c in cases[:3])
    held = [
        verdict("sceptre generate / cold build", sceptre / ours, 5.5, at_least=True),
        verdict("peak MiB of a cold build", figures[cases[0].name].mib, 40, at_least=False),
    ]
    if cdk:
        as_it_comes, unvalidated = (figures[c.name].median for c in cases[3:])
        held += [
            verdict("cdk synth as it comes / cold build", as_it_comes / ours, 25, at_least=True),
            verdict("cdk synth without validation / cold build", unvalidated / ours, 9, at_least=True),
            verdict("cdk synth as it comes / build + lint --fast", as_it_comes / fast, 6, at_least=True),
        ]
    return held


def unchanged(work: Path) -> list[bool]:
    """What a run costs when little or nothing changed, over a bare interpreter and over the imports it can't avoid."""
    here = project(work / "unchanged")
    service = here / "stacks" / "services" / "web.yaml"
    text = service.read_text()
    flips = iter(range(10**6))
    floor = "import generator.cli.build, generator.build.artifact, generator.build.json_encoder, templates.service"

    def settle() -> None:
        service.write_text(text)

    def edit() -> None:
        service.write_text(f"{text}stop_timeout: {30 + next(flips) % 60}\n")

    once(
        Case(
            "prepare",
            [
                "sh",
                "-c",
                f"{SLIPWAY} build; {SLIPWAY} lint; sleep 0.2; {SLIPWAY} build; {SLIPWAY} lint; sleep 0.2; {SLIPWAY} lint",
            ],
            here,
        )
    )
    figures = compare(
        [
            Case("python -c pass", [PYTHON, "-c", "pass"], here),
            Case("slipway build, nothing changed", [SLIPWAY, "build"], here),
            Case("slipway lint, nothing changed", [SLIPWAY, "lint"], here),
            Case("slipway --help", [SLIPWAY, "--help"], here),
        ],
        41,
    )
    table("Nothing changed", figures, "python -c pass")
    bare = figures["python -c pass"].median
    changed = compare(
        [
            Case("the imports alone", [PYTHON, "-c", floor], here, settle),
            Case("slipway build, one service changed", [SLIPWAY, "build"], here, edit),
        ],
        15,
    )
    table("One service changed", changed, "the imports alone")
    return [
        verdict(
            "unchanged build / bare python",
            figures["slipway build, nothing changed"].median / bare,
            1.5,
            at_least=False,
        ),
        verdict(
            "unchanged lint / bare python", figures["slipway lint, nothing changed"].median / bare, 1.5, at_least=False
        ),
        verdict("--help / bare python", figures["slipway --help"].median / bare, 2.5, at_least=False),
        verdict(
            "one service changed / import floor",
            changed["slipway build, one service changed"].median / changed["the imports alone"].median,
            1.5,
            at_least=False,
        ),
    ]


def linting(work: Path) -> list[bool]:
    """A full cold lint, with our rules on top, beside the cfn-lint command on the same files."""
    here = project(work / "linting")
    once(Case("prepare", [SLIPWAY, "build"], here))
    files = sorted(str(p.relative_to(here)) for p in here.glob("build/*/*.json"))
    cold = lambda: shutil.rmtree(here / ".cache", ignore_errors=True)  # noqa: E731
    figures = compare(
        [
            Case("slipway lint, cold, both engines, our rules", [SLIPWAY, "lint"], here, cold),
            Case("slipway lint --fast, cold", [SLIPWAY, "lint", "--fast"], here, cold),
            Case("cfn-lint -c I -e", [str(BIN / "cfn-lint"), "-c", "I", "-e", "--", *files], here),
        ],
        5,
    )
    table(f"Lint of {len(files)} templates", figures, "cfn-lint -c I -e")
    ratio = figures["slipway lint, cold, both engines, our rules"].median / figures["cfn-lint -c I -e"].median
    return [verdict("full cold lint / cfn-lint", ratio, 0.6, at_least=False)]


def large(work: Path) -> list[bool]:
    """Many services: time, linearity, and memory of the largest process."""
    cases = []
    for services in (250, 500, 1000):
        here = project(work / f"large{services}", services)
        cases.append(
            Case(
                f"{services} services, {3 * services} service stacks, cold",
                [SLIPWAY, "build"],
                here,
                lambda here=here: forget(here),
            )
        )
    figures = compare(cases, 3)
    table("Many services", figures, cases[0].name)
    most = figures[cases[-1].name]
    growth = most.median / figures[cases[0].name].median
    return [
        verdict("seconds for 1,000 services", most.median, 5, at_least=False),
        verdict("time of 1,000 over 250 services (4 is linear)", growth, 5, at_least=False),
        verdict("peak MiB of a process", most.mib, 30, at_least=False),
    ]


def embedded_aws(work: Path) -> list[bool]:
    """The sandbox. Imported late: a child's peak memory is never told below what this process held at its birth."""
    from tests.benchmarks.sandbox import measure

    return measure(work)


def previews(work: Path) -> list[bool]:
    """Previews of change sets, without AWS."""
    from tests.benchmarks.preview import measure

    return measure(work)


def hostile(work: Path) -> list[bool]:
    """Templates that somebody wrote to take time or memory."""
    from tests.benchmarks.hostile import measure

    return measure(work)


def releases(work: Path) -> list[bool]:
    """The release engine. Imported late, for the same reason."""
    from tests.benchmarks.release import measure

    return measure(work)


def many_workers(work: Path) -> list[bool]:
    """Many workers on one release log."""
    from tests.benchmarks.workers import measure

    return measure(work)


def flooded(work: Path) -> list[bool]:
    """A person's request beside a flood of junk."""
    from tests.benchmarks.flood import measure

    return measure(work)


def audit(work: Path) -> list[bool]:
    """``audit verify`` over a log of years."""
    from tests.benchmarks.audit import measure

    return measure(work)


def chat(work: Path) -> list[bool]:
    """The bot's front."""
    from tests.benchmarks.bot import measure

    return measure(work)


def release_board(work: Path) -> list[bool]:
    """The release board's API."""
    del work
    from tests.benchmarks.board import measure

    return measure()


def main() -> int:
    """Run all, or the parts that are named; exit 1 if a promised figure is missed."""
    parts = {
        "generation": generation,
        "unchanged": unchanged,
        "linting": linting,
        "large": large,
        "sandbox": embedded_aws,
        "release": releases,
        "workers": many_workers,
        "flood": flooded,
        "audit": audit,
        "preview": previews,
        "hostile": hostile,
        "bot": chat,
        "board": release_board,
    }
    chosen = sys.argv[1:] or list(parts)
    unknown = sorted(set(chosen) - set(parts))
    if unknown:
        print(f"no part is called {', '.join(unknown)}; there are: {', '.join(parts)}", file=sys.stderr)
        return 2
    held = []
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            held += parts[name](Path(folder))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
