"""AWS's public parameters, as far as publishing asks for them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

IMAGE = "/aws/service/ecs/optimized-ami/amazon-linux-2023/{}recommended/image_id"


def test_the_newest_machine_image_has_an_id(aws: Any) -> None:
    """One for each Region and processor, the same each time; other names are unknown, and parameters of one's own stay."""
    found = {
        (region, name): aws("ssm", region=region).get_parameter(Name=IMAGE.format(name))["Parameter"]["Value"]
        for region in ("eu-west-1", "us-east-1")
        for name in ("", "arm64/")
    }
    assert all(re.fullmatch("ami-[0-9a-f]{17}", value) for value in found.values())
    assert len(set(found.values())) == 4
    again = aws("ssm", region="eu-west-1").get_parameter(Name=IMAGE.format(""))["Parameter"]
    assert (again["Value"], again["ARN"].split(":")[4]) == (found["eu-west-1", ""], "")
    with pytest.raises(ClientError, match="ParameterNotFound"):
        aws("ssm").get_parameter(Name=IMAGE.format("s390x/"))
    aws("ssm").put_parameter(Name="/mine", Value="1", Type="String")
    assert aws("ssm").get_parameter(Name="/mine")["Parameter"]["Value"] == "1"
