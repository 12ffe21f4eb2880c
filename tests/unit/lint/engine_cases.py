"""Two small templates for the engines, one sound and one with mistakes of every kind."""

from __future__ import annotations

from generator.lint.findings import Finding

BAD = b"""\
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      Bogus: 1
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions:
        - Name: app
          Image: !Sub "nginx:${Missing}"
          Privileged: true
"""


CONTEXT = "Metadata: {'com.aws.cloudformation.Context': {arch: a topic}}\n"


GOOD = (
    CONTEXT
    + "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"
    + "    Metadata: {'com.aws.cloudformation.Context': {why: to tell people}}\n"
).encode()


def ids(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
    return sorted({finding.id for finding in findings})


def one(findings: list[Finding] | tuple[Finding, ...], rule_id: str) -> Finding:
    (found,) = [finding for finding in findings if finding.id == rule_id]
    return found
