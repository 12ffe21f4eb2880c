"""A plan names the image that comes along, and says so where published versions can't be read."""

import json
from collections.abc import Callable

from generator.apply.plan import Planned, plan
from generator.release.errors import Denied
from generator.wiring.application import Application
from tests.release.fake_platform import FakePlatform
from tests.release.platform_templates import service

KEY = "prod/service-app"


def planned(platform: FakePlatform, application: Application) -> tuple[Planned, list[str]]:
    """What a plan of app says whose task gets more memory in version 3, and what was said meanwhile."""
    template = service("1024")
    version = platform.publish(3, app=template)
    said: list[str] = []
    [found] = plan(application, [KEY], version.stacks, {KEY: json.dumps(template).encode()}, said.append)
    return found, said


def test_the_newest_image_comes_along_with_a_changed_template(
    platform: FakePlatform, application: Callable[[str], Application]
) -> None:
    """Who may read versions is told which commit's image the release brings."""
    found, said = planned(platform, application("ana"))
    assert (found.kind, found.brings) == ("changed", "333333333333 (Change number 3)")
    assert not any("can't be read" in line for line in said)


def test_a_pull_request_plans_without_the_right_to_read_versions(
    platform: FakePlatform, application: Callable[[str], Application]
) -> None:
    """The role of pull requests sees stacks and no versions: the change is planned, and the plan says what it leaves out."""
    platform.faults.fail("versions.newest", times=99, error=lambda: Denied("AWS denies s3:GetObject"))
    found, said = planned(platform, application("ana"))
    assert (found.kind, found.brings) == ("changed", "")
    assert said[0] == (
        "published versions can't be read with these credentials, so the plan does not show their images"
    )
    assert found.change_set is not None
