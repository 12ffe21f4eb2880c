"""Building blocks of the parameters: constrained scalar types and the scope that names and tags a stack."""

from typing import Annotated, Literal, dataclass_transform

import msgspec
from msgspec import Meta

Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
        max_length=20,
        description="Lower-case letters, digits and single hyphens; at most 20 characters, so that AWS names that begin with it fit.",
    ),
]
AccountId = Annotated[
    str, Meta(pattern=r"^[0-9]{12}$", description="AWS account id: 12 digits, in quotes.", examples=["123456789012"])
]
Region = Annotated[
    str,
    # The longest Region has 14 characters; names of buckets end with it.
    Meta(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", max_length=20, description="AWS Region.", examples=["eu-west-1"]),
]
Domain = Annotated[
    str,
    Meta(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        max_length=253,
        description="Domain name, lower case, without a dot at the end.",
        examples=["example.com"],
    ),
]
Email = Annotated[
    str,
    Meta(
        pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        max_length=254,
        description="E-mail address.",
        examples=["team@example.com"],
    ),
]
Cidr = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$", description="IPv4 block.", examples=["10.0.0.0/16"]),
]
Port = Annotated[int, Meta(ge=1, le=65535, description="TCP port.")]
Percent = Annotated[int, Meta(ge=0, le=100)]
Text = Annotated[str, Meta(min_length=1, max_length=255)]
# What CloudWatch Logs accepts in PutRetentionPolicy.
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]  # fmt: skip


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the configuration: immutable, keyword-only, and unknown keys are errors."""


class Scope(Section):
    """Where a stack stands, and therefore what it is called and how its resources are tagged."""

    platform: str
    environment: str  # "home" or "account" for stacks that no environment owns
    account: str
    region: str
    owner: str
    cost_center: str
    # The stack's own name, such as "network" or "service-app"; also the value of the tag `service`.
    stack: str
    service: str = ""
    tags: dict[str, str] = {}
    protected: bool = False

    @property
    def prefix(self) -> str:
        """``slipway-prod``: the start of every physical name in this environment."""
        return f"{self.platform}-{self.environment}"

    @property
    def stack_name(self) -> str:
        """``slipway-prod-network``: the CloudFormation stack name."""
        return f"{self.prefix}-{self.stack}"

    @property
    def workload_path(self) -> str:
        """IAM path above those of all environments."""
        return f"/workload/{self.platform}/"

    @property
    def role_path(self) -> str:
        """IAM path of every role that the environment's execution role may create and pass."""
        return f"{self.workload_path}{self.environment}/"
