"""What the execution role may do with networks, load balancers, names, certificates and the edge."""

from typing import TYPE_CHECKING

from awacs.aws import Statement

from templates import arns
from templates.policies import actions, allow

if TYPE_CHECKING:
    from templates.params.account import PermissionsParams

_MAKE = (
    "AllocateAddress", "AssociateAddress", "AssociateRouteTable", "AttachInternetGateway", "AuthorizeSecurityGroup*",
    "CreateFlowLogs", "CreateInternetGateway", "CreateLaunchTemplate*", "CreateNatGateway", "CreateNetworkAcl*",
    "CreateRoute", "CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateTags", "CreateVpc",
    "CreateVpcEndpoint", "DeleteFlowLogs", "DeleteNetworkAclEntry", "DeleteRoute", "DeleteTags",
    "DetachInternetGateway", "DisassociateAddress", "DisassociateRouteTable", "ModifyLaunchTemplate",
    "ModifySubnetAttribute", "ModifyVpcAttribute", "ModifyVpcEndpoint", "ModifyVpcTenancy", "ReleaseAddress",
    "ReplaceNetworkAcl*", "ReplaceRoute*", "RevokeSecurityGroup*", "RunInstances",
    "UpdateSecurityGroupRuleDescriptions*",
)  # fmt: skip
_DELETE = (
    "DeleteInternetGateway", "DeleteLaunchTemplate", "DeleteNatGateway", "DeleteNetworkAcl", "DeleteRouteTable",
    "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc", "DeleteVpcEndpoints",
)  # fmt: skip
_BALANCE = (
    "AddTags", "CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup", "*WebACL*", "DeleteListener",
    "DeleteLoadBalancer", "DeleteRule", "DeleteTargetGroup", "*Targets", "Describe*", "Modify*", "RemoveTags", "Set*",
)  # fmt: skip


def statements(p: "PermissionsParams") -> list[Statement]:
    """EC2's network, ELB, WAF, Route 53, ACM, Cloud Map, CloudFront and Global Accelerator."""
    ours = {
        "StringEquals": {"aws:ResourceTag/platform": p.scope.platform, "aws:ResourceTag/environment": p.environment}
    }
    return [
        # EC2 names its resources by random ids and describes without resources; Regions are held by the limits.
        allow("Ec2", actions("ec2", "Describe*", "GetManagedPrefixListEntries", *_MAKE), ["*"]),
        allow("Ec2Delete", actions("ec2", *_DELETE), ["*"], ours),
        # Names made by CloudFormation are cut to a few characters here, so a prefix can't hold them.
        allow("Balancers", actions("elasticloadbalancing", *_BALANCE), ["*"]),
        *_firewall(p),
        *_names(p),
        *_edge(),
    ]


def _firewall(p: "PermissionsParams") -> list[Statement]:
    rights = ("*LoggingConfiguration", "*WebACL*", "ListTagsForResource", "TagResource", "UntagResource")
    return [
        allow(
            "Firewall",
            actions("wafv2", *rights),
            [
                arns.here("wafv2", f"*/webacl/{p.scope.platform}-*/*"),
                arns.here("wafv2", "*/managedruleset/*/*"),
                arns.here("elasticloadbalancing", "loadbalancer/app/*"),
            ],
        )
    ]


def _names(p: "PermissionsParams") -> list[Statement]:
    checks = (
        "ChangeTagsForResource",
        "DeleteHealthCheck",
        "GetHealthCheck",
        "ListTagsForResource",
        "UpdateHealthCheck",
    )
    certificates = (
        "AddTagsToCertificate", "DeleteCertificate", "DescribeCertificate", "ListTagsForCertificate",
        "RemoveTagsFromCertificate", "UpdateCertificateOptions",
    )  # fmt: skip
    zones = ("ChangeResourceRecordSets", "GetHostedZone", "ListResourceRecordSets")
    ours = [arns.nobodys("route53", f"hostedzone/{zone}") for zone in p.zones]
    return [
        *([allow("Zones", actions("route53", *zones), ours)] if ours else []),
        allow("ZoneChanges", actions("route53", "GetChange"), [arns.nobodys("route53", "change/*")]),
        allow("HealthChecks", actions("route53", *checks), [arns.nobodys("route53", "healthcheck/*")]),
        # Creating and listing take no resource (Service Authorization Reference of each service).
        allow(
            "NamesAnywhere",
            [
                *actions("route53", "CreateHealthCheck"),
                *actions("acm", "RequestCertificate"),
                *actions("servicediscovery", "CreateHttpNamespace", "GetOperation", "ListNamespaces"),
            ],
            ["*"],
        ),
        allow("Certificates", actions("acm", *certificates), [arns.here("acm", "certificate/*")]),
        allow(
            "Namespaces",
            actions(
                "servicediscovery",
                *("DeleteNamespace", "GetNamespace", "ListTagsForResource", "TagResource", "UntagResource"),
                "UpdateHttpNamespace",
            ),
            [arns.here("servicediscovery", "namespace/*")],
        ),
    ]


def _edge() -> list[Statement]:
    kinds = ("distribution", "origin-access-control")
    verbs = ("Create*", "Delete*", "Get*", "ListTagsForResource", "TagResource", "UntagResource", "Update*")
    return [
        allow("Distributions", actions("cloudfront", *verbs), [arns.everywhere("cloudfront", f"{k}/*") for k in kinds]),
        # Global Accelerator's listing and creating take no resource.
        allow(
            "Accelerators",
            actions("globalaccelerator", *(v for v in verbs if v != "Get*"), "Describe*", "List*"),
            ["*"],
        ),
    ]
