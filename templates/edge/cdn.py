"""CloudFront for static assets from a private bucket, with the load balancer behind some paths.

Ids of managed policies: CloudFront Developer Guide, "Use managed cache policies", "... origin request policies" and
"... response headers policies".
"""

from typing import Any

from awacs.aws import AWSPrincipal, Principal
from troposphere import GetAtt, Ref, Sub, cloudfront, s3

from templates.edge.dns import CLOUDFRONT_ZONE, Record, Target, alias, balancer, record_id
from templates.params.operations import Cdn, EdgeParams
from templates.policies import actions, document, grant
from templates.stack import Stack, arn

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"


def distribution(s: Stack, p: EdgeParams, cdn: Cdn) -> None:
    """A bucket that CloudFront alone may read, and the distribution.

    Gives ``AssetsBucketName``, ``DistributionId`` and ``DistributionDomainName``.
    """
    bucket = _bucket(s)
    control = s.add(
        cloudfront.OriginAccessControl(
            "AssetsAccess",
            OriginAccessControlConfig=cloudfront.OriginAccessControlConfig(
                Name=s.scope.prefix,
                OriginAccessControlOriginType="s3",
                SigningBehavior="always",
                SigningProtocol="sigv4",
            ),
        ),
        "CloudFront signs its requests, so that the bucket can stay private.",
    )
    made = s.add(
        cloudfront.Distribution(
            "Distribution", DistributionConfig=_config(cdn, bucket, control, _service_host(s, p, cdn))
        ),
        "Serves assets from the edge nearest to people.",
    )
    s.keep(
        s3.BucketPolicy("AssetsPolicy", Bucket=Ref(bucket), PolicyDocument=_bucket_policy(bucket, made)),
        "This distribution reads, over TLS; nobody else does.",
    )
    if cdn.alias is not None:
        edge = Target(GetAtt(made, "DomainName"), CLOUDFRONT_ZONE, "distribution")
        for kind, key in (("A", "DistributionAlias"), ("AAAA", "DistributionAlias6")):
            # Route 53 can't evaluate the health of a distribution.
            why = f"{cdn.alias} reaches the distribution."
            alias(s, p, Record(key, cdn.alias, edge, why, type=kind, evaluate=False))
    s.give("AssetsBucketName", Ref(bucket), "Bucket that CI puts the assets into")
    s.give("DistributionId", Ref(made), "Distribution to invalidate after an upload")
    s.give("DistributionDomainName", GetAtt(made, "DomainName"), "CloudFront's own name of the distribution")


def _bucket(s: Stack) -> s3.Bucket:
    return s.keep(
        s3.Bucket(
            "Assets",
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    # SSE-S3: public assets need no key of their own, and each KMS call of the CDN would cost.
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
                    )
                ]
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
            ),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            LifecycleConfiguration=s3.LifecycleConfiguration(
                Rules=[
                    s3.LifecycleRule(
                        Id="old-versions",
                        Status="Enabled",
                        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=30),
                        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=7),
                    )
                ]
            ),
        ),
        "Static assets; private, because CloudFront reads them with its own signature.",
    )


def _bucket_policy(bucket: s3.Bucket, made: cloudfront.Distribution) -> Any:
    objects = Sub("${Bucket}/*", Bucket=arn(bucket))
    this = Sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Id}", Id=Ref(made))
    return document(
        grant(
            "DistributionReads",
            Principal("Service", "cloudfront.amazonaws.com"),
            actions("s3", "GetObject"),
            when={"StringEquals": {"aws:SourceArn": this}},
            resources=[objects],
        ),
        grant(
            "TlsOnly",
            AWSPrincipal("*"),
            actions("s3", "*"),
            when={"Bool": {"aws:SecureTransport": "false"}},
            resources=[arn(bucket), objects],
            effect="Deny",
        ),
    )


def _service_host(s: Stack, p: EdgeParams, cdn: Cdn) -> str | None:
    """The name under which CloudFront asks the load balancer; None where no path goes there.

    CloudFront checks the certificate against this name, so it is one that the load balancer's certificate covers.
    Services that are routed by path alone have no host: they get ``origin.DOMAIN``, which exists for CloudFront alone.
    """
    if not cdn.paths:
        return None
    named = cdn.host or next((h for h in p.hosts if "*" not in h and "?" not in h), None)
    if named is not None:
        return named
    host = f"origin.{p.domain}"
    if p.hosted_zone_id is None:
        raise ValueError("edge.cdn.paths needs a host to ask; set edge.cdn.host, or paths to an empty list")
    why = "CloudFront reaches the load balancer by this name."
    alias(s, p, Record(record_id(host, p.domain), host, balancer(s), why))
    return host


def _config(
    cdn: Cdn, bucket: s3.Bucket, control: cloudfront.OriginAccessControl, host: str | None
) -> cloudfront.DistributionConfig:
    origins = [
        cloudfront.Origin(
            Id="assets",
            DomainName=GetAtt(bucket, "RegionalDomainName"),
            OriginAccessControlId=Ref(control),
            # Required even with origin access control, and empty then.
            S3OriginConfig=cloudfront.S3OriginConfig(OriginAccessIdentity=""),
        )
    ]
    if host is not None:
        secure = cloudfront.CustomOriginConfig(OriginProtocolPolicy="https-only", OriginSSLProtocols=["TLSv1.2"])
        origins.append(cloudfront.Origin(Id="services", DomainName=host, CustomOriginConfig=secure))
    config = cloudfront.DistributionConfig(
        Enabled=True,
        HttpVersion="http2and3",
        IPV6Enabled=True,
        PriceClass=cdn.price_class,
        DefaultRootObject="index.html",
        Origins=origins,
        DefaultCacheBehavior=cloudfront.DefaultCacheBehavior(
            TargetOriginId="assets",
            ViewerProtocolPolicy="redirect-to-https",
            CachePolicyId=CACHING_OPTIMIZED,
            ResponseHeadersPolicyId=SECURITY_HEADERS,
            Compress=True,
        ),
        CacheBehaviors=[_to_services(path) for path in cdn.paths],
        ViewerCertificate=cloudfront.ViewerCertificate(CloudFrontDefaultCertificate=True),
    )
    if cdn.alias is not None:
        config.Aliases = [cdn.alias]
        config.ViewerCertificate = cloudfront.ViewerCertificate(
            AcmCertificateArn=cdn.certificate_arn, SslSupportMethod="sni-only", MinimumProtocolVersion="TLSv1.2_2021"
        )
    return config


def _to_services(path: str) -> cloudfront.CacheBehavior:
    return cloudfront.CacheBehavior(
        PathPattern=path,
        TargetOriginId="services",
        ViewerProtocolPolicy="https-only",
        AllowedMethods=["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        CachePolicyId=CACHING_DISABLED,
        OriginRequestPolicyId=ALL_VIEWER_EXCEPT_HOST,
        Compress=True,
    )
