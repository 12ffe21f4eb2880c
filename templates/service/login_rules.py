"""People sign in at the load balancer: the action before the service's own, and the rule for what needs no login.

Sources: Elastic Load Balancing User Guide for Application Load Balancers, "Authenticate users using an Application Load
Balancer"; API Reference, AuthenticateOidcActionConfig (a session of 604,800 seconds at most) and CreateRule (the last
action of a rule forwards).
"""

from typing import Any

from troposphere import Ref, Tags
from troposphere import elasticloadbalancingv2 as elb

from templates import grants
from templates.params.login import Login, open_paths
from templates.params.service import ServiceParams
from templates.stack import Stack


def sign_in(p: ServiceParams, login: Login) -> elb.ListenerRuleAction:
    """The action that stops everybody who has not signed in. It is the first of its rule."""
    secret = login.client_secret
    name = grants.secret_name(p.scope, f"login/{secret.name}")
    return elb.ListenerRuleAction(
        Type="authenticate-oidc",
        Order=1,
        AuthenticateOidcConfig=elb.ListenerRuleAuthenticateOidcConfig(
            Issuer=login.issuer,
            AuthorizationEndpoint=login.authorization_endpoint,
            TokenEndpoint=login.token_endpoint,
            UserInfoEndpoint=login.user_info_endpoint,
            ClientId=login.client_id,
            # CloudFormation reads it when the change set is carried out, in this version only.
            ClientSecret=f"{{{{resolve:secretsmanager:{name}:SecretString:{secret.key}::{secret.version}}}}}",
            Scope=login.scope,
            SessionTimeout=login.session_hours * 3600,
            OnUnauthenticatedRequest="authenticate",
        ),
    )


def egress_tag(s: Stack) -> Tags:
    """Tags of a rule with a login: the cluster must have opened the load balancer's way to identity providers before."""
    way = s.need("LoginEgress", about="The load balancer's way to identity providers")
    return Tags(**s.tags(), **{"login-egress": way})


def add_open_rule(s: Stack, p: ServiceParams, hosts: list[Any], group: elb.TargetGroup) -> None:
    """The rule for the paths that need no login. ``hosts`` are the conditions of the service's own rule but its paths."""
    paths = open_paths(p.spec)
    if not paths or p.open_priority is None:
        return
    only = elb.Condition(Field="path-pattern", PathPatternConfig=elb.PathPatternConfig(Values=list(paths)))
    s.add(
        elb.ListenerRule(
            "OpenRule",
            ListenerArn=s.need("ListenerArn"),
            Priority=p.open_priority,
            Conditions=[*hosts, only],
            Actions=[elb.ListenerRuleAction(Type="forward", TargetGroupArn=Ref(group))],
        ),
        "Checks from outside reach these paths without signing in; everything else needs a login.",
    )


def variables(s: Stack, p: ServiceParams) -> dict[str, Any]:
    """What a service needs to verify who was signed in: the load balancer that signs, and for which application."""
    if p.signed_in_by is None:
        return {}
    return {
        "LOAD_BALANCER_ARN": s.need("LoadBalancerArn", about="The load balancer, whose signature is verified"),
        "LOGIN_CLIENT_ID": p.signed_in_by.client_id,
        "LOGIN_ISSUER": p.signed_in_by.issuer,
    }
