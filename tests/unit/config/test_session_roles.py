"""People who are sessions of a role: `build` asks what keeps others from choosing the session's name."""

from collections.abc import Callable

import pytest

from tests.unit.config.conftest import FILES

ROLE = "AROAEXAMPLESSOROLE01"
ONE = "write AROA…:SESSION, the id of one session"
FREE = (
    f"platform.yaml:9: people.ana.aws[0]: anyone who may assume the role {ROLE} may choose the session name, and would be ana, "
    f"write session_roles: {{ {ROLE}: identity_center }}, or trust_policy where the role's trust policy fixes "
    "sts:RoleSessionName; docs/permissions.md shows how"
)


@pytest.mark.parametrize(
    ("aws", "roles", "says"),
    [
        (f"{ROLE}:ana@example.com", "", FREE),
        (f"{ROLE}:ana@example.com", "session_roles: {AROAOTHERROLEOTHER01: identity_center}", FREE),
        (f"{ROLE}:ana@example.com", f"session_roles: {{{ROLE}: identity_center}}", ""),
        (f"{ROLE}:ana@example.com", f"session_roles: {{{ROLE}: trust_policy}}", ""),
        ("AIDAEXAMPLEUSERANA1", "", ""),
        (
            ROLE,
            f"session_roles: {{{ROLE}: trust_policy}}",
            f"platform.yaml:9: people.ana.aws[0]: everybody who may assume the role {ROLE} would be ana, {ONE}",
        ),
    ],
    ids=["free", "another role", "identity center", "trust policy", "a user", "no session"],
)
def test_a_session_needs_what_fixes_its_name(
    mistakes: Callable[..., list[str]], aws: str, roles: str, says: str
) -> None:
    """One sentence with the place and what to write; an IAM user needs nothing."""
    text = FILES["platform.yaml"] + f'people: {{ana: {{aws: ["{aws}"]}}}}\n{roles}\n'
    found = mistakes({"platform.yaml": text})
    assert [line for line in found if "Note" not in line] == ([says] if says else [])


@pytest.mark.parametrize("role", ["AIDAEXAMPLEUSERANA1", f"{ROLE}:ana", "deployers"])
def test_what_is_no_id_of_a_role_is_told(mistakes: Callable[..., list[str]], role: str) -> None:
    """The key is the id of a role, without a session; the value one of two words."""
    [line] = mistakes({"platform.yaml": FILES["platform.yaml"] + f'session_roles: {{"{role}": identity_center}}\n'})
    assert "session_roles" in line
    [line] = mistakes({"platform.yaml": FILES["platform.yaml"] + f"session_roles: {{{ROLE}: trusted}}\n"})
    assert "identity_center" in line
