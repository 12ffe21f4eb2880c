"""Tasks that could not start, a bot that could not reach Slack and names that reach too far are refused."""

from collections.abc import Callable

import pytest

Read = Callable[[dict[str, str]], list[str]]
MORE = 'account: "111111111111"\nregion: eu-west-1\ndomain: e{}.example.com\nhosted_zone_id: Z0111111DEVZONE\n'
DEV = 'account: "111111111111"\nregion: eu-west-1\ndomain: dev.example.com\nhosted_zone_id: Z0111111DEVZONE\n'
CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "no way out at all": (
        {"environments/dev.yaml": f"{DEV}network: {{nat: none}}\ndata: {{tables: {{items: {{}}}}}}\n"},
        [
            (
                "environments/dev.yaml:5: network.nat: none gives tasks no network path to ecr.api, ecr.dkr, logs, "
                "add them to network.endpoints.interface, or write one"
            )
        ],
    ),
    "a domain that no certificate takes": (
        {"environments/dev.yaml": DEV.replace("dev.example.com", f"{'d' * 60}.example.com")},
        [
            (
                "environments/dev.yaml:3: domain: has 72 characters, and a certificate takes 64, "
                "write a shorter one, or certificate_arn"
            )
        ],
    ),
    "a name that begins like another": (
        {"environments/dev-eu.yaml": DEV.replace("dev.", "eu.")},
        [
            (
                "environments/dev-eu.yaml:1: begins with dev-, and permissions in an account depend on the start "
                "of names, rename the file so that neither begins with the other"
            )
        ],
    ),
    "as many environments as an account takes": ({f"environments/e{n}.yaml": MORE.format(n) for n in range(15)}, []),
    "an environment too many for its account": (
        {f"environments/e{n}.yaml": MORE.format(n) for n in range(16)},
        [
            (
                "environments/e9.yaml:1: account: 17 environments are in 111111111111, and the policies of an account "
                "take 16, give some of them another account"
            )
        ],
    ),
    "latency without the agent": (
        {
            "environments/dev.yaml": f"{DEV}chaos: {{experiments: [database-latency]}}\ndata: {{database: {{}}}}\n",
            "services/app.yaml": "port: 8080\nuses: {database: true}\ndeploy_to: [dev]\n",
        },
        [
            (
                "environments/dev.yaml:5: chaos.experiments: database-latency works through the SSM agent beside each task, "
                "and agent_image is missing, add agent_image: public.ecr.aws/amazon-ssm-agent/amazon-ssm-agent@sha256:DIGEST, or remove database-latency"
            )
        ],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_what_could_never_work_is_refused(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """A release that would wait for ever for its first task never gets that far."""
    assert mistakes(files) == lines
