"""What a first hour would meet, asked of AWS without changing anything: rights, templates, policies and people.

Everything here reads, simulates or validates (IAM API Reference: SimulatePrincipalPolicy; CloudFormation API Reference:
ValidateTemplate; IAM Access Analyzer API Reference: ValidatePolicy).
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from generator.apply.administrator import AdministratorStack
from generator.apply.administrator_policy import administrator_policy
from generator.apply.first_worker import Caller, caller
from generator.release.errors import Invalid
from generator.release.model.release import Check
from generator.wiring.built_platform import BuiltPlatform

Calls = Callable[[str], Any]
_AT_ONCE = 50  # actions in one call; a caller never sees more of an answer than a page
_ASSUMED = re.compile(r"^(arn:[a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/")


def templates(calls: Calls, stacks: list[AdministratorStack]) -> Check:
    """Whether CloudFormation takes the templates of the administrators' stacks."""
    name = "templates"
    for stack in stacks:
        try:
            calls("cloudformation")("validate_template", TemplateBody=stack.body)
        except Invalid as error:
            return Check(name=name, result="failed", text=f"CloudFormation refuses that of {stack.key}: {error}")
    return Check(name=name, result="passed", text=f"{len(stacks)} are valid")


def rights(calls: Calls, platform: str, account: str, partition: str) -> Check:
    """Whether the caller may do what :func:`administrator_policy` lists, as far as its actions are named in full."""
    name = "your rights"
    me = caller(calls("sts"))
    if not me.may_assume_roles:
        return Check(name=name, result="passed", text="the root user may do everything but assume a role")
    lacking: list[str] = []
    for statement in administrator_policy(platform, account, partition)["Statement"]:
        named = [action for action in statement["Action"] if "*" not in action]
        resources = [str(r).replace("*", "x") if r != "*" else r for r in statement["Resource"]]
        for start in range(0, len(named), _AT_ONCE):
            answer = calls("iam")(
                "simulate_principal_policy",
                PolicySourceArn=_source(calls, me),
                ActionNames=named[start : start + _AT_ONCE],
                ResourceArns=resources[:1],
            )
            lacking += [r["EvalActionName"] for r in answer["EvaluationResults"] if r["EvalDecision"] != "allowed"]
    if lacking:
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        text = f"you lack {', '.join(lacking[:5])}{more}; attach what `slipway bootstrap --policy` prints"
        return Check(name=name, result="failed", text=text)
    return Check(name=name, result="passed", text=f"{me.arn} may do what bootstrap does")


def _source(calls: Calls, me: Caller) -> str:
    """The user or role whose policies are simulated. A session's ARN does not tell the path of its role."""
    found = _ASSUMED.match(me.arn)
    return str(calls("iam")("get_role", RoleName=found[3])["Role"]["Arn"]) if found else me.arn


def people(platform: BuiltPlatform, calls: Calls) -> Check:
    """Whether the caller is one of ``people:``, without which nobody could ask for the first release."""
    name = "you"
    me = caller(calls("sts"))
    known = {id_: person for person, row in platform.config.platform.people.items() for id_ in row.aws}
    if me.id in known:
        return Check(name=name, result="passed", text=f"{known[me.id]} in platform.yaml")
    if not me.may_assume_roles:
        text = "the root user can't run the first worker; sign in as a user or role for the first release"
        return Check(name=name, result="warning", text=text)
    text = f"nobody in platform.yaml has your id, so your requests are refused; write `people: {{ NAME: {{ aws: ['{me.id}'] }} }}`"
    return Check(name=name, result="warning", text=text)


def policies(calls: Calls, stacks: list[AdministratorStack]) -> Check:
    """Whether IAM Access Analyzer finds an error in a policy of the administrators' stacks."""
    name, count = "policies", 0
    for stack in stacks:
        for label, document in _documents(stack.body):
            count += 1
            answer = calls("accessanalyzer")(
                "validate_policy", policyDocument=json.dumps(document), policyType="IDENTITY_POLICY"
            )
            for found in answer.get("findings", ()):
                if found["findingType"] == "ERROR":
                    text = f"{label} of {stack.key}: {found['findingDetails']}"
                    return Check(name=name, result="failed", text=text)
    return Check(name=name, result="passed", text=f"{count} have no errors")


def _documents(body: str) -> Iterator[tuple[str, Any]]:
    """Identity policies of a template, with a value in the place of each function."""
    for label, resource in json.loads(body)["Resources"].items():
        properties = resource.get("Properties", {})
        found = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            found.append(properties["PolicyDocument"])
        yield from ((label, _plain(document)) for document in found)


_PSEUDO = {"AWS::Partition": "aws", "AWS::AccountId": "111122223333", "AWS::Region": "us-east-1", "AWS::URLSuffix": "amazonaws.com"}  # fmt: skip
_STANDS_FOR = "arn:aws:iam::111122223333:role/x"


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Fn::Sub"]:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        return re.sub(
            r"\$\{([^}]+)\}", lambda m: _PSEUDO.get(m[1], _STANDS_FOR if m[1].endswith(".Arn") else "x"), text
        )
    if list(value) in (["Ref"], ["Fn::GetAtt"]):
        return _STANDS_FOR
    return {key: _plain(item) for key, item in value.items()}
