"""Cases of the base template `copilot`: what is edited, and what it should mean."""

from tests.readings.case import GONE, Case

CASES = [
    Case(
        "copilot-exec",
        "copilot",
        {},
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        gains=("app's task role gains ssmmessages:* on everything",),
        level="medium",
        parameters={"ExecuteCommand": "true"},
    ),
    Case(
        "copilot-count",
        "copilot",
        {},
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html",
        parameters={"TaskCount": "4"},
    ),
    Case(
        "copilot-zero",
        "copilot",
        {},
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html",
        effects={"Service": "downtime"},
        level="high",
        parameters={"TaskCount": "0"},
    ),
    Case(
        "copilot-retention",
        "copilot",
        {},
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
        effects={"LogGroup": "data-loss"},
        level="critical",
        parameters={"LogRetention": "7"},
    ),
    Case(
        "copilot-image",
        "copilot",
        {},
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
        effects={"Service": "restart"},
        level="low",
        parameters={"ContainerImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:2"},
    ),
    Case(
        "copilot-renamed",
        "copilot",
        {},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
        effects={"LogGroup": "data-loss", "DiscoveryService": "unknown", "Service": "restart"},
        level="critical",
        parameters={"WorkloadName": "api2"},
        assumed=True,
    ),
    Case(
        "copilot-iam-allowed",
        "copilot",
        {"/TaskRole/Properties/Policies/0/PolicyDocument/Statement/0": GONE},
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html",
    ),
    Case(
        "copilot-gap",
        "copilot",
        {"/Service/Properties/DeploymentConfiguration/MinimumHealthyPercent": 0},
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
        effects={"Service": "interruption"},
        level="medium",
        parameters={"ContainerImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:2"},
    ),
]
