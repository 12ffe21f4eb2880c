"""Which modules of ours answer for which service. They are imported at the first call of the service.

A module registers its operations with `@operation` or `@around` and its stores with `persisted` when it is imported.
"""

from __future__ import annotations

import importlib
import threading

# By signing name. A module may stand under several services.
MODULES: dict[str, tuple[str, ...]] = {
    "cloudformation": ("generator.sandbox.cloudformation.api",),
    "ecs": ("generator.sandbox.ecs.api",),
    "ecr": (
        "generator.sandbox.services.ecr.images",
        "generator.sandbox.services.ecr.sample_images",
        "generator.sandbox.services.ecr.tag_mutability",
    ),
    "elasticloadbalancing": (
        "generator.sandbox.ecs.target_health",
        "generator.sandbox.services.elb.target_groups",
        "generator.sandbox.services.elb.refusals",
    ),
    "application-autoscaling": ("generator.sandbox.ecs.autoscaling_api",),
    "monitoring": ("generator.sandbox.ecs.cloudwatch_alarms", "generator.sandbox.services.cloudwatch_dashboards"),
    "fis": ("generator.sandbox.services.fis",),
    "globalaccelerator": ("generator.sandbox.services.global_accelerator",),
    "ec2": (
        "generator.sandbox.services.ec2.networks",
        "generator.sandbox.services.ec2.network_acls",
        "generator.sandbox.services.ec2.refusals",
        "generator.sandbox.services.ec2.security_group_refusals",
    ),
    "cloudtrail": ("generator.sandbox.services.cloudtrail",),
    "iam": ("generator.sandbox.iam.issuers", "generator.sandbox.iam.refusals"),
    "acm": ("generator.sandbox.iam.refusals",),
    "wafv2": ("generator.sandbox.services.waf", "generator.sandbox.iam.refusals"),
    "route53": ("generator.sandbox.services.route53",),
    "logs": ("generator.sandbox.services.logs",),
    "rds": ("generator.sandbox.services.rds",),
    "secretsmanager": ("generator.sandbox.services.secretsmanager",),
    "kms": ("generator.sandbox.iam.kms_signing",),
    "s3": ("generator.sandbox.services.s3",),
    "ssm": ("generator.sandbox.services.public_parameters",),
    "servicequotas": ("generator.sandbox.services.service_quotas",),
}
# Stores that must be loaded at the start, because their engine continues working without being called.
STORES: dict[str, str] = {"cloudformation": "cloudformation", "ecs": "ecs", "scaling": "application-autoscaling"}

_lock = threading.Lock()
_loaded: set[str] = set()


def loaded(service: str) -> bool:
    """Whether the modules of a service are imported, or there are none."""
    return service in _loaded or service not in MODULES


def load(service: str) -> None:
    """Import the modules of a service; the first call waits, the others find it done."""
    if loaded(service):
        return
    with _lock:
        for name in MODULES[service]:
            importlib.import_module(name)
        _loaded.add(service)


def load_for(stores: set[str]) -> None:
    """Import the engines whose saved stores these are."""
    for store in stores & STORES.keys():
        load(STORES[store])
