"""New resources that affect existing ones."""

from collections.abc import Mapping

from generator.preview.risk import cited_fact
from generator.preview.risk.cited_fact import Fact
from generator.preview.risk.removals import same_fact

# Additions that change what is there already; other new resources touch nobody.
ADDED: Mapping[str, Fact] = {
    **same_fact(
        "AWS::EC2::NetworkAclEntry",
        effect="unknown",
        why="network ACLs are stateless: packets that the new rule denies are dropped at once",
        source=cited_fact.VPC_ACLS,
    ),
    **same_fact(
        "AWS::EC2::SubnetNetworkAclAssociation",
        effect="interruption",
        why="other rules apply to the subnet's packets at once",
        source=cited_fact.VPC_ACLS,
    ),
    **same_fact(
        "AWS::EC2::SubnetRouteTableAssociation",
        effect="interruption",
        why="the subnet's packets take other routes at once",
        source=cited_fact.VPC_ROUTES,
    ),
    **same_fact(
        "AWS::EC2::Route",
        effect="unknown",
        why="packets to these addresses take another route",
        source=cited_fact.VPC_ROUTES,
    ),
    **same_fact(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        effect="unknown",
        why="matching requests go to another target",
        source=cited_fact.ELB_LISTENERS,
    ),
    **same_fact("AWS::WAFv2::WebACLAssociation", effect="unknown", why="requests that the web ACL blocks are refused"),
    **same_fact(
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SNS::TopicPolicy",
        effect="unknown",
        why="what the policy denies is refused from now on",
        source=cited_fact.IAM_EVALUATION,
    ),
}
