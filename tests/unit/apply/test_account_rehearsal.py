"""What AWS is asked before an account is changed: who you are, what you may do, and whether it takes what would be created."""

from types import SimpleNamespace
from typing import Any

import pytest

from generator.apply.account_rehearsal import people, policies, rights, templates
from generator.apply.administrator import AdministratorStack
from generator.release.errors import Invalid
from generator.release.model.settings import Person

USER = {"UserId": "AIDAEXAMPLE0000000001", "Arn": "arn:aws:iam::111122223333:user/ada"}
SESSION = {"UserId": "AROAEXAMPLE0000000001:ada", "Arn": "arn:aws:sts::111122223333:assumed-role/Admin/ada"}
ROOT = {"UserId": "111122223333", "Arn": "arn:aws:iam::111122223333:root"}
BODY = (
    '{"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [{"Resource":'
    ' [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${Bucket}"}, {"Ref": "Key"}]}]}}}}}'
)
STACK = AdministratorStack("home/home", "x-home-home", "111122223333", "eu-west-1", BODY, (), {}, {})


class Account:
    """An account in which somebody has signed in; ``denied`` are actions that IAM says no to."""

    def __init__(self, me: dict[str, str], denied: tuple[str, ...] = (), refuses: str = "", finds: str = "") -> None:
        self._me, self._denied, self._refuses, self._finds = me, denied, refuses, finds
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, service: str) -> Any:
        del service
        return self._answer

    def _answer(self, operation: str, **call: Any) -> dict[str, Any]:
        self.asked.append((operation, call))
        match operation:
            case "get_caller_identity":
                return dict(self._me)
            case "get_role":
                return {"Role": {"Arn": f"arn:aws:iam::111122223333:role/path/{call['RoleName']}"}}
            case "simulate_principal_policy":
                decided = {a: "implicitDeny" if a in self._denied else "allowed" for a in call["ActionNames"]}
                return {"EvaluationResults": [{"EvalActionName": a, "EvalDecision": d} for a, d in decided.items()]}
            case "validate_policy":
                return {
                    "findings": [{"findingType": self._finds, "findingDetails": "no such action"}]
                    if self._finds
                    else []
                }
        if self._refuses:
            raise Invalid(self._refuses)
        return {}


@pytest.mark.parametrize(
    ("denied", "result", "text"),
    [
        ((), "passed", "may do what bootstrap does"),
        (("kms:CreateKey",), "failed", "you lack kms:CreateKey; attach what `slipway bootstrap --policy` prints"),
        (("kms:CreateKey", "iam:CreateRole", "sqs:TagQueue", "iam:TagRole", "iam:PassRole", "sqs:UntagQueue"), "failed", "and 1 more;"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("me", [USER, SESSION], ids=["user", "session"])
def test_rights_that_are_missing_are_named(me: dict[str, str], denied: tuple[str, ...], result: str, text: str) -> None:
    """IAM simulates the user, or the role of a session by its whole ARN; the first five that are missing are named."""
    account = Account(me, denied)
    found = rights(account, "hello", "111122223333", "aws")
    assert (found.result, text in found.text) == (result, True)
    source = {call["PolicySourceArn"] for operation, call in account.asked if operation == "simulate_principal_policy"}
    assert source == {
        "arn:aws:iam::111122223333:user/ada" if me is USER else "arn:aws:iam::111122223333:role/path/Admin"
    }


def test_the_root_user_is_not_simulated() -> None:
    """No policy holds the root user."""
    account = Account(ROOT)
    assert rights(account, "hello", "111122223333", "aws").result == "passed"
    assert {operation for operation, _ in account.asked} == {"get_caller_identity"}


@pytest.mark.parametrize(
    ("me", "aws", "result", "text"),
    [
        (USER, USER["UserId"], "passed", "ada in platform.yaml"),
        (USER, "AIDAEXAMPLE0000000002", "warning", "write `people: { NAME: { aws: ['AIDAEXAMPLE0000000001'] } }`"),
        (ROOT, USER["UserId"], "warning", "the root user can't run the first worker"),
    ],
)
def test_whether_you_may_ask_for_releases(me: dict[str, str], aws: str, result: str, text: str) -> None:
    """Somebody whom platform.yaml does not know is told what to write, before anything is created."""
    platform: Any = SimpleNamespace(
        config=SimpleNamespace(platform=SimpleNamespace(people={"ada": Person(aws=(aws,))}))
    )
    found = people(platform, Account(me))
    assert (found.result, text in found.text) == (result, True)


@pytest.mark.parametrize(("refuses", "result"), [("", "passed"), ("Template format error", "failed")])
def test_templates_are_validated(refuses: str, result: str) -> None:
    """CloudFormation reads each template; what it refuses is told with the stack."""
    found = templates(Account(USER, refuses=refuses), [STACK])
    assert found.result == result
    assert refuses in found.text


@pytest.mark.parametrize(("finds", "result"), [("", "passed"), ("WARNING", "passed"), ("ERROR", "failed")])
def test_policies_are_validated(finds: str, result: str) -> None:
    """Access Analyzer reads each policy with values in the place of functions; an error is told, advice is not."""
    account = Account(USER, finds=finds)
    assert policies(account, [STACK]).result == result
    (document,) = [call["policyDocument"] for operation, call in account.asked if operation == "validate_policy"]
    assert document == '{"Statement": [{"Resource": ["arn:aws:s3:::x", "arn:aws:iam::111122223333:role/x"]}]}'
