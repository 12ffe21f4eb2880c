"""Cases of the base template `unusual` about access: rights, exposure and what guards them."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "unusual-notaction",
        "unusual",
        {
            "/Role/Properties/Policies/0/PolicyDocument/Statement/0": {
                "Effect": "Allow",
                "NotAction": "iam:*",
                "Resource": "*",
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
        gains=("app's role gains every action but iam:* on everything",),
        level="high",
    ),
    Case(
        "unusual-trust-condition-removed",
        "unusual",
        {"/Role/Properties/AssumeRolePolicyDocument/Statement/0/Condition": GONE},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html",
        gains=("account 999988887777 gains sts:AssumeRole on app's role: it may act as app's role",),
        level="high",
    ),
    Case(
        "unusual-sg-prefixlist",
        "unusual",
        {
            "/Group/Properties/SecurityGroupIngress/-": {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "SourcePrefixListId": "pl-1",
            }
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html",
        exposures=("the addresses of list pl-1 can reach tcp 22 of Group",),
        level="medium",
    ),
    Case(
        "unusual-subnet-public",
        "unusual",
        {"/Subnet/Properties/MapPublicIpOnLaunch": True},
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html",
        exposures=(
            "everybody on the internet can reach resources that start in subnet Subnet by a public address, as far as groups allow",
        ),
        level="high",
    ),
    Case(
        "unusual-listener-default",
        "unusual",
        {
            "/Listener/Properties/DefaultActions": [
                {
                    "Type": "forward",
                    "TargetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/1",
                }
            ]
        },
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        effects={"Listener": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-bucket-star-vpce",
        "unusual",
        {
            "/BucketPolicy/Properties/PolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
            }
        },
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        gains=("everybody gains s3:GetObject on objects in bucket Bucket if aws:sourcevpce is vpce-1",),
        level="medium",
    ),
    Case(
        "unusual-bucket-star-ua",
        "unusual",
        {
            "/BucketPolicy/Properties/PolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                "Condition": {"StringLike": {"aws:Referer": "https://x/*"}},
            }
        },
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
        gains=("everybody gains s3:GetObject on objects in bucket Bucket if aws:referer is https://x/*",),
        exposures=(
            "everybody on the internet can use bucket Bucket: its policy allows it if aws:referer is https://x/*",
        ),
        level="critical",
    ),
    Case(
        "unusual-key-open",
        "unusual",
        {"/Key/Properties/KeyPolicy/Statement/0/Principal": "*"},
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html",
        gains=("everybody gains kms:* on key Key",),
        exposures=("everybody who has an AWS account can use key Key: its policy allows it",),
        level="critical",
    ),
    Case(
        "unusual-db-snapshot-other",
        "unusual",
        {"/Db/Properties/DBSnapshotIdentifier": "snap-2"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html",
        effects={"Db": "downtime"},
        level="high",
    ),
    Case(
        "unusual-db-snapshot-gone",
        "unusual",
        {"/Db/Properties/DBSnapshotIdentifier": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbinstance.html",
        effects={"Db": "unknown"},
        level="high",
        assumed=True,
    ),
    Case(
        "unusual-bucket-policy-gone",
        "unusual",
        {"/Bucket/DeletionPolicy": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
        weakens=("Bucket",),
        level="medium",
    ),
    Case(
        "unusual-nat-to-igw",
        "unusual",
        {"/Route/Properties/NatGatewayId": GONE, "/Route/Properties/GatewayId": "igw-1"},
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        effects={"Route": "downtime"},
        exposures=(
            "everybody on the internet can reach subnets with route Route, in and out through an internet gateway",
        ),
        level="high",
    ),
    Case(
        "unusual-egress-open",
        "unusual",
        {"/Outbound/Properties/SecurityGroupEgress/0/CidrIp": "0.0.0.0/0"},
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        exposures=("whatever is in Outbound can reach tcp 443 of everybody on the internet (0.0.0.0/0)",),
        level="medium",
    ),
    Case(
        "unusual-ingress-gone",
        "unusual",
        {"/In": GONE},
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        effects={"In": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-managed-deny-gone",
        "unusual",
        {"/Managed/Properties/PolicyDocument/Statement/1": GONE},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        gains=(
            "x is no longer denied s3:DeleteObject on everything; a principal that another policy allows it may do it",
        ),
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-perm-source-gone",
        "unusual",
        {"/Perm/Properties/SourceAccount": GONE, "/Perm/Properties/SourceArn": GONE},
        "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html",
        effects={"Perm": "unknown"},
        gains=("the service s3.amazonaws.com gains lambda:InvokeFunction on function Worker",),
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-rule-sourceip-gone",
        "unusual",
        {"/Admin/Properties/Conditions/1": GONE},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html",
        effects={"Admin": "unknown"},
        exposures=(
            "anyone who reaches the load balancer can reach what Admin leads to, by addresses beyond 10.0.0.0/8",
        ),
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-rule-gone",
        "unusual",
        {"/Admin": GONE},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        effects={"Admin": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "unusual-waf-gone",
        "unusual",
        {"/Waf": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-webaclassociation.html",
        weakens=("Waf",),
        level="medium",
    ),
    Case(
        "unusual-td-privileged",
        "unusual",
        {"/Td/Properties/ContainerDefinitions/0/Privileged": True},
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        effects={"Svc": "restart"},
        exposures=("container a of Td can do everything on its host as root: it is privileged",),
        weakens=("Td",),
        level="medium",
    ),
]
