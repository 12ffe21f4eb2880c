"""What the sandbox takes from inside ministack and its server is still there, in the shape that it was.

When one of these fails after an upgrade, the name moved: read the installed package, change the function of
`generator/sandbox/server/ministack_server.py` or `ministack_iam.py` that the failure names, then this table. `NEXT` says what to look for.
The tests in this folder that use the sandbox over HTTP show whether it still behaves.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parents[2] / "generator" / "sandbox"


class Contract(NamedTuple):
    """A private name.

    Attributes:
        name: `module:attribute`.
        shape: The names of a function's parameters, or the type of a value.
        next: What to do when it moves.
    """

    name: str
    shape: str
    next: str


APP, EVALUATOR, ACTIONS = "ministack.app", "ministack.core.iam_evaluator", "ministack.core.iam_actions"
PERSISTENCE = "ministack.core.persistence"
CONTRACTS = [
    Contract(f"{APP}:app", "scope receive send", "find the ASGI application that ministack's own main() serves"),
    Contract(
        f"{APP}:_routing_params", "method path headers body query_params", "see what detect_service is called with"
    ),
    Contract(f"{APP}:detect_service", "method path headers query_params", "see how the application picks a service"),
    Contract(
        "ministack.core.router:_is_aws_service_name",
        "scope_name",
        "see what detect_service asks about a signed service that ministack does not have",
    ),
    Contract(
        "ministack.core.responses:_service_model", "service", "see what fix_success_content_type asks about a service"
    ),
    Contract("ministack.core.responses:_BOTOCORE_NAME", "dict", "see how a service finds its model in botocore"),
    Contract(f"{APP}:set_request_account_id", "access_key_id", "see where the application sets a call's account"),
    Contract(f"{APP}:_build_persistence_save_dict", "", "see what the lifespan's shutdown saves"),
    Contract(f"{APP}:save_all", "services", "see what the lifespan's shutdown saves"),
    Contract(f"{APP}:_load_persisted_state", "", "see what the lifespan's startup loads"),
    Contract(f"{APP}:_state_map", "dict", "see how the lifespan's startup finds the module of a saved state"),
    Contract(f"{APP}:_get_module", "name", "see how a module of a service is loaded"),
    Contract(f"{PERSISTENCE}:_json_default", "obj", "see how save_state writes scoped dictionaries and bytes"),
    Contract(f"{PERSISTENCE}:_json_object_hook", "obj", "see how load_state reads scoped dictionaries and bytes"),
    Contract(f"{PERSISTENCE}:_state_format_version", "service", "see which format load_state refuses"),
    Contract(f"{APP}:_reset_all_state", "", "see what POST /_ministack/reset does"),
    Contract("ministack.core.responses:set_request_account_id", "access_key_id", "see who sets a call's account"),
    Contract(
        "ministack.core.responses:_account_from_sts_session", "access_key_id", "see whose account a session is in"
    ),
    Contract(
        "ministack.core.responses:request_scope", "account_id region", "find how background work names its account"
    ),
    Contract(f"{EVALUATOR}:find_iam_access_key_account", "access_key_id", "see how a user's key finds its account"),
    Contract(f"{EVALUATOR}:resolve_caller_identity", "access_key_id", "see what STS GetCallerIdentity answers from"),
    Contract(
        f"{EVALUATOR}:resolve_principal",
        "access_key_id account_id credential",
        "see what enforce() resolves a key with",
    ),
    Contract(
        f"{EVALUATOR}:_resolve_condition_key",
        "key ctx",
        "see where aws:PrincipalArn is answered, and give the role's ARN there",
    ),
    Contract(
        f"{EVALUATOR}:_principal_keys", "credential", "see where aws:userid is set, and add aws:SourceIdentity there"
    ),
    Contract("ministack.services.ec2:_tags", "AccountRegionScopedDict", "see what CreateTags of EC2 writes"),
    Contract(f"{EVALUATOR}:_resource_policy", "service resource_arn", "see where enforce() finds a bucket's policy"),
    Contract(
        "ministack.services.dynamodb:_resource_policies",
        "AccountRegionScopedDict",
        "see what PutResourcePolicy of DynamoDB writes",
    ),
    Contract(f"{EVALUATOR}:evaluate_trust_policy", "trust_doc caller_arn ctx", "see what STS AssumeRole asks"),
    Contract(
        f"{EVALUATOR}:EvalContext",
        "principal_arn principal_type principal_account action resource_arn region source_ip secure_transport "
        "request_tags tag_keys service_context principal_keys",
        "see what evaluate_trust_policy takes",
    ),
    Contract(f"{EVALUATOR}:AuthError", "code message details", "see what resolve_principal answers for an unknown key"),
    Contract(
        f"{EVALUATOR}:pin_signed_request",
        "method raw_path query_params raw_headers handshake",
        "see how AUTH=true checks signatures",
    ),
    Contract(
        f"{EVALUATOR}:pin_request_origin",
        "source_ip secure_transport",
        "see where aws:SecureTransport and aws:SourceIp come from",
    ),
    Contract(f"{EVALUATOR}:pin_signed_body", "body", "see how AUTH=true checks signatures"),
    Contract(
        f"{EVALUATOR}:enforce",
        "access_key_id iam_action service region resource_arn service_context",
        "see what _dispatch_service_request asks with AUTH=true",
    ),
    Contract(
        f"{ACTIONS}:extract_iam_action",
        "service method path headers body query_params",
        "see _dispatch_service_request",
    ),
    Contract(
        f"{ACTIONS}:extract_resource_arn",
        "service method path headers body query_params region account_id",
        "see _dispatch_service_request",
    ),
    Contract(f"{ACTIONS}:request_tag_context", "service iam_action body params", "see _dispatch_service_request"),
    Contract(f"{ACTIONS}:dynamodb_service_context", "body", "see _dispatch_service_request"),
    Contract(
        f"{ACTIONS}:dynamodb_transaction_checks", "iam_action body region account_id", "see _dispatch_service_request"
    ),
    Contract(f"{ACTIONS}:dynamodb_resource_arns", "body region account_id", "see _dispatch_service_request"),
    Contract(f"{ACTIONS}:s3_service_context", "iam_action query_params path headers", "see _dispatch_service_request"),
    Contract(
        f"{ACTIONS}:s3_additional_checks", "method path headers body query_params", "see _dispatch_service_request"
    ),
    Contract(f"{ACTIONS}:eventbridge_resource_arns", "body region account_id", "see _dispatch_service_request"),
    Contract(f"{ACTIONS}:_auth_failure", "service code message headers", "see how a failed authentication is answered"),
    Contract(
        f"{ACTIONS}:_resource_policy_denial", "service action principal_arn resource_arn", "see access_denied_response"
    ),
    Contract(
        f"{ACTIONS}:identity_denial_message",
        "action principal_arn resource explicit_deny",
        "see access_denied_response",
    ),
    Contract("ministack.services.sts:_sessions", "dict", "see where AssumeRole keeps the session that it made"),
    Contract(
        "ministack.services.iam:_instance_profiles",
        "AccountScopedDict",
        "see where CreateInstanceProfile keeps a profile",
    ),
    Contract("ministack.services.iam:_roles", "AccountScopedDict", "see where CreateRole keeps a role"),
    Contract(
        "ministack.services.sqs:_build_send_sys_attrs", "now sys_attrs_input", "see where SendMessage sets SenderId"
    ),
    Contract(
        "ministack.services.sqs:_ensure_msg_fields", "m", "see where messages of SNS and EventBridge get a SenderId"
    ),
    Contract("ministack.services.kms:_resolve_key", "key_id_or_arn", "see where CreateKey keeps a key"),
    Contract(
        "ministack.services.s3:_bucket_object_lock",
        "AccountScopedDict",
        "see where Object Lock's configuration is kept",
    ),
    Contract("ministack.services.route53:_zones", "AccountScopedDict", "see where CreateHostedZone keeps a zone"),
    Contract(
        "ministack.services.route53:_records", "AccountScopedDict", "see where CreateHostedZone keeps a zone's records"
    ),
    Contract("ministack.services.route53:_default_records", "zone_name", "see which records CreateHostedZone makes"),
    Contract("ministack.services.iam:_oidc_providers", "AccountScopedDict", "see where IAM keeps OIDC providers"),
    Contract("hypercorn.protocol.http_stream:HTTPStream.app_send", "self message", "see `abort_connection`"),
    Contract("hypercorn.protocol.h11:H11Protocol.stream_send", "self event", "see `abort_connection`"),
    Contract("hypercorn.asyncio.tcp_server:TCPServer.protocol_send", "self event", "see `abort_connection`"),
]

_INSPECT = """
import importlib, inspect, json, sys
found = {}
for name in json.load(sys.stdin):
    module, _, path = name.partition(":")
    try:
        value = importlib.import_module(module)
        for part in path.split("."):
            value = getattr(value, part)
        found[name] = " ".join(inspect.signature(value).parameters) if callable(value) else type(value).__name__
    except (ImportError, AttributeError) as error:
        found[name] = f"gone: {error}"
json.dump(found, sys.stdout)
"""


@pytest.fixture(scope="module")
def shapes() -> dict[str, str]:
    """The shape of each name, from a process of its own: ministack reads its environment when it is imported."""
    run = subprocess.run(
        [sys.executable, "-c", _INSPECT],
        input=json.dumps([contract.name for contract in CONTRACTS]),
        capture_output=True,
        text=True,
        check=True,
        env={"LOG_LEVEL": "ERROR", "PATH": ""},
    )
    found: dict[str, str] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: c.name)
def test_the_name_is_there_in_its_shape(contract: Contract, shapes: dict[str, str]) -> None:
    """The name that we patch or call exists, with the parameters that we pass."""
    assert shapes[contract.name] == contract.shape, (
        f"{contract.name} moved in ministack {version('ministack')}: {contract.next}, then change "
        "generator/sandbox/server/ministack_server.py, ministack_state.py or ministack_iam.py, and this table"
    )


def names(path: Path) -> set[str]:
    """What a file takes from ministack: `module:name`, and attributes of the modules that it imports."""
    found, modules = set(), {}
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ministack"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = node.module in {"ministack", "ministack.core", "ministack.services"}
                if is_module:
                    modules[alias.asname or alias.name] = inner
                else:
                    found.add(f"{node.module}:{alias.name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            found.add(f"{modules[node.value.id]}:{node.attr}")
    return found


def test_every_private_name_has_its_contract() -> None:
    """A name that somebody adds without a contract fails here; add a line to CONTRACTS that says what to do."""
    held = {contract.name for contract in CONTRACTS}
    files = ("server/ministack_server.py", "server/ministack_state.py", "iam/ministack_iam.py")
    used = set().union(*(names(HERE / file) for file in files))
    assert used - held == set()
    assert {name for name in held if name.startswith("ministack")} - used == set()


@pytest.mark.no_cover
def test_nobody_else_reaches_into_ministack() -> None:
    """The rest of the project uses ministack over HTTP, like any user; engines keep their private names in a private.py."""
    root = HERE.parents[1]
    reaching = [
        str(path.relative_to(root))
        for folder in ("generator", "templates", "bot", "app")
        for path in (root / folder).rglob("*.py")
        if names(path)
    ]
    allowed = {
        "generator/sandbox/server/ministack_server.py",
        "generator/sandbox/server/ministack_state.py",
        "generator/sandbox/iam/ministack_iam.py",
        "generator/sandbox/ecs/ministack_ecs.py",
        "generator/sandbox/services/ministack_ecr.py",
        "generator/sandbox/balancer/ministack_alb.py",
    }
    assert set(reaching) <= allowed


def test_the_version_is_pinned() -> None:
    """The private names belong to one version: pyproject.toml pins it, and it is what is installed."""
    project = (HERE.parents[1] / "pyproject.toml").read_text()
    assert f"ministack=={version('ministack')}" in project
