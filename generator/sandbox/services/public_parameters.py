"""AWS's public parameters with the newest ECS-optimised images, which ministack does not have.

Source: Amazon ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata". The ids are made up, one for
each Region and parameter.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from generator.sandbox.server.overlay import around
from generator.sandbox.server.wire import Reply, Request, render

if TYPE_CHECKING:
    from generator.sandbox.server.overlay import Forward

_PUBLIC = re.compile(r"/aws/service/ecs/optimized-ami/amazon-linux-2023/(arm64/)?recommended/image_id")


@around("ssm", "GetParameter")
async def get_parameter(request: Request, forward: Forward) -> Reply:
    """An AMI of the Region, always the same."""
    name = request.text("Name")
    if not _PUBLIC.fullmatch(name):
        return await forward()
    made = hashlib.sha256(f"{request.region} {name}".encode()).hexdigest()[:17]
    found = {
        "Name": name,
        "Type": "String",
        "Value": f"ami-{made}",
        "Version": 1,
        "ARN": f"arn:aws:ssm:{request.region}::parameter{name}",
        "DataType": "text",
    }
    return render(request, {"Parameter": found})
