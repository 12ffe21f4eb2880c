"""Makes resources of templates with everything that they refer to, also in other stacks of their environment."""

from typing import Any

from generator.sandbox.cloudformation.intrinsic_functions import Environment, Known, StackLocation
from generator.sandbox.endpoint import Control
from tests.sandbox.conftest import ACCOUNT, REGION, Aws
from tests.sandbox.providers.resources import STACK_ID, Case, Made, Maker, emitted, templates

MINE = (
    "AWS::AutoScaling::", "AWS::Budgets::", "AWS::CertificateManager::", "AWS::CloudFront::", "AWS::CloudTrail::",
    "AWS::EC2::", "AWS::ECR::", "AWS::ElasticLoadBalancingV2::", "AWS::FIS::", "AWS::GlobalAccelerator::", "AWS::IAM::",
    "AWS::Route53::", "AWS::ServiceDiscovery::", "AWS::WAFv2::",
)  # fmt: skip


def zones() -> dict[str, str]:
    """The hosted zones that the templates name, with a domain of theirs: nobody's stack makes them."""
    found: dict[str, str] = {}
    for template in templates().values():
        for resource in template["Resources"].values():
            said = resource.get("Properties", {})
            options = said.get("DomainValidationOptions", [])
            records = [said] if resource["Type"] == "AWS::Route53::RecordSet" else []
            for item in [*options, *records]:
                domain = str(item.get("DomainName", item.get("Name"))).removeprefix("*.")
                found.setdefault(str(item["HostedZoneId"]), ".".join(domain.split(".")[-2:]))
    return found


def prepare(aws: Aws, control: Control) -> "Estate":
    """A `Maker` in an empty sandbox that has the hosted zones."""
    aws("route53").list_hosted_zones()
    for zone, name in zones().items():
        control.post("hosted-zone", {"id": zone, "name": name, "account": ACCOUNT})
    return Estate(aws, tuple(emitted(*MINE, "AWS::Logs::LogGroup")))


class Estate(Maker):
    """A `Maker` whose parameters are outputs of other stacks of the same environment, made when they are needed."""

    def __init__(self, aws: Aws, real: tuple[str, ...]) -> None:
        super().__init__(aws, real)
        self._template = ""

    def make(self, case: Case) -> Made:
        """Make one, and first what it waits for and what it refers to."""
        wanted = case.definition.get("DependsOn", [])
        for name in [wanted] if isinstance(wanted, str) else wanted:
            self._reference(Case(case.template, name))
        return super().make(case)

    def resolve(self, case: Case) -> dict[str, Any]:
        """The properties of one with all functions evaluated."""
        before, self._template = self._template, case.template
        try:
            return super().resolve(case)
        finally:
            self._template = before

    def parameter(self, name: str, said: dict[str, Any]) -> Any:
        """The output of that name, or a value of the right kind."""
        configuration, environment, _ = self._template.split("/")
        key = f"{configuration}/{environment}/{name}"
        if key not in self._parameters:
            self._parameters[key] = self._output(f"{configuration}/{environment}/", name, said)
        return self._parameters[key]

    def _output(self, folder: str, name: str, said: dict[str, Any]) -> Any:
        for key, template in templates().items():
            if not key.startswith(folder) or name not in template.get("Outputs", {}):
                continue
            node = template["Outputs"][name]["Value"]
            value = self._evaluate(key, node)
            # The stack that has the output is deployed, so its network reaches the internet.
            for logical_id, resource in template["Resources"].items():
                if resource["Type"] == "AWS::EC2::VPCGatewayAttachment":
                    self.make(Case(key, logical_id))
            return value.split(",") if said["Type"].startswith("List<") else value
        return self._sample(name, said)

    def _evaluate(self, key: str, node: Any) -> str:
        from tests.sandbox.providers.resources import references

        resources: dict[str, Known] = {}
        for name in references(node, templates()[key]["Resources"]):
            before, self._template = self._template, key
            resources[name] = self._reference(Case(key, name))
            self._template = before
        environment = Environment(
            templates()[key], {}, StackLocation(ACCOUNT, REGION, "shop", STACK_ID),
            resources=resources, exports=lambda _: None, outputs=lambda _: None,
        )  # fmt: skip
        return str(environment.value(node))
