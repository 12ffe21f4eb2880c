"""What a change of a distribution does: other files of a static site, or another configuration."""

from typing import Any

import pytest

from generator.preview.meaning import meaning
from tests.unit.preview.test_network import change_set, modified

ORIGIN = {"Id": "page", "DomainName": "b.s3.eu-west-1.amazonaws.com", "OriginPath": "/web/1"}
CONFIG = {"Enabled": True, "Origins": [ORIGIN]}


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        ({"Enabled": True, "Origins": [{**ORIGIN, "OriginPath": "/web/2"}]}, "restart"),
        ({"Enabled": True, "Origins": [{**ORIGIN, "OriginPath": "/web/2", "DomainName": "other"}]}, "unknown"),
        ({"Enabled": False, "Origins": [{**ORIGIN, "OriginPath": "/web/2"}]}, "unknown"),
        ({"Enabled": True, "Origins": [{**ORIGIN, "OriginPath": "/web/2"}, ORIGIN]}, "unknown"),
        ({"Enabled": True, "Origins": "unresolved"}, "unknown"),
    ],
)
def test_other_files_are_told_from_another_configuration(after: Any, effect: str) -> None:
    """Only the path of an origin: the new version is served. Anything else may do anything."""
    kind = "AWS::CloudFront::Distribution"

    def template(config: Any) -> dict[str, Any]:
        return {"Resources": {"It": {"Type": kind, "Properties": {"DistributionConfig": config}}}}

    changes = change_set(modified("It", kind, "DistributionConfig"))
    [found] = meaning(changes, template(CONFIG), template(after), region="eu-west-1").effects
    assert found.effect == effect
