"""AWS WAF: what web ACLs protect."""

from generator.sandbox.providers.resource import Resource
from generator.sandbox.providers.table_provider import surprising


@surprising("AWS::WAFv2::WebACLAssociation")
class WebAclAssociation(Resource):
    """A resource has one web ACL: the association may be another's by now."""

    def delete(self) -> None:
        """DisassociateWebACL, unless the resource has another meanwhile."""
        if self.find()["ARN"] == self.id.rpartition("|")[2]:
            super().delete()
