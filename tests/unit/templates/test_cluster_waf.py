"""The firewall in front of the load balancer."""

from typing import Any

import pytest

from templates.cluster import build
from templates.params.cluster import Cluster, ClusterParams, LoadBalancer, Waf
from tests.unit.templates.environment_cases import plain, properties, scope

Json = dict[str, Any]


def body(waf: Waf) -> Json:
    """The stack with this firewall."""
    return plain(
        build(
            ClusterParams(
                scope=scope("cluster"),
                cluster=Cluster(),
                load_balancer=LoadBalancer(waf=waf),
                certificate_arn=None,
                log_retention_days=7,
            )
        )
    )


FULL = body(Waf())


def test_the_web_acl_stops_floods_and_known_attacks() -> None:
    """A rate limit of the size that was asked for, then the three managed groups, each at a priority of its own."""
    rules = properties(body(Waf(rate_limit=300)), "WebAcl")["Rules"]
    groups = [each["Statement"].get("ManagedRuleGroupStatement", {}).get("Name") for each in rules]
    assert groups == [
        None,
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]
    assert rules[0]["Statement"]["RateBasedStatement"] == {
        "Limit": 300,
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
    }
    assert properties(FULL, "WebAcl")["DefaultAction"] == {"Allow": {}}
    assert len({each["Priority"] for each in rules}) == len(rules)


@pytest.mark.parametrize(("count_only", "action", "override"), [(False, "Block", "None"), (True, "Count", "Count")])
def test_rules_can_be_tried_out_before_they_bite(*, count_only: bool, action: str, override: str) -> None:
    """In count mode every rule only counts; else groups keep their own actions, as WAF wants them overridden, not set."""
    rules = properties(body(Waf(count_only=count_only)), "WebAcl")["Rules"]
    assert list(rules[0]["Action"]) == [action]
    assert [list(each["OverrideAction"]) for each in rules[1:]] == [[override]] * 3
    assert not any("Action" in each for each in rules[1:])


def test_waf_logs_hold_no_credentials() -> None:
    """Only what was stopped or counted is kept, in the log group that WAF accepts, without cookies and tokens."""
    logging = properties(FULL, "WebAclLogging")
    assert {each["SingleHeader"]["Name"] for each in logging["RedactedFields"]} == {"authorization", "cookie"}
    assert logging["LoggingFilter"]["DefaultBehavior"] == "DROP"
    group = properties(FULL, "WebAclLog")
    assert group["LogGroupName"] == "aws-waf-logs-slipway-prod"
    assert group["KmsKeyId"] == {"Ref": "KeyArn"}
    assert properties(FULL, "WebAclAssociation")["ResourceArn"] == {"Ref": "LoadBalancer"}
