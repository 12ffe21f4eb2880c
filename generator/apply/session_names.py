"""Whether AWS attests a person, or anyone who assumes a role: a session's name is chosen by its caller unless the role forbids it.

SQS reports a role's session as ``AROA…:SESSION``. With Identity Center the session is the user's name; elsewhere the
trust policy has to fix it (IAM User Guide, AWS global condition keys: ``sts:RoleSessionName``).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generator.release.model.release import Check
from generator.release.model.settings import Person

# Roles that Identity Center makes and alone may assume (IAM Identity Center User Guide: permission sets).
_CENTER = "/aws-reserved/sso.amazonaws.com/"
_FIXED = "${aws:username}"
_BESIDE = {"sts:TagSession", "sts:SetSourceIdentity"}
_FIX = (
    'let its trust policy allow sts:AssumeRole only with {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, or use '
    "a role of IAM Identity Center or an IAM user"
)


def chosen(role: Mapping[str, Any]) -> str:
    """Why a caller can choose the session name of a role (a row of IAM's ListRoles). "" if no caller can."""
    if str(role.get("Path", "")).startswith(_CENTER) and str(role.get("RoleName", "")).startswith("AWSReservedSSO_"):
        return ""
    statements = (role.get("AssumeRolePolicyDocument") or {}).get("Statement") or []
    for statement in _list(statements):
        if statement.get("Effect") == "Deny":
            continue
        actions = set(map(str, _list(statement.get("Action") or ["*"])))
        if actions <= _BESIDE:
            continue
        if not actions <= {"sts:AssumeRole"} | _BESIDE:
            return "its trust policy lets an identity provider or any call name the session"
        conditions = statement.get("Condition") or {}
        names = {k.lower(): v for k, v in (conditions.get("StringEquals") or {}).items()}.get("sts:rolesessionname")
        if _list(names) != [_FIXED]:
            return "its trust policy lets anyone who assumes it choose the session name"
    return ""


def session_checks(people: Mapping[str, Person], iam: Any) -> Iterator[Check]:
    """A check for each person who is known as a role's session; ``iam`` calls IAM in the account of those roles.

    Raises:
        ReleaseError: IAM does not answer.
    """
    known = {name: [id_ for id_ in person.aws if id_.startswith("AROA")] for name, person in people.items()}
    if not any(known.values()):
        return
    roles = {str(role["RoleId"]): role for role in _roles(iam)}
    for name, ids in known.items():
        for id_ in ids:
            yield _check(name, id_, roles.get(id_.partition(":")[0]))


def _check(name: str, id_: str, role: Mapping[str, Any] | None) -> Check:
    title, (_, _, session) = f"person {name}", id_.partition(":")
    if role is None:
        text = f"{id_} is of no role in this account; write what aws sts get-caller-identity says there"
        return Check(name=title, result="warning", text=text)
    if not session:
        text = f"{id_} is a role without a session name, so everybody who may assume it is {name}; write AROA…:SESSION"
        return Check(name=title, result="failed", text=text)
    why = chosen(role)
    if why:
        text = f"anyone who may assume {role['RoleName']} can be {name}: {why}; {_FIX}"
        return Check(name=title, result="failed", text=text)
    return Check(name=title, result="passed", text=f"the session name of {role['RoleName']} can't be chosen")


def _roles(iam: Any) -> Iterator[Mapping[str, Any]]:
    more: dict[str, str] = {}
    while True:
        found = iam("list_roles", **more)
        yield from found["Roles"]
        if not found.get("IsTruncated"):
            return
        more = {"Marker": found["Marker"]}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
