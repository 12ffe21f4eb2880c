"""What does not fit together in an environment is refused with the reason and a way out."""

from collections.abc import Callable

import pytest

DEV = """\
account: "111111111111"
region: eu-west-1
domain: dev.example.com
"""
ZONE = "hosted_zone_id: Z0111111DEVZONE\n"
AGENT = f"public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent@sha256:{'0' * 64}"
Read = Callable[[dict[str, str]], list[str]]


def dev(text: str) -> dict[str, str]:
    """The development environment with four lines that are right and then ``text``."""
    return {"environments/dev.yaml": DEV + ZONE + text}


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "neither zone nor certificate": (
        {"environments/dev.yaml": DEV},
        [
            (
                "environments/dev.yaml:1: hosted_zone_id: is missing, and so is certificate_arn: HTTPS needs one of them, "
                "write the Route 53 zone that holds `domain`, or certificate_arn of a certificate that is issued already"
            )
        ],
    ),
    "certificate of another Region": (
        {"environments/dev.yaml": DEV + "certificate_arn: arn:aws:acm:us-east-1:111111111111:certificate/0a\n"},
        [
            (
                "environments/dev.yaml:4: certificate_arn: is in us-east-1, and a load balancer takes certificates of its own "
                "Region only, write a certificate of eu-west-1"
            )
        ],
    ),
    "one experiment twice": (
        dev("chaos:\n  experiments: [kill-tasks, kill-tasks]\n"),
        ["environments/dev.yaml:6: chaos.experiments[1]: names kill-tasks twice, remove one"],
    ),
    "certificate of another account": (
        {"environments/dev.yaml": DEV + "certificate_arn: arn:aws:acm:eu-west-1:999999999999:certificate/0a\n"},
        [
            (
                "environments/dev.yaml:4: certificate_arn: belongs to account 999999999999, "
                "write a certificate of account 111111111111"
            )
        ],
    ),
    "subnets that overlap": (
        dev("network:\n  public_subnets: [10.0.1.0/24, 10.0.1.128/25]\n"),
        [
            "environments/dev.yaml:6: network.public_subnets[1]: 10.0.1.128/25 overlaps 10.0.1.0/24, write blocks that are apart"
        ],
    ),
    "subnet over a derived one": (
        dev("network:\n  public_subnets: [10.0.1.0/24, 10.0.12.0/24]\n"),
        [
            (
                "environments/dev.yaml:6: network.public_subnets[1]: 10.0.12.0/24 overlaps 10.0.12.0/24, which private_subnets "
                "would get, write private_subnets too, or another block"
            )
        ],
    ),
    "subnet outside the VPC": (
        dev("network:\n  private_subnets: [10.0.1.0/24, 10.1.2.0/24]\n"),
        [
            (
                "environments/dev.yaml:6: network.private_subnets[0]: 10.0.1.0/24 overlaps 10.0.1.0/24, which public_subnets "
                "would get, write blocks that are apart"
            ),
            (
                "environments/dev.yaml:6: network.private_subnets[1]: 10.1.2.0/24 lies outside the VPC's 10.0.0.0/16, "
                "write a block inside 10.0.0.0/16"
            ),
        ],
    ),
    "fewer subnets than zones": (
        dev("network: {zones: 3, public_subnets: [10.0.1.0/24, 10.0.2.0/24]}\n"),
        [
            (
                "environments/dev.yaml:5: network.public_subnets: has 2 blocks for 3 zones, "
                "write one block a zone, or leave the list out"
            )
        ],
    ),
    "address inside a block": (
        dev("network: {cidr: 10.0.0.1/16}\n"),
        [
            "environments/dev.yaml:5: network.cidr: 10.0.0.1/16 is not the first address of an IPv4 block, write 10.0.0.0/16"
        ],
    ),
    "VPC too large": (
        dev("network: {cidr: 10.0.0.0/8}\n"),
        [
            "environments/dev.yaml:5: network.cidr: 10.0.0.0/8 is not a size that a VPC takes, write a block between /16 and /23"
        ],
    ),
    "VPC too small": (
        dev("network: {cidr: 10.0.0.0/24}\n"),
        [
            (
                "environments/dev.yaml:5: network.cidr: 10.0.0.0/24 is too small to cut subnets from, "
                "write a block between /16 and /23, or write public_subnets and private_subnets"
            )
        ],
    ),
    "subnet of no size": (
        dev("network:\n  public_subnets: [10.0.1.0/29, 10.0.2.5/24]\n"),
        [
            (
                "environments/dev.yaml:6: network.public_subnets[0]: 10.0.1.0/29 is not a size that a subnet takes, "
                "write a block between /16 and /28"
            ),
            (
                "environments/dev.yaml:6: network.public_subnets[1]: 10.0.2.5/24 is not the first address of an IPv4 block, "
                "write 10.0.2.0/24"
            ),
        ],
    ),
    "more tags than AWS takes": (
        dev("tags: {" + ", ".join(f"t{i}: x" for i in range(41)) + "}\n"),
        [
            "environments/dev.yaml:5: tags: has 41 tags, and AWS takes 50 with Slipway's own, write at most 40",
        ],
    ),
    "tasks to stop where none run": (
        {**dev("chaos: {}\n"), "services/app.yaml": "port: 80\ndeploy_to: [prod]\n"},
        [
            (
                "environments/dev.yaml:5: chaos.experiments: no service runs here whose tasks could be stopped, "
                "remove the chaos section"
            )
        ],
    ),
    "bot of an impossible size": (
        {
            "platform.yaml": "name: a\nowner: b\ngithub: {repository: a/b, repository_id: 1, owner_id: 2}\n"
            "bot: {environment: prod, memory: 600}\n"
        },
        [
            (
                "platform.yaml:4: bot.memory: Fargate has no task of cpu 256 with memory 600, "
                "write memory 512, 1024 or 2048"
            )
        ],
    ),
    "no capacity": (
        dev("cluster: {fargate: {weight: 0}}\n"),
        [
            (
                "environments/dev.yaml:5: cluster.fargate.weight: no capacity provider has a weight, so no task would start, "
                "write a weight of at least 1 for fargate, or for spot"
            )
        ],
    ),
    "two bases": (
        dev("cluster: {fargate: {base: 1}, spot: {base: 1}}\n"),
        ["environments/dev.yaml:5: cluster.spot.base: only one capacity provider may have a base, remove it"],
    ),
    "EC2 mixed with Fargate": (
        dev("cluster: {ec2: {share: {weight: 1}}}\n"),
        [
            (
                "environments/dev.yaml:5: cluster.ec2.share: a cluster's strategy can't mix EC2 with Fargate, set the weight "
                "of fargate to 0, or leave `share` out and give services `launch: ec2`"
            )
        ],
    ),
    "EC2 minimum above maximum": (
        dev("cluster: {ec2: {min: 5, max: 4}}\n"),
        ["environments/dev.yaml:5: cluster.ec2.min: 5 is above max (4), write at most 4"],
    ),
    "storage without room": (
        dev("data: {database: {storage_gb: 100}}\n"),
        [
            (
                "environments/dev.yaml:5: data.database.storage_gb: max_storage_gb (100) leaves storage_gb (100) no room to grow, "
                "write max_storage_gb of at least 110"
            )
        ],
    ),
    "table with one key twice": (
        dev("data: {tables: {items: {sort_key: {name: pk}, ttl_attribute: pk}}}\n"),
        [
            (
                "environments/dev.yaml:5: data.tables.items.sort_key.name: is the partition key as well, "
                "name another attribute, or remove sort_key"
            ),
            (
                "environments/dev.yaml:5: data.tables.items.ttl_attribute: is a key of the table, "
                "name another attribute, which holds seconds since 1970"
            ),
        ],
    ),
    "failover without a zone": (
        {
            "environments/dev.yaml": DEV
            + "certificate_arn: arn:aws:acm:eu-west-1:111111111111:certificate/0a\n"
            + "edge: {failover: {role: primary, record: www}}\n"
        },
        [
            (
                "environments/dev.yaml:5: edge.failover: needs a hosted zone for its records, "
                "write hosted_zone_id at the top level of the file, or remove this"
            )
        ],
    ),
    "alias of a distribution without certificate": (
        dev("edge: {cdn: {alias: static.example.org}}\n"),
        [
            (
                "environments/dev.yaml:5: edge.cdn.alias: is not in the domain dev.example.com, "
                "write a name that ends in dev.example.com"
            ),
            (
                "environments/dev.yaml:5: edge.cdn.alias: needs a certificate, "
                "write cdn.certificate_arn of a certificate in us-east-1, or remove alias"
            ),
        ],
    ),
    "alias of a distribution without a zone": (
        {
            "environments/dev.yaml": DEV
            + "certificate_arn: arn:aws:acm:eu-west-1:111111111111:certificate/0a\n"
            + "edge:\n  cdn:\n    alias: static.dev.example.com\n"
            + "    certificate_arn: arn:aws:acm:us-east-1:111111111111:certificate/0a\n"
        },
        [
            (
                "environments/dev.yaml:7: edge.cdn.alias: needs a hosted zone for its record, "
                "write hosted_zone_id at the top level of the file, or remove this"
            )
        ],
    ),
    "distribution in front of no host": (
        {
            "environments/dev.yaml": DEV
            + "certificate_arn: arn:aws:acm:eu-west-1:111111111111:certificate/0a\n"
            + "edge: {cdn: {}}\n",
            "services/app.yaml": "port: 80\nroute: {paths: [/api/*]}\n",
        },
        [
            (
                "environments/dev.yaml:5: edge.cdn: needs a host to ask, and no service has one, "
                "write cdn.host, or `paths: []`"
            )
        ],
    ),
    "one domain in two environments": (
        {"environments/eu.yaml": DEV + ZONE},
        [
            (
                "environments/eu.yaml:3: domain: dev writes records for dev.example.com in the same hosted zone, "
                "write another domain, or `edge: { records: false }` here"
            )
        ],
    ),
    "latency to no database": (
        dev(f"chaos: {{experiments: [database-latency], agent_image: {AGENT}}}\n"),
        [
            (
                "environments/dev.yaml:5: chaos.experiments: database-latency needs a database, "
                "add data.database, or remove database-latency"
            )
        ],
    ),
    "latency to a database that nobody uses": (
        dev(f"chaos: {{experiments: [database-latency], agent_image: {AGENT}}}\ndata: {{database: {{}}}}\n"),
        [
            (
                "environments/dev.yaml:5: chaos.experiments: no service here uses the database, "
                "write `uses: { database: true }` in a service, or remove database-latency"
            )
        ],
    ),
    "tag of the platform's own": (
        dev("tags: {owner: me}\n"),
        ["environments/dev.yaml:5: tags.owner: is set on every resource already, choose another name, or remove it"],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_an_environment_must_fit_together(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """What AWS would refuse in an environment is refused here, at its line."""
    assert mistakes(files) == lines
