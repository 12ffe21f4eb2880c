"""A static site that could not be, or that takes what belongs to others, is refused with the way out."""

from collections.abc import Callable

import pytest

Read = Callable[[dict[str, str]], list[str]]
DEV = """\
account: "111111111111"
region: eu-west-1
domain: dev.example.com
"""
ZONE = "hosted_zone_id: Z0111111DEVZONE\n"
ELB = "certificate_arn: arn:aws:acm:eu-west-1:111111111111:certificate/0f0f0f0f-1111-2222-3333-444444444444\n"
CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/0f0f0f0f-1111-2222-3333-444444444444"


def sites(*names: str, host: str = "www.dev.example.com", more: str = "") -> str:
    rows = [f"  {name}: {{host: {host}, certificate_arn: '{CERTIFICATE}'{more}}}\n" for name in names]
    return f"sites:\n{''.join(rows)}"


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "a site": ({"environments/dev.yaml": DEV + ZONE + sites("web")}, ""),
    "no zone": (
        {"environments/dev.yaml": DEV + ELB + sites("web")},
        "sites.web.host: needs a hosted zone for its record, write hosted_zone_id at the top level of the file",
    ),
    "no zone, and records of somebody else": (
        {"environments/dev.yaml": DEV + ELB + sites("web") + "edge: {records: false}\n"},
        "",
    ),
    "another domain": (
        {"environments/dev.yaml": DEV + ZONE + sites("web", host="www.example.org")},
        "sites.web.host: is not in the domain dev.example.com, write a name that ends in dev.example.com",
    ),
    "a domain that only ends alike": (
        {"environments/dev.yaml": DEV + ZONE + sites("web", host="wwwdev.example.com")},
        "sites.web.host: is not in the domain dev.example.com, write a name that ends in dev.example.com",
    ),
    "a service of that name": (
        {"environments/dev.yaml": DEV + ZONE + sites("app")},
        "sites.app: a service is called app too, write another name, or deploy_to without dev in the service's file",
    ),
    "a service of that name elsewhere": (
        {"environments/dev.yaml": DEV + ZONE + sites("app"), "services/app.yaml": "port: 80\ndeploy_to: [prod]\n"},
        "",
    ),
    "a word of the chat": (
        {"environments/dev.yaml": DEV + ZONE + sites("status")},
        "sites.status: status is a word of the chat commands, write another name, for example status-site",
    ),
    "two sites with one host": (
        {"environments/dev.yaml": DEV + ZONE + sites("web", "docs")},
        "sites.docs.host: the site web has the host www.dev.example.com too, write another host",
    ),
    "a certificate of another Region": (
        {"environments/dev.yaml": DEV + ZONE + sites("web").replace("us-east-1", "eu-west-1")},
        "sites.web.certificate_arn: ",
    ),
    "another folder elsewhere": (
        {
            "environments/dev.yaml": DEV + ZONE + sites("web"),
            "environments/prod.yaml": 'account: "333333333333"\nregion: eu-west-1\ndomain: example.com\n'
            "hosted_zone_id: Z0333333PRODZONE\nprotected: true\n"
            + sites("web", host="www.example.com", more=", hashed: static"),
        },
        "sites.web.hashed: is assets in dev, and every environment gets the same files, write hashed: assets",
    ),
}


@pytest.mark.parametrize(("files", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_what_a_site_can_not_be(mistakes: Read, files: dict[str, str], said: str) -> None:
    """One line says the file, the key, what is wrong and what to write."""
    found = mistakes(files)
    assert len(found) == bool(said), found
    assert not said or said in found[0], found
