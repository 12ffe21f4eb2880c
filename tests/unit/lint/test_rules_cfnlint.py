"""The pack as plain cfn-lint loads it: `cfn-lint -a generator/lint/rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.decode import decode
from cfnlint.rules import Rules
from cfnlint.template import Template

import generator.lint.rules as pack
from generator.lint.rules.runner import rules

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = pack.__path__[0]
YAML = """\
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/ApplicationELB
      MetricName: RequestCount
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 2
      Threshold: 1
      DatapointsToAlarm: !If
        - Prod
        - 3
        - 2
      ComparisonOperator: GreaterThanThreshold
"""
JSON = """\
{
  "Resources": {
    "Alarm": {
      "Type": "AWS::CloudWatch::Alarm",
      "Properties": {
        "MetricName": "RequestCount",
        "Namespace": "AWS/ApplicationELB",
        "Statistic": "Sum",
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 3
      }
    }
  }
}
"""


@pytest.fixture(scope="module")
def loaded() -> Rules:
    """The rules that cfn-lint finds in the folder."""
    return Rules.create_from_directory(FOLDER)


def test_cfnlint_loads_every_rule_of_the_folder(loaded: Rules) -> None:
    """People who run cfn-lint by itself get the whole pack, each rule with its severity, reason and page."""
    assert set(loaded) == set(rules())
    for rule_id, rule in rules().items():
        adapted = loaded[rule_id]
        assert (adapted.severity, adapted.shortdesc) == (rule.severity, rule.title)
        assert adapted.source_url.startswith("https://")
        assert rule.why in adapted.description


@pytest.mark.parametrize(("name", "text", "line"), [("t.yaml", YAML, 15), ("t.json", JSON, 10)])
def test_findings_stand_at_the_line_that_is_wrong(
    loaded: Rules, tmp_path: Path, name: str, text: str, line: int
) -> None:
    """In YAML and JSON, through intrinsic functions too, cfn-lint shows the line to edit."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    template, problems = decode(str(file))
    assert not problems
    config = ConfigMixIn(ManualArgs(regions=["eu-west-1"]))
    found = list(loaded.run(str(file), Template(str(file), template, ["eu-west-1"]), config))
    assert [(match.rule.id, match.linenumber) for match in found] == [("E9580", line)]
    assert found[0].message == "3 datapoints out of 2 periods. Set DatapointsToAlarm to EvaluationPeriods or less."
