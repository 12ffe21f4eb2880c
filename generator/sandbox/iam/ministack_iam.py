"""The names of ministack's IAM evaluator that are not a public API: imported or patched here only.

`private` says what holds for both files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def add_principal_keys(keys: Callable[[str], dict[str, Any]]) -> None:
    """Add condition keys of the caller, by access key id: patches `ministack.core.iam_evaluator._principal_keys`."""
    from ministack.core import iam_evaluator

    inner = iam_evaluator._principal_keys  # noqa: SLF001 - the point of this file
    iam_evaluator._principal_keys = lambda credential: inner(credential) | keys(credential.access_key_id)  # noqa: SLF001


def add_principal_arn(role_arn: Callable[[str], str]) -> None:
    """`aws:PrincipalArn` is the role's ARN, not the session's: patches `iam_evaluator._resolve_condition_key`.

    IAM User Guide, "AWS global condition context keys", aws:PrincipalArn: for IAM roles the ARN of the role.
    """
    from ministack.core import iam_evaluator

    inner = iam_evaluator._resolve_condition_key  # noqa: SLF001 - the point of this file

    def resolve(key: str, ctx: Any) -> Any:
        if key.lower() == "aws:principalarn":
            return role_arn(str(ctx.principal_arn))
        return inner(key, ctx)

    iam_evaluator._resolve_condition_key = resolve  # noqa: SLF001


def add_table_policies() -> None:
    """A table's own policy decides as well: patches `iam_evaluator._resource_policy`, which knows no DynamoDB.

    The policies are `ministack.services.dynamodb._resource_policies`. An index is held by its table's policy
    (DynamoDB Developer Guide, "Using resource-based policies for DynamoDB").
    """
    from ministack.core import iam_evaluator
    from ministack.services import dynamodb

    inner = iam_evaluator._resource_policy  # noqa: SLF001 - the point of this file

    def found(service: str, resource: str) -> Any:
        parts = resource.split(":", 5)
        if service != "dynamodb" or len(parts) < 6 or not parts[5].startswith("table/"):
            return inner(service, resource)
        table = ":".join([*parts[:5], "/".join(parts[5].split("/")[:2])])
        kept = dynamodb._resource_policies.get_scoped(parts[4], parts[3], table)  # noqa: SLF001 - the point of this file
        return (kept["Policy"], parts[4]) if kept else None

    iam_evaluator._resource_policy = found  # noqa: SLF001 - the point of this file


def trusted(role: Mapping[str, Any], caller: Mapping[str, Any], action: str, context: dict[str, Any]) -> bool:
    """`ministack.core.iam_evaluator.evaluate_trust_policy`: whether a role's trust policy lets the caller do this.

    Args:
        role: The role's record.
        caller: `arn`, `account`, `region` and `access_key`.
        action: Such as `sts:SetSourceIdentity`.
        context: Condition keys in lower case, without those of the caller.
    """
    from ministack.core import iam_evaluator as evaluator

    principal = evaluator.resolve_principal(str(caller["access_key"]), str(caller["account"]))
    known = not isinstance(principal, evaluator.AuthError)
    return bool(
        evaluator.evaluate_trust_policy(
            role.get("AssumeRolePolicyDocument", "{}"),
            str(caller["arn"]),
            evaluator.EvalContext(
                principal_arn=str(caller["arn"]),
                principal_type=principal.type if known else "Root",
                principal_account=str(caller["account"]),
                action=action,
                resource_arn=str(role.get("Arn", "*")),
                region=str(caller["region"]),
                service_context=context,
                principal_keys=principal.keys if known else {},
            ),
        )
    )


def federated(role: Mapping[str, Any], provider: str, claims: Mapping[str, Any], region: str) -> bool:
    """`evaluate_trust_policy`: whether a role's trust policy lets a web identity in.

    Args:
        role: The role's record.
        provider: The ARN of the OIDC provider.
        claims: Of the token, as condition keys `HOST:CLAIM` in lower case.
        region: Of the call.
    """
    from ministack.core import iam_evaluator as evaluator

    return bool(
        evaluator.evaluate_trust_policy(
            role.get("AssumeRolePolicyDocument", "{}"),
            provider,
            evaluator.EvalContext(
                principal_arn=provider,
                principal_type="WebIdentityUser",
                principal_account=provider.split(":")[4],
                action="sts:AssumeRoleWithWebIdentity",
                resource_arn=str(role.get("Arn", "*")),
                region=region,
                service_context=dict(claims),
            ),
        )
    )


class Denial(NamedTuple):
    """Why a call is not allowed: AWS's code, text and HTTP status."""

    code: str
    message: str
    status: int


def pin(method: str, raw_path: str, query: Mapping[str, list[str]], headers: list[Any], body: bytes) -> None:
    """`iam_evaluator.pin_signed_request`, `pin_signed_body`: let `enforce` check this call's signature, once.

    `pin_request_origin`: it counts as sent by TLS (`aws:SecureTransport`), since clients of AWS itself use nothing else.
    """
    from ministack.core import iam_evaluator as evaluator

    evaluator.pin_request_origin("127.0.0.1", secure_transport=True)
    evaluator.pin_signed_request(method, raw_path, dict(query), headers)
    evaluator.pin_signed_body(body)


def enforce(  # noqa: PLR0913, PLR0917 - what ministack asks for
    access_key: str, action: str, service: str, region: str, resource: str, context: Mapping[str, Any], headers: Mapping[str, str]
) -> Denial | None:  # fmt: skip
    """`ministack.core.iam_evaluator.enforce`: whether the caller's and the resource's policies allow an action.

    Call it in `scope`. Root is always allowed. `iam_actions._auth_failure` and `identity_denial_message` give the text.
    """
    from ministack.core import iam_actions, iam_evaluator

    found = iam_evaluator.enforce(
        access_key, action, service, region, resource_arn=resource, service_context=dict(context)
    )
    if found is None:
        return None
    if isinstance(found, iam_evaluator.AuthError):
        code, status, message = iam_actions._auth_failure(service, found.code, found.message, dict(headers))  # noqa: SLF001
        return Denial(code, message, status)
    text = (
        iam_actions._resource_policy_denial(service, action, found.principal_arn, found.resource_policy_arn)  # noqa: SLF001
        if found.resource_policy_arn
        else iam_actions.identity_denial_message(action, found.principal_arn, resource, found.decision == "Deny")
    )
    return Denial("", text, 403)


def checks(  # noqa: PLR0913, PLR0917 - what ministack asks for
    service: str, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, list[str]], body: bytes, region: str, account: str
) -> list[tuple[str, str, dict[str, Any]]]:  # fmt: skip
    """What IAM is asked about a call that ministack answers: action, resource and condition keys, one or several.

    `ministack.core.iam_actions`: `extract_iam_action`, `extract_resource_arn`, `request_tag_context`,
    `dynamodb_service_context`, `dynamodb_transaction_checks`, `dynamodb_resource_arns`, `s3_service_context`,
    `s3_additional_checks`, `eventbridge_resource_arns`. Call it in `scope`.
    """
    from ministack import app as server
    from ministack.core import iam_actions as actions

    sent, listed = dict(headers), dict(query)
    params = server._routing_params(method, path, sent, body, listed)  # noqa: SLF001 - the point of this file
    action = actions.extract_iam_action(service, method, path, sent, body, params)
    if action is None:
        return []
    resource = actions.extract_resource_arn(service, method, path, sent, body, params, region, account)
    context = dict(actions.request_tag_context(service, action, body, params))
    match service:
        case "dynamodb":
            context |= actions.dynamodb_service_context(body)
            whole = actions.dynamodb_transaction_checks(action, body, region, account)
            if whole:
                enclosing = context | {"dynamodb:EnclosingOperation": [action.partition(":")[2]]}
                return [(name, arn, enclosing) for name, arn in whole]
            resources = actions.dynamodb_resource_arns(body, region, account) or [resource]
            return [(action, arn, context) for arn in resources]
        case "s3":
            context |= actions.s3_service_context(action, listed, path, sent)
            more = actions.s3_additional_checks(method, path, sent, body, params)
            return [(action, resource, context), *((name, arn, context) for name, arn in more)]
        case "events":
            buses = actions.eventbridge_resource_arns(body, region, account) or [resource]
            return [(action, arn, context) for arn in dict.fromkeys([resource, *buses])]
        case _:
            return [(action, resource, context)]
