"""A person who is known as a role's session is that person only where nobody chooses the session's name."""

from typing import Any

import pytest

from generator.apply.session_names import chosen, session_checks
from generator.release.model.settings import Person

FIXED = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
WHO = {"AWS": "arn:aws:iam::333333333333:root"}


def role(
    *statements: dict[str, Any], name: str = "deployers", path: str = "/", id_: str = "AROAEXAMPLEROLE00001"
) -> Any:
    """A row of ListRoles."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return {"RoleName": name, "Path": path, "RoleId": id_, "AssumeRolePolicyDocument": document}


def allow(action: Any = "sts:AssumeRole", condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    """One statement of a trust policy."""
    return {"Effect": effect, "Principal": WHO, "Action": action, **({"Condition": condition} if condition else {})}


SAML = allow("sts:AssumeRoleWithSAML")


@pytest.mark.parametrize(
    ("found", "free"),
    [
        (role(allow()), True),
        (role(allow(condition=FIXED)), False),
        (role(allow(condition={"StringEquals": {"sts:rolesessionname": ["${aws:username}"]}})), False),
        (role(allow(condition={"StringEquals": {"sts:RoleSessionName": ["${aws:username}", "ben"]}})), True),
        (role(allow(condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}})), True),
        (role(allow(condition={"StringEqualsIfExists": {"sts:RoleSessionName": "${aws:username}"}})), True),
        (role(allow(condition={"StringEquals": {"sts:RoleSessionName": "ben"}})), True),
        (role(allow(condition={"StringEquals": {"aws:SourceAccount": "333333333333"}})), True),
        (role(allow(condition=FIXED), allow()), True),
        (role(allow(condition=FIXED), allow("sts:TagSession")), False),
        (role(allow(condition=FIXED), allow(effect="Deny")), False),
        (role(allow(["sts:AssumeRole", "sts:TagSession"], FIXED)), False),
        (role(allow("sts:*", FIXED)), True),
        (role(allow("*", FIXED)), True),
        (role(SAML), True),
        (role(SAML, name="AWSReservedSSO_Deploy_0123456789abcdef", path="/aws-reserved/sso.amazonaws.com/eu-west-1/"), False),
        (role(SAML, name="AWSReservedSSO_Deploy_0123456789abcdef"), True),
        (role(SAML, name="mine", path="/aws-reserved/sso.amazonaws.com/"), True),
    ],
)  # fmt: skip
def test_who_may_choose_a_session_name(found: Any, free: bool) -> None:
    """Identity Center's own roles and trust policies that fix the name are safe; every other statement opens it."""
    assert bool(chosen(found)) is free


def test_each_person_is_checked_and_shown_what_to_do() -> None:
    """A free name fails with the condition to write; IAM users are not asked about; roles come in pages."""
    fixed = role(allow(condition=FIXED), id_="AROAEXAMPLEROLE00002")
    pages = [{"Roles": [role(allow())], "IsTruncated": True, "Marker": "m"}, {"Roles": [fixed], "IsTruncated": False}]

    def iam(operation: str, **asked: Any) -> Any:
        assert operation == "list_roles"
        return pages[1 if asked.get("Marker") == "m" else 0]

    people = {
        "ana": Person(aws=("AROAEXAMPLEROLE00002:ana",)),
        "ben": Person(aws=("AROAEXAMPLEROLE00001:ben@example.com",)),
        "cleo": Person(aws=("AIDAEXAMPLEUSERCLEO1",)),
        "dan": Person(aws=("AROAEXAMPLEROLE00009:dan",)),
        "eve": Person(aws=("AROAEXAMPLEROLE00002",)),
    }
    found = {check.name: check for check in session_checks(people, iam)}
    assert {name: check.result for name, check in found.items()} == {
        "person ana": "passed",
        "person ben": "failed",
        "person dan": "warning",
        "person eve": "failed",
    }
    assert "anyone who may assume deployers can be ben" in found["person ben"].text
    assert '"sts:RoleSessionName": "${aws:username}"' in found["person ben"].text
    assert list(session_checks({"cleo": people["cleo"]}, iam)) == []
