"""EC2: launch templates."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.physical_names import generated_name
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising
from generator.sandbox.providers.tags import Tag


@surprising("AWS::EC2::LaunchTemplate")
class LaunchTemplate(Resource):
    """Its tags are those of one specification; others are for what is launched."""

    def named(self) -> Props:
        """A generated name has no hyphens."""
        return {"LaunchTemplateName": generated_name(self.ctx, limit=128).replace("-", "_"), **self.props}

    def look(self, found: Props) -> Props:
        """DescribeLaunchTemplates and the latest of DescribeLaunchTemplateVersions."""
        [latest] = self.call("describe_launch_template_versions", Versions=["$Latest"])["LaunchTemplateVersions"]
        return super().look(found) | picked(latest, "LaunchTemplateData", "VersionDescription")

    def said_tags(self, props: Props) -> list[Tag]:
        """Those of the template itself."""
        specs = props.get("TagSpecifications") or ()
        return [tag for spec in specs if spec["ResourceType"] == "launch-template" for tag in spec["Tags"]]

    def live_tags(self, found: Mapping[str, Any]) -> Any:
        """As a specification."""
        tags = super().live_tags(found)
        return [{"ResourceType": "launch-template", "Tags": tags}] if self.said_tags(self.props) else None
