"""Cases of the base template `ours-service`: what is edited, and what it should mean."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "image-only",
        "ours-service",
        {},
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
        effects={"Service": "restart"},
        level="low",
        parameters={
            "ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:1111111111111111111111111111111111111111111111111111111111111111",
            "Release": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        },
    ),
    Case(
        "task-bigger",
        "ours-service",
        {"/TaskDefinition/Properties/Cpu": "2048", "/TaskDefinition/Properties/Memory": "4096"},
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
        effects={"Service": "restart"},
        level="low",
    ),
    Case(
        "task-role-deletes",
        "ours-service",
        {
            "/TaskRole/Properties/Policies/0/PolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Action": "s3:DeleteBucket",
                "Resource": {"Ref": "BucketUploadsArn"},
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        gains=(
            "api's task role gains s3:DeleteBucket on arn:aws:service:eu-west-1:111122223333:bucketuploads, as far as its permissions boundary workload-boundary allows",
        ),
        level="medium",
        assumed=True,
    ),
    Case(
        "task-role-narrowed",
        "ours-service",
        {"/TaskRole/Properties/Policies/0/PolicyDocument/Statement/0/Action": ["dynamodb:GetItem"]},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        effects={"TaskRole": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "task-role-unbound",
        "ours-service",
        {"/TaskRole/Properties/PermissionsBoundary": GONE},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        gains=(
            "api's task role loses its permissions boundary workload-boundary: everything that its policies allow applies",
        ),
        level="high",
    ),
    Case(
        "task-role-admin",
        "ours-service",
        {"/TaskRole/Properties/ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        gains=(
            "api's task role gains every action on everything, as far as its permissions boundary workload-boundary allows",
        ),
        level="high",
        assumed=True,
    ),
    Case(
        "task-role-trusted-by-account",
        "ours-service",
        {
            "/TaskRole/Properties/AssumeRolePolicyDocument/Statement/-": {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": "999988887777"},
            }
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        gains=("account 999988887777 gains sts:AssumeRole on api's task role: it may act as api's task role",),
        level="high",
    ),
    Case(
        "traffic-role-case",
        "ours-service",
        {
            "/TrafficRole/Properties/Policies/0/PolicyDocument/Statement/1/Action": [
                "elasticloadbalancing:deregistertargets",
                "ElasticLoadBalancing:RegisterTargets",
            ]
        },
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html",
    ),
    Case(
        "target-group-port",
        "ours-service",
        {"/TargetGroup/Properties/Port": 9090},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
        effects={"TargetGroup": "downtime", "ListenerRule": "unknown", "Service": "restart"},
        level="high",
        assumed=True,
    ),
    Case(
        "health-check-path",
        "ours-service",
        {"/TargetGroup/Properties/HealthCheckPath": "/ready"},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
        effects={"TargetGroup": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "rule-weights",
        "ours-service",
        {"/ListenerRule/Properties/Priority": 200},
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        effects={"ListenerRule": "unknown"},
        level="medium",
        assumed=True,
    ),
    Case(
        "autoscaling-more",
        "ours-service",
        {"/ScalableTarget/Properties/MinCapacity": 6},
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    ),
    Case(
        "autoscaling-none",
        "ours-service",
        {"/ScalableTarget/Properties/MaxCapacity": 0, "/ScalableTarget/Properties/MinCapacity": 0},
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
        effects={"ScalableTarget": "downtime"},
        level="high",
    ),
    Case(
        "tasks-public",
        "ours-service",
        {"/Service/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp": "ENABLED"},
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html",
        effects={"Service": "restart"},
        exposures=(
            "everybody on the internet can reach tasks of Service by public addresses, as far as their groups allow",
        ),
        level="high",
    ),
    Case(
        "bake-time",
        "ours-service",
        {"/Service/Properties/DeploymentConfiguration/BakeTimeInMinutes": 60},
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html",
    ),
    Case(
        "service-renamed",
        "ours-service",
        {"/Service/Properties/ServiceName": "api2"},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html",
        effects={"Service": "downtime", "ScalableTarget": "unknown"},
        level="high",
        assumed=True,
    ),
    Case(
        "alarm-threshold",
        "ours-service",
        {"/ErrorsAlarm/Properties/Threshold": 50},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html",
    ),
    Case(
        "service-group-opened",
        "ours-service",
        {"/SecurityGroup/Properties/SecurityGroupIngress": [{"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}]},
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        exposures=("the network 10.0.0.0/8 can reach every port of SecurityGroup",),
        level="medium",
    ),
]
