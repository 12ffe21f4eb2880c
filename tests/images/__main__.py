"""``python -m tests.images [SERVICE...]``: build dev and prod of each image, check what came of it, and print sizes.

The first run takes about two minutes more, for the bases; they stay in ``.cache/images``.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.images import checks
from tests.images.machine import ROOT, Buildah, MachineError, prepare
from tests.images.recipes import Recipe, recipes

FOLDER = ROOT / ".cache" / "images"
_MIB = 1024 * 1024


def main() -> int:
    """0 all images are as they should be, 1 one is not, 2 this machine can't build any."""
    parser = argparse.ArgumentParser(prog="python -m tests.images", description=__doc__)
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="default: all of .github/images")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where bases and images are kept")
    given = parser.parse_args()
    known = recipes()
    unknown = [name for name in given.services if name not in known]
    if unknown:
        parser.error(f"no image is built for {', '.join(unknown)}; write one of {', '.join(known)}")
    try:
        prepare()
        buildah = Buildah(given.folder)
        # A run that was killed leaves containers and their mounts.
        buildah("rm", "--all")
        bases = buildah.bases()
        wrong = sum(_image(buildah, bases, known[name]) for name in given.services or known)
    except MachineError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 1 if wrong else 0


def _image(buildah: Buildah, bases: dict[str, str], recipe: Recipe) -> int:
    """Build both targets of one image; how many things are wrong."""
    wrong = 0
    arguments = {argument: bases[name] for argument, name in recipe.arguments}
    for target in ("dev", "prod"):
        name, began = f"localhost/{recipe.service}-{target}", time.monotonic()
        buildah.build(name, recipe.file, target, recipe.context, arguments)
        config = buildah.described(name)["Docker"]["config"]
        problems = list(checks.of_configuration(target, config))
        note = ""
        if target == "prod":
            with buildah.mounted(arguments["BASE"]) as base:
                before = checks.files(base)
            with buildah.mounted(name) as root:
                found = checks.files(root)
                problems += checks.of_files(recipe, found, before)
                problems += checks.of_start(recipe, root, config)
            added = sum(size for path, size in found.items() if path not in before)
            note = f", {added / _MIB:.1f} MiB in {len(found.keys() - before.keys()):,} files over its base"
        seconds = time.monotonic() - began
        print(f"{recipe.service} {target}: built in {seconds:.0f} s{note}, runs as {config['User']}", flush=True)  # noqa: T201
        for problem in problems:
            print(f"  {recipe.service} {target} {problem}", flush=True)  # noqa: T201
        wrong += len(problems)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
