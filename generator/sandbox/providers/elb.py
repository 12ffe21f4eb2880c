"""Elastic Load Balancing v2: what listener rules do otherwise."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::ElasticLoadBalancingV2::ListenerRule")
class ListenerRule(Resource):
    """Priorities are set for several rules at once, each with its ARN.

    A second surprise, by aws/aws-cdk#36649: an update sets the actions again, and with them weights that ECS has moved. That
    it does so for another priority alone is assumed.
    """

    def change(self, found: Mapping[str, Any]) -> None:
        """SetRulePriorities and ModifyRule."""
        priority = self.props.get("Priority")
        if str(priority) != str(self.old.get("Priority")):
            self.call("set_rule_priorities", RulePriorities=[{"RuleArn": self.id, "Priority": priority}])
            self.call("modify_rule", **self.arguments("modify_rule", self.props))
        super().change(found)

    def look(self, found: Props) -> Props:
        """No API says of which listener a rule is: its ARN does. None shows the client secret of a login (write-only)."""
        live = super().look(found)
        live["ListenerArn"] = self.id.replace(":listener-rule/", ":listener/").rpartition("/")[0]
        for shown, said in zip(live.get("Actions", ()), self.props.get("Actions", ()), strict=False):
            secret = said.get("AuthenticateOidcConfig", {}).get("ClientSecret")
            if secret is not None and "AuthenticateOidcConfig" in shown:
                shown["AuthenticateOidcConfig"]["ClientSecret"] = secret
        return live
