"""What a machine needs to build images without a daemon: root, buildah, debootstrap; and bases from its own packages.

buildah runs a Dockerfile's steps under chroot, so that no container runtime is needed. The bases stand for those that the
Dockerfiles name, because no registry of images can be reached: Debian's Python for ``python``, this machine's Node.js for
``node``, Debian's nginx for ``nginx``.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TOOLS = ("buildah", "debootstrap")
_SUITE = "bookworm"
# python3-venv has the pip of the first stage; wget is what the page's health check calls.
_PACKAGES = ("python3-minimal", "python3-venv", "ca-certificates", "nginx-light", "wget")
# What the steps need of this machine to install packages from its registries; nothing of it gets into an image.
_MOUNTED = ("/etc/ssl/certs", "/etc/pip.conf", "/etc/resolv.conf")
_PATIENCE = 1800


class MachineError(Exception):
    """This machine can't build images; the text says what to do."""


def prepare() -> None:
    """Install what is missing, where apt-get may.

    Raises:
        MachineError: it may not, or this is not Linux as root.
    """
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        raise MachineError("images are built as root: run this with sudo, on Linux")
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise MachineError(f"{' and '.join(missing)} must be installed; this machine has no apt-get to do it with")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for line in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", *line], env=environ, check=False, timeout=_PATIENCE).returncode:
            raise MachineError(f"apt-get could not install {' and '.join(missing)}, as it says above")


class Buildah:
    """buildah with a storage of its own, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._options = ["--root", str(folder / "storage"), "--runroot", str(folder / "run")]

    def __call__(self, *line: str) -> str:
        """Run a command; what it printed.

        Raises:
            MachineError: it failed.
        """
        environ = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        ran = subprocess.run(
            ["buildah", *self._options, *line], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False, timeout=_PATIENCE,
        )  # fmt: skip
        if ran.returncode:
            raise MachineError(f"buildah {line[0]} failed:\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}")
        return ran.stdout.strip()

    def build(self, name: str, file: Path, target: str, context: Path, arguments: Mapping[str, str]) -> None:
        """Build one stage of a Dockerfile. Docker's format, because OCI's has no health check."""
        given = [f"--build-arg={key}={value}" for key, value in arguments.items()]
        mounts = [f"--volume={path}:{path}:ro" for path in _MOUNTED if Path(path).exists()]
        self(
            "bud", "--quiet", "--pull-never", "--format", "docker", "--layers", *given, *mounts,
            "--file", str(file), "--target", target, "--tag", name, str(context),
        )  # fmt: skip

    def exists(self, name: str) -> bool:
        """Whether there is an image of this name."""
        try:
            self("inspect", "--type", "image", name)
        except MachineError:
            return False
        return True

    def described(self, name: str) -> dict[str, Any]:
        """What is stored of an image: its ``Docker`` configuration among it."""
        found: dict[str, Any] = json.loads(self("inspect", "--type", "image", name))
        return found

    @contextmanager
    def mounted(self, name: str) -> Iterator[Path]:
        """The file system of an image."""
        container = self("from", "--pull-never", name)
        try:
            yield Path(self("mount", container))
        finally:
            self("rm", container)

    def bases(self) -> dict[str, str]:
        """Names of the bases by what they stand for, created where they are not there yet."""
        python = self._base("slipway-python", self._debian)
        return {"python": python, "nginx": python, "node": self._base("slipway-node", lambda: self._node(python))}

    def _base(self, name: str, create: Callable[[], str]) -> str:
        name = f"localhost/{name}"
        if not self.exists(name):
            container = create()
            self("commit", "--quiet", container, name)
            self("rm", container)
        return name

    def _debian(self) -> str:
        tree = self.folder / "debian"
        if not (tree / "usr/bin/python3").exists():
            shutil.rmtree(tree, ignore_errors=True)
            line = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, str(tree)]
            if subprocess.run(line, stdout=subprocess.DEVNULL, check=False, timeout=_PATIENCE).returncode:
                raise MachineError("debootstrap could not create the base, as it says above")
        container = self("from", "scratch")
        self("add", "--quiet", container, str(tree), "/")
        self("run", container, "ln", "-s", "python3", "/usr/bin/python")
        # Docker's images have it for names of neighbors; and what a step mounts must be no addition of the image.
        self("run", container, "touch", "/etc/hosts", *[path for path in _MOUNTED if not path.endswith("certs")])
        return container

    def _node(self, python: str) -> str:
        """The machine's Node.js and npm over the Debian base; the build stage runs there alone."""
        node = shutil.which("node")
        npm = Path(shutil.which("npm") or "").resolve().parent.parent
        if node is None or npm.name != "npm":
            raise MachineError("the page's image is built with Node.js and npm of this machine: install both")
        container = self("from", "--pull-never", python)
        self("copy", "--quiet", container, str(Path(node).resolve()), "/usr/bin/node")
        self("copy", "--quiet", container, str(npm), "/usr/lib/node_modules/npm")
        self("run", container, "ln", "-s", "../lib/node_modules/npm/bin/npm-cli.js", "/usr/bin/npm")
        self("run", container, "ln", "-s", "../lib/node_modules/npm/bin/npx-cli.js", "/usr/bin/npx")
        self("run", container, "useradd", "--uid", "1000", "--create-home", "node")
        # npm trusts what the machine trusts, where packages come through a registry of its own.
        self("config", "--env", "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt", container)
        return container
