"""Programs of Debian that tests of real load balancers need."""

import os
import shutil

import pytest


def need(program: str, package: str) -> str:
    """The path of a program; without it a test is skipped on a developer's machine, and fails in CI."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        why = f"{program} is not installed; install it with: apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return str(found)
