"""A fresh clone with a sandbox of its own, in which tests type command lines."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from generator.cli.parser import WITHOUT_AWS
from generator.sandbox import process
from generator.sandbox.process import Control, find
from tests.integration.without_coverage import measures, unmeasured
from tests.json_documents import check_printed

ROOT = Path(__file__).parents[2]
HOME = "333333333333"


class Ran(NamedTuple):
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)


class Checkout:
    """A folder with the shipped stacks and nothing else: ``slipway("deploy app prod")`` runs a command line in it."""

    def __init__(self, folder: Path, *, measured: bool = False) -> None:
        """``measured``: the coverage of what is typed is measured, but never that of the sandbox."""
        shutil.copytree(ROOT / "stacks", folder / "stacks")
        self.folder = folder
        self._env = env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "PYTHONFAULTHANDLER": "1",
        }
        if measured:
            env |= {name: value for name, value in os.environ.items() if measures(name)}
            with unmeasured():
                process.ensure(folder)
        self._typist = self._typing()

    def _typing(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.integration.typist"], cwd=self.folder, env=self._env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def use(self, source: Path) -> None:
        """Run the next commands with the Slipway in another folder, against the same sandbox."""
        self._end_typing()
        self._env["PYTHONPATH"] = str(source)
        self._typist = self._typing()

    def slipway(self, line: str, *more: str, code: int = 0) -> Ran:
        """Run a command line in the sandbox; it must end with ``code``."""
        argv = [*line.split(), *more]
        argv += [] if argv[0] in WITHOUT_AWS else ["--sandbox"]
        assert self._typist.stdin
        assert self._typist.stdout
        self._typist.stdin.write(json.dumps({"argv": argv}) + "\n")
        self._typist.stdin.flush()
        ran = Ran(**json.loads(self._typist.stdout.readline()))
        assert ran.code == code, f"{argv}: exit {ran.code}\n{ran.out}\n{ran.err}"
        check_printed(argv, ran.out)
        return ran

    def stop(self) -> None:
        """End the sandbox, and anyone who types."""
        process.stop(self.folder)
        self._end_typing()

    def _end_typing(self) -> None:
        assert self._typist.stdin
        assert self._typist.stdout
        self._typist.stdin.close()
        self._typist.stdout.close()
        self._typist.wait(120)

    @property
    def control(self) -> Control:
        """Tells the sandbox what no AWS API can say."""
        return Control(self.port)

    @property
    def port(self) -> int:
        """Where the sandbox answers."""
        found = find(self.folder)
        assert found
        return found.port

    def newest(self) -> str:
        """The newest release of app in prod."""
        return str(self.slipway("history app prod --limit 1 --json").document["releases"][0]["id"])

    def tasks(self, cluster: str, service: str) -> set[str]:
        """ARNs of the tasks of a service that run."""
        from generator.aws.session import Keys, Session

        api = Session("eu-west-1", keys=Keys(HOME, "x"), endpoint=f"http://127.0.0.1:{self.port}").api("ecs")
        return set(api("list_tasks", cluster=cluster, serviceName=service)["taskArns"])

    def retag(self, stack: str) -> None:
        """Change a stack by hand, as somebody with too many rights does."""
        from generator.aws.session import Keys, Session

        url = f"http://127.0.0.1:{self.port}"
        api = Session("eu-west-1", keys=Keys(HOME, "x"), endpoint=url).api("cloudformation")
        found = api("describe_stacks", StackName=stack)["Stacks"][0]
        kept = [{"ParameterKey": row["ParameterKey"], "UsePreviousValue": True} for row in found["Parameters"]]
        api(
            "create_change_set", StackName=stack, ChangeSetName="by-hand", UsePreviousTemplate=True, Parameters=kept,
            Capabilities=["CAPABILITY_IAM"], Tags=[*found["Tags"], {"Key": "touched", "Value": "yes"}],
        )  # fmt: skip
        while api("describe_change_set", StackName=stack, ChangeSetName="by-hand")["Status"].endswith("_IN_PROGRESS"):
            time.sleep(0.05)
        api("execute_change_set", StackName=stack, ChangeSetName="by-hand")
        while api("describe_stacks", StackName=stack)["Stacks"][0]["StackStatus"] != "UPDATE_COMPLETE":
            time.sleep(0.05)
