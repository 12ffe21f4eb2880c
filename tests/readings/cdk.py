"""Cases of the base template `cdk`: what is edited, and what it should mean."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "cdk-key-shared",
        "cdk",
        {
            "/Key961B73FD/Properties/KeyPolicy/Statement/-": {
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Principal": {"AWS": "arn:aws:iam::999988887777:role/reader"},
                "Resource": "*",
            }
        },
        "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
        gains=("arn:aws:iam::999988887777:role/reader gains kms:Decrypt on key Key961B73FD",),
        level="medium",
    ),
    Case(
        "cdk-key-removed",
        "cdk",
        {"/Key961B73FD": GONE},
        "https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        effects={"Key961B73FD": "irreversible"},
        level="critical",
    ),
    Case(
        "cdk-key-off",
        "cdk",
        {"/Key961B73FD/Properties/Enabled": False},
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html",
        effects={"Key961B73FD": "downtime"},
        level="high",
    ),
    Case(
        "cdk-bucket-renamed",
        "cdk",
        {"/Files8E6940B8/Properties/BucketName": "files-2"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        effects={"Files8E6940B8": "data-loss", "Custom": "unknown", "FilesPolicy0B3F2B0D": "unknown"},
        level="critical",
        assumed=True,
    ),
    Case(
        "cdk-policy-wildcard",
        "cdk",
        {"/HandlerServiceRoleDefaultPolicyCBD0CC91/Properties/PolicyDocument/Statement/0/Action": "sqs:*"},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
        gains=(
            "app's handler service role gains sqs:AddPermission, sqs:CancelMessageMoveTask, sqs:ChangeMessageVisibilityBatch, sqs:CreateQueue, sqs:DeleteMessageBatch and 13 more on queue Jobs1F6C8C1A",
        ),
        level="medium",
    ),
    Case(
        "cdk-policy-split",
        "cdk",
        {
            "/HandlerServiceRoleDefaultPolicyCBD0CC91/Properties/PolicyDocument/Statement/1/Action": "s3:List*",
            "/HandlerServiceRoleFCDC14AE/Properties/Policies": [
                {
                    "PolicyName": "get",
                    "PolicyDocument": {
                        "Statement": {
                            "Effect": "Allow",
                            "Action": ["s3:GetObject*", "s3:GetBucket*"],
                            "Resource": [
                                {"Fn::GetAtt": ["Files8E6940B8", "Arn"]},
                                {"Fn::Sub": "${Files8E6940B8.Arn}/*"},
                            ],
                        }
                    },
                }
            ],
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
    ),
    Case(
        "cdk-policy-passrole",
        "cdk",
        {
            "/HandlerServiceRoleDefaultPolicyCBD0CC91/Properties/PolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Action": ["iam:PassRole", "lambda:CreateFunction"],
                "Resource": "*",
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
        gains=("app's handler service role gains iam:PassRole and lambda:CreateFunction on everything",),
        level="high",
    ),
    Case(
        "cdk-queue-open",
        "cdk",
        {
            "/JobsPolicyE0A6F1B9/Properties/PolicyDocument/Statement/0": {
                "Action": "sqs:SendMessage",
                "Effect": "Allow",
                "Principal": "*",
                "Resource": {"Fn::GetAtt": ["Jobs1F6C8C1A", "Arn"]},
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        gains=("everybody gains sqs:SendMessage on queue Jobs1F6C8C1A",),
        exposures=("everybody on the internet can use queue Jobs1F6C8C1A: its policy allows it",),
        level="critical",
    ),
    Case(
        "cdk-queue-org",
        "cdk",
        {
            "/JobsPolicyE0A6F1B9/Properties/PolicyDocument/Statement/-": {
                "Action": "sqs:SendMessage",
                "Effect": "Allow",
                "Principal": "*",
                "Resource": {"Fn::GetAtt": ["Jobs1F6C8C1A", "Arn"]},
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html",
        gains=("everybody gains sqs:SendMessage on queue Jobs1F6C8C1A if aws:principalorgid is o-1",),
        level="medium",
    ),
    Case(
        "cdk-queue-shorter",
        "cdk",
        {"/Jobs1F6C8C1A/Properties/MessageRetentionPeriod": 3600},
        "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
        effects={"Jobs1F6C8C1A": "data-loss"},
        level="critical",
    ),
    Case(
        "cdk-queue-removed",
        "cdk",
        {
            "/Jobs1F6C8C1A": GONE,
            "/JobsPolicyE0A6F1B9": GONE,
            "/HandlerServiceRoleDefaultPolicyCBD0CC91/Properties/PolicyDocument/Statement/0": GONE,
        },
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
        effects={
            "Jobs1F6C8C1A": "data-loss",
            "HandlerServiceRoleDefaultPolicyCBD0CC91": "unknown",
            "JobsPolicyE0A6F1B9": "unknown",
        },
        level="critical",
        assumed=True,
    ),
    Case(
        "cdk-function-code",
        "cdk",
        {"/Handler886CB40B/Properties/Code/S3Key": "b.zip"},
        "https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html",
        effects={"Handler886CB40B": "restart"},
        level="low",
    ),
    Case(
        "cdk-function-invoked-by-all",
        "cdk",
        {
            "/Anyone": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "Action": "lambda:InvokeFunction",
                    "FunctionName": {"Fn::GetAtt": ["Handler886CB40B", "Arn"]},
                    "Principal": "*",
                },
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        gains=("everybody gains lambda:InvokeFunction on function Handler886CB40B",),
        exposures=("everybody on the internet can use function Handler886CB40B: its policy allows it",),
        level="critical",
    ),
    Case(
        "cdk-function-throttled",
        "cdk",
        {"/Handler886CB40B/Properties/ReservedConcurrentExecutions": 0},
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
        effects={"Handler886CB40B": "downtime"},
        level="high",
    ),
    Case(
        "cdk-balancer-public",
        "cdk",
        {"/LB8A12904C/Properties/Scheme": "internet-facing"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-loadbalancer.html",
        effects={"LB8A12904C": "downtime", "LBListener49E825B4": "downtime"},
        exposures=("everybody on the internet can reach load balancer LB8A12904C, as far as its groups allow",),
        level="high",
    ),
    Case(
        "cdk-ssh-open",
        "cdk",
        {
            "/LBSecurityGroup8A41EA2B/Properties/SecurityGroupIngress/-": {
                "CidrIpv6": "::/0",
                "FromPort": 22,
                "IpProtocol": "tcp",
                "ToPort": 22,
            }
        },
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        exposures=("everybody on the internet (::/0) can reach tcp 22 of LBSecurityGroup8A41EA2B",),
        level="critical",
    ),
    Case(
        "cdk-listener-port",
        "cdk",
        {"/LBListener49E825B4/Properties/Port": 8443},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        effects={"LBListener49E825B4": "downtime"},
        exposures=("the network can reach port 8443 of LB8A12904C, as far as its groups allow",),
        level="high",
    ),
    Case(
        "cdk-listener-http",
        "cdk",
        {
            "/Plain": {
                "Type": "AWS::ElasticLoadBalancingV2::Listener",
                "Properties": {
                    "DefaultActions": [
                        {"TargetGroupArn": {"Ref": "LBListenerTargetsGroup76EF81E8"}, "Type": "forward"}
                    ],
                    "LoadBalancerArn": {"Ref": "LB8A12904C"},
                    "Port": 80,
                    "Protocol": "HTTP",
                },
            }
        },
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        exposures=("the network can reach port 80 of LB8A12904C, as far as its groups allow",),
        level="medium",
    ),
    Case(
        "cdk-custom",
        "cdk",
        {"/Custom/Properties/More": "x"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html",
        effects={"Custom": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "cdk-metadata",
        "cdk",
        {"/Sessions5A1B2C3D/Metadata": {"aws:cdk:path": "a/b"}},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html",
    ),
    Case(
        "cdk-table-by-name",
        "cdk",
        {"/Sessions5A1B2C3D/Properties/TableName": "sessions"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html",
        effects={"Sessions5A1B2C3D": "downtime"},
        level="high",
    ),
    Case(
        "cdk-rule-off",
        "cdk",
        {"/Nightly3A2C4B5D/Properties/State": "DISABLED"},
        "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html",
        effects={"Nightly3A2C4B5D": "downtime"},
        level="high",
    ),
]
