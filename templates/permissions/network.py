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
    "CreateRoute", "CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateVpc",
    "CreateVpcEndpoint", "DeleteFlowLogs", "DeleteNetworkAclEntry", "DeleteRoute",
    "DetachInternetGateway", "DisassociateAddress", "DisassociateRouteTable", "ModifySubnetAttribute", "ModifyVpcAttribute", "ModifyVpcEndpoint", "ModifyVpcTenancy", "ReleaseAddress",
    "ReplaceNetworkAcl*", "ReplaceRoute*", "RevokeSecurityGroup*", "RunInstances",
    "UpdateSecurityGroupRuleDescriptions*",
)  # fmt: skip
_DELETE = (
    "DeleteInternetGateway", "DeleteLaunchTemplate", "DeleteNatGateway", "DeleteNetworkAcl", "DeleteRouteTable",
    "DeleteSecurityGroup", "DeleteSubnet", "DeleteVpc", "DeleteVpcEndpoints",
)  # fmt: skip
_BALANCE = (
    "AddTags", "CreateListener", "CreateLoadBalancer", "CreateRule", "CreateTargetGroup", "*WebACL*", "DeleteListener",
    "DeleteLoadBalancer", "DeleteRule", "DeleteTargetGroup", "*Targets", "Describe*", "ModifyCapacityReservation", "ModifyIpPools", "ModifyListener*", "ModifyLoadBalancerAttributes", "ModifyRule",
    "ModifyTargetGroup*", "RemoveTags", "SetIpAddressType", "SetRulePriorities", "SetSecurityGroups", "SetSubnets",
)  # fmt: skip
_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")
_FUNCTIONS = (
    "DeleteFunction", "DescribeFunction", "GetFunction", "PublishFunction", "UpdateFunction",
)  # fmt: skip


def statements(p: "PermissionsParams") -> list[Statement]:
    """EC2's network, ELB and WAF."""
    ours = {
        "StringEquals": {"aws:ResourceTag/platform": p.scope.platform, "aws:ResourceTag/environment": p.environment}
    }
    return [
        # EC2 names its resources by random ids and describes without resources; Regions are held by the limits.
        allow("Ec2", actions("ec2", "Describe*", "GetManagedPrefixListEntries", *_MAKE), ["*"]),
        *tags(ours),
        allow("Ec2Delete", actions("ec2", *_DELETE), ["*"], ours),
        # Names that CloudFormation creates are cut to a few characters here, so a prefix can't hold them.
        allow("Balancers", actions("elasticloadbalancing", *_BALANCE), ["*"]),
        *_firewall(p),
    ]


def edge_statements(p: "PermissionsParams") -> list[Statement]:
    """Route 53, ACM, Cloud Map, CloudFront and Global Accelerator."""
    return [*_names(p), *_edge(p)]


def tags(ours: dict[str, dict[str, str]]) -> list[Statement]:
    """A tag guards what may be deleted, so it is put on what is created and on what has it already, and on nothing else.

    All types that our templates tag are tagged by the call that creates them (their resource schemas: tagging,
    tagOnCreate), for which IAM is asked with that call's name (Amazon EC2 User Guide: Grant permission to tag on creation).
    """
    return [
        allow("TagNew", actions("ec2", "CreateTags"), ["*"], {"Null": {"ec2:CreateAction": "false"}}),
        allow("TagOurs", actions("ec2", "CreateTags", "DeleteTags"), ["*"], ours),
    ]


def _firewall(p: "PermissionsParams") -> list[Statement]:
    rights = (
        "*LoggingConfiguration", "AssociateWebACL", "CreateWebACL", "DeleteWebACL", "DisassociateWebACL", "GetWebACL*",
        "ListTagsForResource", "TagResource", "UntagResource", "UpdateWebACL",
    )  # fmt: skip
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
                *actions("servicediscovery", "CreateHttpNamespace", "GetOperation", *_TAGS),
            ],
            ["*"],
        ),
        allow("Certificates", actions("acm", *certificates), [arns.here("acm", "certificate/*")]),
        allow(
            "Namespaces",
            actions(
                "servicediscovery",
                *("DeleteNamespace", "GetNamespace", "UpdateHttpNamespace"),
            ),
            [arns.here("servicediscovery", "namespace/*")],
        ),
        # An interface endpoint's private names are a hosted zone of AWS's, of which nobody knows the id before
        # (Service Authorization Reference, "EC2": dependent actions of CreateVpcEndpoint).
        allow(
            "EndpointNames", actions("route53", "AssociateVPCWithHostedZone"), [arns.nobodys("route53", "hostedzone/*")]
        ),
    ]


def _edge(p: "PermissionsParams") -> list[Statement]:
    kinds = ("distribution", "origin-access-control")
    distributions = (
        "DeleteDistribution", "DeleteOriginAccessControl", "GetDistribution",
        "GetDistributionConfig", "GetOriginAccessControl", "UpdateDistribution",
        "UpdateDistributionWithStagingConfig", "UpdateOriginAccessControl",
    )  # fmt: skip
    creates = (
        "CreateConnectionGroup", "CreateDistribution", "CreateFunction", "CreateOriginAccessControl", "GetConnectionGroup",
        "GetVpcOrigin",
    )  # fmt: skip
    accelerators = (
        *(f"{verb}{kind}" for verb in ("Create", "Delete", "Update") for kind in ("Accelerator", "EndpointGroup", "Listener")),
        *("DescribeAccelerator*", "DescribeEndpointGroup", "DescribeListener", "ListAccelerators", "ListListeners"),
        "UpdateAcceleratorAttributes",
    )  # fmt: skip
    return [
        allow(
            "Distributions",
            actions("cloudfront", *distributions, *_TAGS),
            [arns.everywhere("cloudfront", f"{k}/*") for k in kinds],
        ),
        # Creating takes no resource (Service Authorization Reference, "CloudFront"); a distribution's handlers look for groups
        # and origins of other kinds.
        allow("CreateDistributions", actions("cloudfront", *creates), ["*"]),
        allow(
            "EdgeFunctions",
            actions("cloudfront", *_FUNCTIONS, *_TAGS),
            [arns.everywhere("cloudfront", f"function/{p.names}")],
        ),
        # Global Accelerator's listing and creating take no resource.
        allow("Accelerators", actions("globalaccelerator", *accelerators, *_TAGS), ["*"]),
    ]
