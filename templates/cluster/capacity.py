"""EC2 capacity for the cluster: an Auto Scaling group that ECS grows and shrinks by what tasks need."""

import re

from troposphere import AWSHelperFn, Base64, GetAtt, Parameter, Ref, Sub, Tags, autoscaling, ec2, ecs, iam
from troposphere.policies import AutoScalingRollingUpdate, UpdatePolicy

from templates.network.groups import closed_group, tcp
from templates.params.cluster import Ec2Capacity
from templates.policies import actions, allow, document, trust
from templates.stack import AMI_PATTERN, Stack, sub

# Graviton families have a "g" after the generation: t4g, m7gd, c7gn, im4gn (Amazon EC2: Instance type naming).
_ARM = re.compile(r"^([a-z]+\d+[a-z]*g[a-z]*|a1)\.")
_IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/{}recommended/image_id"
_USER_DATA = """#!/bin/bash
cat >> /etc/ecs/ecs.config <<'END'
ECS_CLUSTER=${Cluster}
ECS_AWSVPC_BLOCK_IMDS=true
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
END
"""


def add_ec2_capacity(s: Stack, p: Ec2Capacity, vpc: AWSHelperFn) -> Ref:
    """The group and its capacity provider; returns the provider's name."""
    group = s.add(
        closed_group(
            "InstanceSecurityGroup",
            f"{s.scope.prefix}: container instances",
            vpc,
            egress=[tcp(443, "0.0.0.0/0", "HTTPS to ECS, ECR and CloudWatch")],
        ),
        "Instances call AWS over HTTPS; tasks bring security groups of their own.",
    )
    template = s.add(
        ec2.LaunchTemplate(
            "LaunchTemplate",
            LaunchTemplateData=_launch(s, p, group, _profile(s)),
            TagSpecifications=[ec2.TagSpecifications(ResourceType="launch-template", Tags=_tag_list(s))],
        ),
        "How an instance starts: the ECS-optimised image of the release, IMDSv2 only, encrypted disk.",
    )
    scaling = s.add(
        autoscaling.AutoScalingGroup(
            "InstanceGroup",
            MinSize=p.min,
            MaxSize=p.max,
            VPCZoneIdentifier=s.need("PrivateSubnets", "List<AWS::EC2::Subnet::Id>", "Private subnets"),
            LaunchTemplate=autoscaling.LaunchTemplateSpecification(
                LaunchTemplateId=Ref(template), Version=GetAtt(template, "LatestVersionNumber")
            ),
            HealthCheckType="EC2",
            HealthCheckGracePeriod=120,
            # CloudFormation deletes a group by scaling it in, which protected instances never let happen: a stack with them
            # could be neither deleted nor rolled back (aws/aws-cdk#18179). Managed draining moves tasks away before an
            # instance ends (Amazon ECS Developer Guide: Safely stop workloads running on EC2 instances).
            NewInstancesProtectedFromScaleIn=False,
            Tags=[
                {"Key": key, "Value": value, "PropagateAtLaunch": True}
                for key, value in s.tags(AmazonECSManaged="true", Name=f"{s.scope.prefix}-instance").items()
            ],
            UpdatePolicy=UpdatePolicy(
                AutoScalingRollingUpdate=AutoScalingRollingUpdate(
                    MinInstancesInService=str(min(p.min, p.max - 1)), MaxBatchSize="1"
                )
            ),
        ),
        "The instances; ECS sets their number.",
    )
    provider = s.add(
        ecs.CapacityProvider(
            "Ec2CapacityProvider",
            # A name may not begin with aws, ecs or fargate, which a platform's might (Amazon ECS API).
            Name=f"ec2-{s.scope.prefix}",
            AutoScalingGroupProvider=ecs.AutoScalingGroupProvider(
                AutoScalingGroupArn=GetAtt(scaling, "AutoScalingGroupARN"),
                ManagedScaling=ecs.ManagedScaling(Status="ENABLED", TargetCapacity=100),
                ManagedTerminationProtection="DISABLED",
                ManagedDraining="ENABLED",
            ),
        ),
        "Grows the group when tasks wait for room and shrinks it when instances stand empty.",
    )
    return Ref(provider)


def is_arm(instance_type: str) -> bool:
    """Whether the type has a Graviton processor, so needs an arm64 image: ``t4g.medium`` does, ``m7i-flex.large`` not."""
    return _ARM.match(instance_type) is not None


def image_parameter(instance_type: str) -> str:
    """Name of AWS's public parameter that holds the id of the newest ECS-optimised image for a type of instance."""
    return _IMAGE.format("arm64/" if is_arm(instance_type) else "")


def _image(s: Stack) -> Ref:
    s.template.add_parameter(
        Parameter(
            "AmiId",
            Type="AWS::EC2::Image::Id",
            AllowedPattern=AMI_PATTERN,
            ConstraintDescription="The id of an AMI: ami- and 8 or 17 hexadecimal digits.",
            Description="Image of the instances of this release",
        )
    )
    return Ref("AmiId")


def _launch(s: Stack, p: Ec2Capacity, group: ec2.SecurityGroup, profile: iam.InstanceProfile) -> ec2.LaunchTemplateData:
    tags = _tag_list(s)
    return ec2.LaunchTemplateData(
        # By id: `slipway publish` looks it up, and a release brings it.
        ImageId=_image(s),
        InstanceType=p.instance_type,
        IamInstanceProfile=ec2.IamInstanceProfile(Arn=GetAtt(profile, "Arn")),
        SecurityGroupIds=[Ref(group)],
        EbsOptimized=True,
        MetadataOptions=ec2.MetadataOptions(
            HttpEndpoint="enabled", HttpTokens="required", HttpPutResponseHopLimit=1, InstanceMetadataTags="disabled"
        ),
        Monitoring=ec2.Monitoring(Enabled=False),
        BlockDeviceMappings=[
            ec2.LaunchTemplateBlockDeviceMapping(
                DeviceName="/dev/xvda",
                Ebs=ec2.EBSBlockDevice(VolumeSize=30, VolumeType="gp3", Encrypted=True, DeleteOnTermination=True),
            )
        ],
        TagSpecifications=[
            ec2.TagSpecifications(ResourceType="instance", Tags=tags),
            ec2.TagSpecifications(ResourceType="volume", Tags=tags),
        ],
        UserData=Base64(Sub(_USER_DATA)),
    )


def _tag_list(s: Stack) -> Tags:
    return Tags(**s.tags(Name=f"{s.scope.prefix}-instance"))


def _profile(s: Stack) -> iam.InstanceProfile:
    cluster = f"arn:${{AWS::Partition}}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:cluster/{s.scope.prefix}"
    instances = cluster.replace(":cluster/", ":container-instance/") + "/*"
    role = s.add(
        iam.Role(
            "InstanceRole",
            Path=s.scope.role_path,
            PermissionsBoundary=s.need("BoundaryArn", about="Permissions boundary of every role"),
            AssumeRolePolicyDocument=trust("ec2.amazonaws.com"),
            Policies=[
                iam.Policy(
                    PolicyName="run-the-ecs-agent",
                    PolicyDocument=document(
                        allow("FindEndpoint", actions("ecs", "DiscoverPollEndpoint"), ["*"]),
                        allow(
                            "JoinCluster",
                            actions(
                                "ecs",
                                "DeregisterContainerInstance",
                                "RegisterContainerInstance",
                                "SubmitAttachmentStateChanges",
                                "SubmitContainerStateChange",
                                "SubmitTaskStateChange",
                            ),
                            [sub(cluster)],
                        ),
                        allow(
                            "BeAnInstance",
                            actions(
                                "ecs",
                                "Poll",
                                "PutSystemLogEvents",
                                "StartTelemetrySession",
                                "UpdateContainerInstancesState",
                            ),
                            [sub(instances)],
                        ),
                    ),
                )
            ],
        ),
        "What the ECS agent needs, on this cluster alone; DiscoverPollEndpoint takes no resource. Tasks have their own roles.",
    )
    return s.add(
        iam.InstanceProfile("InstanceProfile", Path=s.scope.role_path, Roles=[Ref(role)]),
        "Hands the role to the instances.",
    )
