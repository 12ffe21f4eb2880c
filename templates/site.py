"""A static site: CloudFront before the files of a version, and the load balancer for some paths of the same host.

``publish`` puts the files of a version below a digest in home's bucket, where nobody overwrites them. A release changes one
value, the path of the origin, so that it can be undone like any other. Files whose name holds a hash are below one
path for all versions: a page that was opened before a release still finds its own.

Sources: CloudFront Developer Guide, "Restrict access to an Amazon S3 origin" (origin access control; the condition
``aws:SourceArn``), "Use managed cache policies", "Use managed origin request policies", "Requirements for using SSL/TLS
certificates with CloudFront" (with the viewer's ``Host`` header, the origin's certificate must hold that name).
"""

from troposphere import GetAtt, Parameter, Ref, Sub, Template, cloudfront

from templates.edge.cdn import CACHING_DISABLED, CACHING_OPTIMIZED, SECURITY_HEADERS
from templates.params.static_site import SiteParams
from templates.stack import Stack, logical

ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SITE_PATH_PATTERN = r"^/[a-z][a-z0-9-]*/[0-9a-f]{64}$"
HASHED = "hashed"
# An address without a file's ending is one of the page's own: index.html draws it.
REWRITE = """function handler(event) {
  var request = event.request;
  if (!request.uri.split('/').pop().includes('.')) request.uri = '/index.html';
  return request;
}
"""


def build(p: SiteParams) -> Template:
    """The stack of one site; gives ``XSiteDistributionId`` and ``XSiteDomainName``.

    The edge stack writes its records: here they would be part of each release, because they name an attribute of what
    a release changes.
    """
    s = Stack(
        p.scope,
        f"{p.scope.prefix}: site {p.name}",
        architecture="CloudFront before static files in home's bucket; a release moves the origin's path to a version.",
    )
    made = s.add(
        cloudfront.Distribution("Distribution", DistributionConfig=_config(s, p)),
        "Serves the files of one version from the edge nearest to people.",
        mutability={"DistributionConfig.Origins": "free-to-tune"},
    )
    s.give(logical(p.name, "SiteDistributionId"), Ref(made), "Id of the distribution")
    s.give(logical(p.name, "SiteDomainName"), GetAtt(made, "DomainName"), "CloudFront's own name of the distribution")
    return s.template


def _config(s: Stack, p: SiteParams) -> cloudfront.DistributionConfig:
    site = p.site
    path = s.template.add_parameter(
        Parameter(
            "SitePath",
            Type="String",
            AllowedPattern=SITE_PATH_PATTERN,
            ConstraintDescription="A path that ends with the digest of the files.",
            Description="Files of this release, by digest",
        )
    )
    origins = [_files(s, p, "page", Ref(path)), _files(s, p, HASHED, f"/{p.name}/{HASHED}")]
    if site.paths:
        origins.append(
            cloudfront.Origin(
                Id="services",
                # The viewer's Host header goes along, so that the certificate is checked against the site's host.
                DomainName=s.need("LoadBalancerDnsName", about="DNS name of the load balancer"),
                CustomOriginConfig=cloudfront.CustomOriginConfig(
                    OriginProtocolPolicy="https-only",
                    OriginSSLProtocols=["TLSv1.2"],
                    # Server-sent events are quiet for up to 15 seconds; 60 is the most without a higher quota.
                    OriginReadTimeout=60,
                ),
            )
        )
    return cloudfront.DistributionConfig(
        Enabled=True,
        Comment=f"{p.scope.prefix}-{p.name}",
        Aliases=[site.host],
        HttpVersion="http2and3",
        IPV6Enabled=True,
        PriceClass=site.price_class,
        DefaultRootObject="index.html",
        Origins=origins,
        DefaultCacheBehavior=cloudfront.DefaultCacheBehavior(
            TargetOriginId="page",
            ViewerProtocolPolicy="redirect-to-https",
            CachePolicyId=CACHING_OPTIMIZED,
            ResponseHeadersPolicyId=SECURITY_HEADERS,
            Compress=True,
            FunctionAssociations=[
                cloudfront.FunctionAssociation(
                    EventType="viewer-request", FunctionARN=GetAtt(_rewrite(s, p), "FunctionARN")
                )
            ],
        ),
        CacheBehaviors=[
            cloudfront.CacheBehavior(
                PathPattern=f"/{site.hashed}/*",
                TargetOriginId=HASHED,
                ViewerProtocolPolicy="redirect-to-https",
                CachePolicyId=CACHING_OPTIMIZED,
                ResponseHeadersPolicyId=SECURITY_HEADERS,
                Compress=True,
            ),
            *(_to_services(pattern) for pattern in site.paths),
        ],
        ViewerCertificate=cloudfront.ViewerCertificate(
            AcmCertificateArn=site.certificate_arn, SslSupportMethod="sni-only", MinimumProtocolVersion="TLSv1.2_2021"
        ),
    )


def _files(s: Stack, p: SiteParams, title: str, path: "Ref | str") -> cloudfront.Origin:
    if "FilesAccess" not in s.template.resources:
        s.add(
            cloudfront.OriginAccessControl(
                "FilesAccess",
                OriginAccessControlConfig=cloudfront.OriginAccessControlConfig(
                    Name=f"{p.scope.prefix}-{p.name}",
                    OriginAccessControlOriginType="s3",
                    SigningBehavior="always",
                    SigningProtocol="sigv4",
                ),
            ),
            "CloudFront signs its requests, so that the bucket can stay private.",
        )
    return cloudfront.Origin(
        Id=title,
        DomainName=Sub(f"{p.bucket}.s3.{p.bucket_region}.${{AWS::URLSuffix}}"),
        OriginPath=path,
        OriginAccessControlId=Ref("FilesAccess"),
        # Required even with origin access control, and empty then.
        S3OriginConfig=cloudfront.S3OriginConfig(OriginAccessIdentity=""),
    )


def _rewrite(s: Stack, p: SiteParams) -> cloudfront.Function:
    name = f"{p.scope.prefix}-{p.name}"
    return s.add(
        cloudfront.Function(
            "Addresses",
            Name=name,
            AutoPublish=True,
            FunctionCode=REWRITE,
            FunctionConfig=cloudfront.FunctionConfig(
                Comment="Addresses of the page are index.html", Runtime="cloudfront-js-2.0"
            ),
        ),
        "An address inside the page is answered with the page, and a missing file is not.",
    )


def _to_services(pattern: str) -> cloudfront.CacheBehavior:
    return cloudfront.CacheBehavior(
        PathPattern=pattern,
        TargetOriginId="services",
        ViewerProtocolPolicy="https-only",
        AllowedMethods=["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        CachePolicyId=CACHING_DISABLED,
        OriginRequestPolicyId=ALL_VIEWER,
        Compress=False,
    )
