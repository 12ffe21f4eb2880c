"""No execution role has a right that nothing needs: each is called by a handler of a type that its stacks emit, or has a reason."""

from fnmatch import fnmatchcase
from functools import cache

import pytest

from generator.preview.iam.action_set import table
from tests.unit.templates.execution_rights import built, execution, handler_rights, role_of
from tests.unit.templates.iam_judge import each

# Rights that no handler names, and the page that asks for them.
_PASSWORDS = (
    "RDS User Guide, Password management with RDS and Secrets Manager: a database's password is rotated and deleted"
)
_LOGINS = "CloudFormation User Guide, Get a secret or secret value from Secrets Manager: a dynamic reference is read"
_KEYS = "services encrypt with the rights of who asks (KMS Developer Guide, kms:ViaService; RDS User Guide, Encrypting)"
_ENDPOINTS = "Service Authorization Reference, EC2: a dependent action of CreateVpcEndpoint"
_SHARED = "one statement with the environments', for one's own alarms and log groups"
KEPT: dict[str, dict[str, str]] = {
    "prod": {
        "secretsmanager:getsecretvalue": _LOGINS,
        "secretsmanager:deletesecret": _PASSWORDS,
        "secretsmanager:describesecret": _PASSWORDS,
        "secretsmanager:rotatesecret": _PASSWORDS,
        "secretsmanager:untagresource": _PASSWORDS,
        "secretsmanager:updatesecret": _PASSWORDS,
        "kms:generatedatakey*": _KEYS,
        "kms:reencrypt*": _KEYS,
        "route53:associatevpcwithhostedzone": _ENDPOINTS,
    },
    "home": {},
    "bot": {
        "cloudwatch:putcompositealarm": _SHARED,
        "logs:describelogstreams": _SHARED,
        "secretsmanager:rotatesecret": "one list of rights with the environments'",
        "kms:decrypt": _KEYS,
        "kms:encrypt": _KEYS,
        "kms:generatedatakey*": _KEYS,
        "kms:reencrypt*": _KEYS,
        "kms:creategrant": _KEYS,
        "kms:revokegrant": _KEYS,
    },
}


@cache
def needed(name: str) -> frozenset[str]:
    """What the handlers of all types in the stacks of this role may call."""
    kinds = {
        resource["Type"]
        for spec, template in built().values()
        if role_of(spec) == name or (name == "prod" and role_of(spec) not in {"home", "bot"})
        for resource in template["Resources"].values()
    }
    return frozenset(right for kind in kinds for right in handler_rights(kind))


def granted(name: str) -> frozenset[str]:
    """Every action that a role's Allow statements match, in lower case; itself where AWS's table has none."""
    every = [f"{service}:{action.lower()}" for service, actions in table().items() for action in actions]
    patterns = {a.lower() for s in execution(name) if s["Effect"] == "Allow" for a in each(s["Action"])}
    return frozenset(
        action for p in patterns for action in ([a for a in every if fnmatchcase(a, p)] if "*" in p else [p])
    )


@pytest.mark.parametrize("name", KEPT)
def test_every_right_is_needed(name: str) -> None:
    """Each right is in the handlers of an emitted type's resource schema, or is kept for a reason that is written down."""
    found = granted(name)
    assert len(found) > 10
    unneeded = {a for a in found if not any(fnmatchcase(a, n) for n in needed(name))}
    assert sorted(a for a in unneeded if not any(fnmatchcase(a, k) for k in KEPT[name])) == []
    assert [kept for kept in KEPT[name] if not any(fnmatchcase(a, kept) for a in unneeded)] == []


@pytest.mark.parametrize(
    "action",
    [
        "ec2:getpassworddata",
        "route53:listhostedzones",
        "s3:getobjectacl",
        "secretsmanager:putresourcepolicy",
        "lambda:createalias",
    ],
)
def test_what_no_template_needs_is_not_granted(action: str) -> None:
    """A right that once stood in a wildcard is gone."""
    assert action not in granted("prod")
