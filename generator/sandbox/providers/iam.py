"""IAM: what its roles and managed policies do otherwise."""

from collections.abc import Mapping
from typing import Any

from generator.sandbox.providers.api_calls import picked
from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table import Props
from generator.sandbox.providers.table_provider import surprising

# IAM keeps five versions of a policy (IAM and AWS STS quotas).
_VERSIONS = 5


@surprising("AWS::IAM::Role")
class Role(Resource):
    """Inline policies that the template does not name belong to other resources, and are not drift."""

    def look(self, found: Props) -> Props:
        """GetRole, and the documents of the policies that the template names."""
        live, client = super().look(found), self.ctx.client("iam")
        if "Policies" in self.props:
            names = client.list_role_policies(RoleName=self.id)["PolicyNames"]
            live["Policies"] = [
                picked(client.get_role_policy(RoleName=self.id, PolicyName=name), "PolicyName", "PolicyDocument")
                for name in (policy["PolicyName"] for policy in self.props["Policies"])
                if name in names
            ]
        return live


@surprising("AWS::IAM::ManagedPolicy")
class ManagedPolicy(Resource):
    """A change of the document makes a version, and only five are kept."""

    def change(self, found: Mapping[str, Any]) -> None:
        """CreatePolicyVersion, in place of the oldest."""
        versions = self._versions()
        if self.old["PolicyDocument"] != self.props["PolicyDocument"] and len(versions) >= _VERSIONS - 1:
            oldest = min(versions, key=lambda version: int(version[1:]))
            self.call("delete_policy_version", VersionId=oldest)
        super().change(found)

    def delete(self) -> None:
        """DeletePolicy, after its old versions."""
        for version in self._versions():
            self.call("delete_policy_version", VersionId=version)
        super().delete()

    def find(self) -> Props:
        """GetPolicy, with the default version's document."""
        found = super().find()
        version = self.call("get_policy_version", VersionId=found["DefaultVersionId"])["PolicyVersion"]
        return {**found, "PolicyDocument": version["Document"]}

    def _versions(self) -> list[str]:
        """Those that are not the default."""
        versions = self.call("list_policy_versions")["Versions"]
        return [item["VersionId"] for item in versions if not item["IsDefaultVersion"]]
