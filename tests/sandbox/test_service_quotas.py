"""Service Quotas of the sandbox, as far as pre-flight checks ask (Service Quotas API Reference)."""

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Aws


def test_quotas_are_those_of_a_new_account(aws: Aws) -> None:
    """GetServiceQuota tells the default, and refuses what it does not know in AWS's words."""
    quotas = aws("service-quotas")
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-0263D0A3")["Quota"]["Value"] == 5.0
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-00000000")
