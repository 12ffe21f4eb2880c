"""All cases."""

from tests.readings import (
    cdk,
    classic,
    copilot,
    ours_data,
    ours_edge,
    ours_network,
    ours_service,
    unusual,
    unusual_access,
)

CASES = [
    *ours_data.CASES,
    *ours_service.CASES,
    *ours_network.CASES,
    *ours_edge.CASES,
    *cdk.CASES,
    *copilot.CASES,
    *classic.CASES,
    *unusual.CASES,
    *unusual_access.CASES,
]
