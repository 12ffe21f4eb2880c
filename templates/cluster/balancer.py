"""The load balancer: HTTPS only, with its access logs."""

from collections.abc import Iterator

from awacs.aws import Principal, Statement
from troposphere import AWSHelperFn, GetAtt, Ref, Sub, ec2, s3
from troposphere import elasticloadbalancingv2 as elb

from templates.data.buckets import PrivateBucket, private_bucket
from templates.network.groups import closed_group, tcp
from templates.params.cluster import ClusterParams, LoadBalancer
from templates.policies import actions, grant
from templates.stack import Stack, sub

_LOG_BUCKET = "AccessLogs"
_LOG_PREFIX = "alb"


def add_load_balancer(s: Stack, p: ClusterParams, vpc: AWSHelperFn) -> elb.LoadBalancer:
    """The Application Load Balancer and its two listeners; services add target groups and rules.

    Gives ``LoadBalancerArn``, ``LoadBalancerFullName``, ``LoadBalancerDnsName``, ``LoadBalancerZoneId``,
    ``LoadBalancerSecurityGroup`` and ``ListenerArn`` (HTTPS); with a login in the environment ``LoginEgress``.
    """
    options = p.load_balancer
    ways_in = [
        tcp(port, block, about)
        for block in options.allow_from
        for port, about in ((443, "HTTPS"), (80, "HTTP, redirected to HTTPS"))
    ]
    group = s.add(
        closed_group(
            "LoadBalancerSecurityGroup",
            f"{s.scope.prefix}: load balancer",
            vpc,
            ways_in,
            [*_identity_providers(p)],
        ),
        "People reach the load balancer; each service opens the way from here to its own tasks.",
    )
    kind = "PrivateSubnets" if options.internal else "PublicSubnets"
    balancer = elb.LoadBalancer(
        "LoadBalancer",
        Type="application",
        Scheme="internal" if options.internal else "internet-facing",
        IpAddressType="ipv4",
        Subnets=s.need(kind, "List<AWS::EC2::Subnet::Id>", "Subnets of the load balancer, one a zone"),
        SecurityGroups=[Ref(group)],
        LoadBalancerAttributes=_attributes(options, protected=s.scope.protected),
    )
    if options.access_logs:
        _log_bucket(s, options)
        # Elastic Load Balancing writes a test object when logging is switched on: the policy must stand by then.
        balancer.DependsOn = [f"{_LOG_BUCKET}Policy"]
    s.add(balancer, "The one way in for people; it ends TLS and spreads requests over healthy tasks.")
    listener = _listeners(s, options, balancer, p.certificate_arn)
    s.give("ListenerArn", Ref(listener), "HTTPS listener that services add rules to")
    s.give("LoadBalancerArn", Ref(balancer), "The load balancer")
    s.give("LoadBalancerFullName", GetAtt(balancer, "LoadBalancerFullName"), "Dimension of its metrics")
    s.give("LoadBalancerDnsName", GetAtt(balancer, "DNSName"), "Its own host name, for alias records")
    s.give("LoadBalancerZoneId", GetAtt(balancer, "CanonicalHostedZoneID"), "Its hosted zone, for alias records")
    s.give("LoadBalancerSecurityGroup", Ref(group), "Services let this group reach their tasks")
    if p.has_login:
        s.give("LoginEgress", "tcp/443", "The load balancer's way to identity providers is open")
    return balancer


def _identity_providers(p: ClusterParams) -> Iterator[ec2.SecurityGroupRule]:
    """Where a service has a login, the load balancer calls the identity provider's token and user info endpoints.

    Their addresses may change, so no block can be named. Source: AWS re:Post, "How do I troubleshoot issues configuring
    authentication in my Application Load Balancer?".
    """
    if p.has_login:
        yield tcp(443, "0.0.0.0/0", "Identity providers of the services with a login")


def _attributes(p: LoadBalancer, *, protected: bool) -> list[elb.LoadBalancerAttributes]:
    values: dict[str, object] = {
        "idle_timeout.timeout_seconds": str(p.idle_timeout),
        "deletion_protection.enabled": "true" if protected else "false",
        "routing.http.desync_mitigation_mode": p.desync,
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "access_logs.s3.enabled": "true" if p.access_logs else "false",
    }
    if p.access_logs:
        values |= {"access_logs.s3.bucket": Ref(_LOG_BUCKET), "access_logs.s3.prefix": _LOG_PREFIX}
    return [elb.LoadBalancerAttributes(Key=key, Value=value) for key, value in values.items()]


def _listeners(s: Stack, p: LoadBalancer, balancer: elb.LoadBalancer, certificate: str | None) -> elb.Listener:
    https = elb.Listener(
        "HttpsListener",
        LoadBalancerArn=Ref(balancer),
        Port=443,
        Protocol="HTTPS",
        SslPolicy=p.tls_policy,
        Certificates=[
            elb.Certificate(
                CertificateArn=certificate or s.need("CertificateArn", about="Certificate of the environment's domain")
            )
        ],
        DefaultActions=[
            elb.Action(
                Type="fixed-response",
                FixedResponseConfig=elb.FixedResponseConfig(
                    StatusCode="404", ContentType="text/plain", MessageBody="No service answers for this address.\n"
                ),
            )
        ],
    )
    s.add(https, "Answers HTTPS; what no service's rule matches gets a 404 and never a service by accident.")
    s.add(
        elb.Listener(
            "HttpListener",
            LoadBalancerArn=Ref(balancer),
            Port=80,
            Protocol="HTTP",
            DefaultActions=[
                elb.Action(
                    Type="redirect",
                    RedirectConfig=elb.RedirectConfig(Protocol="HTTPS", Port="443", StatusCode="HTTP_301"),
                )
            ],
        ),
        "Sends browsers that come over plain HTTP to HTTPS.",
    )
    return https


def _log_bucket(s: Stack, p: LoadBalancer) -> s3.Bucket:
    expire = s3.LifecycleRule(Id="expire", Status="Enabled", ExpirationInDays=p.access_log_days)
    return private_bucket(
        s,
        PrivateBucket(_LOG_BUCKET, "Who asked for what, and what was answered.", [expire], writers=(_log_delivery(),)),
    )


def _log_delivery() -> Statement:
    """One service principal delivers in every Region; the accounts per Region are the older way.

    Source: Elastic Load Balancing, Enable access logs for your Application Load Balancer (Step 2).
    """
    return grant(
        "LoadBalancerLogs",
        Principal("Service", "logdelivery.elasticloadbalancing.amazonaws.com"),
        actions("s3", "PutObject"),
        {
            "ArnLike": {
                "aws:SourceArn": sub(
                    "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"
                )
            }
        },
        [Sub(f"${{{_LOG_BUCKET}.Arn}}/{_LOG_PREFIX}/AWSLogs/${{AWS::AccountId}}/*")],
    )
