"""Previews: how long a reading of a hundred resources takes without AWS, from nothing and again."""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from generator.preview import text
from generator.preview.lookup_results import shown
from generator.preview.lookups import Sources
from generator.preview.meaning import meaning
from generator.release.model.change import ChangeSet, Detail, ResourceChange
from generator.release.model.preview import Reading
from tests.benchmarks.harness import verdict
from tests.benchmarks.peers import ROOT

RESOURCES = 100
ROUNDS = 15
_COLD = """
import time
from tests.benchmarks.preview import hundred, whole
sides = hundred()
ready = time.process_time()
whole(*sides)
print(time.process_time() - ready)
"""


def hundred() -> tuple[ChangeSet, dict[str, Any], dict[str, Any]]:
    """A change set that edits a hundred resources of the kinds that cost most to read: roles, groups, services."""
    service = json.loads((ROOT / "tests" / "readings" / "templates" / "ours-service.json").read_text())
    before: dict[str, Any] = {"Parameters": service["Parameters"], "Resources": {}}
    for copy in range(RESOURCES // len(service["Resources"]) + 1):
        for name, row in service["Resources"].items():
            if len(before["Resources"]) < RESOURCES:
                renamed = json.dumps(row)
                for other in service["Resources"]:
                    renamed = renamed.replace(f'"{other}"', f'"{other}{copy}"').replace(
                        f"${{{other}.", f"${{{other}{copy}."
                    )
                before["Resources"][f"{name}{copy}"] = json.loads(renamed)
    after = json.loads(json.dumps(before))
    changes = []
    for name, row in after["Resources"].items():
        properties = row["Properties"]
        if row["Type"] == "AWS::IAM::Role":
            key = "Policies"
            properties[key][0]["PolicyDocument"]["Statement"].append(
                {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}
            )
        elif row["Type"] == "AWS::EC2::SecurityGroup":
            key = "SecurityGroupIngress"
            properties[key] = [
                {"IpProtocol": "tcp", "FromPort": n, "ToPort": n + 1, "CidrIp": f"10.{n % 250}.0.0/16"}
                for n in range(20)
            ]
        else:
            key = min(properties)
            properties[key] = f"{name} changed" if isinstance(properties[key], str) else properties[key]
        detail = Detail(
            attribute="Properties",
            name=key,
            path=f"/Properties/{key}",
            requires_recreation="Never",
            before='"a"',
            after='"b"',
        )
        changes.append(
            ResourceChange(logical_id=name, type=row["Type"], action="Modify", replacement="False", details=(detail,))
        )
    found = ChangeSet(
        arn="arn:cs",
        name="cs",
        stack_id="arn:aws:cloudformation:eu-west-1:111122223333:stack/app/1",
        stack_name="app",
        kind="UPDATE",
        changes=tuple(changes),
    )
    return found, before, after


def whole(found: ChangeSet, before: dict[str, Any], after: dict[str, Any]) -> int:
    """The full preview: meaning, cost and time from the table, and all of its lines."""
    from generator.cost.price_table import load

    meant = meaning(found, before, after, region="eu-west-1")
    seen = shown(found, before, after, Sources(prices=load()), region="eu-west-1", meaning=meant)
    return len(text.lines(Reading(meaning=meant, shown=seen), verbose=True))


def measure(_: Path) -> list[bool]:
    """Time it warm in this process, and cold (tables not read yet) in processes of their own.

    CPU time counts: a preview waits for nothing, so that a busy machine changes only the wall clock.
    """
    sides = hundred()
    assert len(sides[0].changes) == RESOURCES
    whole(*sides)
    warm = []
    for _round in range(ROUNDS):
        started = time.process_time()
        whole(*sides)
        warm.append((time.process_time() - started) * 1000)
    cold = []
    for _round in range(5):
        run = subprocess.run([sys.executable, "-c", _COLD], cwd=ROOT, capture_output=True, text=True, check=True)
        cold.append(float(run.stdout) * 1000)
    print(f"\nPreview of a change set of {RESOURCES} resources, without AWS")
    print(
        f"  warm {statistics.median(warm):.0f} ms ({min(warm):.0f} to {max(warm):.0f}), first in a process {statistics.median(cold):.0f} ms"
    )
    return [
        verdict("ms of a full preview of 100 resources", statistics.median(warm), 100, at_least=False),
        verdict("ms of the first one in a process", statistics.median(cold), 100, at_least=False),
    ]
