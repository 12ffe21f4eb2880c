"""Which modules of ours answer for which service. They are imported at the first call of the service.

A module registers its operations with `@operation` or `@around` and its stores with `persisted` when it is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading

# By signing name. A module may stand under several services.
MODULES: dict[str, tuple[str, ...]] = {
    "cloudformation": ("generator.sandbox.cloudformation.api",),
    "ecs": ("generator.sandbox.ecs.api",),
    "ecr": ("generator.sandbox.ecs.ecr", "generator.sandbox.repositories"),
    "elasticloadbalancing": (
        "generator.sandbox.ecs.elb",
        "generator.sandbox.target_groups",
        "generator.sandbox.refusals_elb",
    ),
    "application-autoscaling": ("generator.sandbox.ecs.scaling",),
    "monitoring": ("generator.sandbox.ecs.metrics", "generator.sandbox.dashboards"),
    "fis": ("generator.sandbox.ecs.fis", "generator.sandbox.experiments"),
    "globalaccelerator": ("generator.sandbox.accelerators",),
    "ec2": (
        "generator.sandbox.networks",
        "generator.sandbox.acls",
        "generator.sandbox.refusals_ec2",
        "generator.sandbox.refusals_groups",
    ),
    "cloudtrail": ("generator.sandbox.trails",),
    "iam": ("generator.sandbox.issuers", "generator.sandbox.refusals_iam"),
    "acm": ("generator.sandbox.refusals_iam",),
    "wafv2": ("generator.sandbox.web_acls", "generator.sandbox.refusals_iam"),
    "route53": ("generator.sandbox.zones",),
    "logs": ("generator.sandbox.loggroups",),
    "rds": ("generator.sandbox.databases",),
    "kms": ("generator.sandbox.signing",),
    "s3": ("generator.sandbox.objects",),
    "servicequotas": ("generator.sandbox.quotas",),
}
# Stores that must be loaded at the start, because their engine goes on working without being called.
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
            if _exists(name):
                importlib.import_module(name)
        _loaded.add(service)


def load_for(stores: set[str]) -> None:
    """Import the engines whose saved stores these are."""
    for store in stores & STORES.keys():
        load(STORES[store])


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
