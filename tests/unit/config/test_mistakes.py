"""Every mistake is told with its line, its key, and what to write instead."""

from collections.abc import Callable

import pytest

ENVIRONMENT = """\
account: "111111111111"
region: eu-west-1
domain: dev.example.com
hosted_zone_id: Z0111111DEVZONE
"""
Read = Callable[[dict[str, str]], list[str]]

CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    # Spelling and types
    "unquoted account": (
        {"environments/dev.yaml": ENVIRONMENT.replace('"111111111111"', "111111111111")},
        ['environments/dev.yaml:1: account: is the number 111111111111, put it in quotes: "111111111111"'],
    ),
    "unquoted account that begins with 0": (
        {"environments/dev.yaml": ENVIRONMENT.replace('"111111111111"', "012345678901")},
        [
            (
                "environments/dev.yaml:1: account: 012345678901 begins with 0, which is octal for some tools, "
                'put it in quotes: "012345678901"'
            )
        ],
    ),
    "typo in a required key": (
        {"environments/dev.yaml": ENVIRONMENT.replace("domain", "domian")},
        ["environments/dev.yaml:3: domian: is not a known key, write `domain`"],
    ),
    "unknown key that resembles nothing": (
        {"services/app.yaml": "port: 80\nuses:\n  zzz: 1\n"},
        [
            "services/app.yaml:3: uses.zzz: is not a known key, remove it or write one of buckets, database, login, release_log, tables"
        ],
    ),
    "key of another tool": (
        {"services/app.yaml": "port: 80\nreplicas: 3\n"},
        ["services/app.yaml:2: replicas: is not a known key, write scaling.min"],
    ),
    "number in quotes": (
        {"services/app.yaml": 'port: "80"\n'},
        ["services/app.yaml:1: port: is the text '80', write 80 without quotes"],
    ),
    "number with underscores": (
        {"services/app.yaml": "port: 8_080\n"},
        ["services/app.yaml:1: port: is '8_080', write 8080"],
    ),
    "number with a leading zero": (
        {"services/app.yaml": "port: 0080\n"},
        ["services/app.yaml:1: port: 0080 begins with 0, which is octal for some tools, write 80"],
    ),
    "number out of range": (
        {"services/app.yaml": "port: 70000\n"},
        ["services/app.yaml:1: port: 70000 is out of range, write a whole number from 1 to 65535"],
    ),
    "yes for true": (
        {"services/app.yaml": "port: 80\nexec: yes\n"},
        ["services/app.yaml:2: exec: is 'yes', write true"],
    ),
    "boolean where text belongs": (
        {"services/app.yaml": "port: 80\nenvironment:\n  DEBUG: false\n"},
        ['services/app.yaml:3: environment.DEBUG: is false, put it in quotes: "false"'],
    ),
    "closed set with a near miss": (
        {"services/app.yaml": "port: 80\nrollout: {strategy: blue_green}\n"},
        ["services/app.yaml:2: rollout.strategy: is 'blue_green', write blue-green"],
    ),
    "closed set of numbers": (
        {"services/app.yaml": "port: 80\nlog_retention_days: 8\n"},
        [
            (
                "services/app.yaml:2: log_retention_days: is the number 8, write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, "
                "150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"
            )
        ],
    ),
    "one value where a list belongs": (
        {"services/app.yaml": "port: 80\nuses: {tables: items}\ndeploy_to: [prod]\n"},
        ["services/app.yaml:2: uses.tables: is 'items', write a list: [items]"],
    ),
    "section with everything commented out": (
        {"services/app.yaml": "port: 80\nuses:\n"},
        [
            (
                "services/app.yaml:2: uses: is empty, write a mapping with the keys database, tables, buckets, release_log, "
                "login, or remove the key"
            )
        ],
    ),
    "wrong form, with an example": (
        {"environments/dev.yaml": ENVIRONMENT.replace("eu-west-1", "Ireland")},
        ["environments/dev.yaml:2: region: 'Ireland' is not valid here, write something like eu-west-1"],
    ),
    "newline at the end of a name": (
        {"environments/dev.yaml": ENVIRONMENT.replace("dev.example.com", "|\n  dev.example.com")},
        [
            r"environments/dev.yaml:3: domain: 'dev.example.com\n' is not valid here, write something like example.com",
        ],
    ),
    "missing keys": (
        {"environments/dev.yaml": "region: eu-west-1\nhosted_zone_id: Z0111111DEVZONE\n"},
        [
            'environments/dev.yaml:1: account: is missing, write `account:` with something like "123456789012"',
            "environments/dev.yaml:1: domain: is missing, write `domain:` with something like example.com",
        ],
    ),
    "list where a mapping belongs": (
        {"platform.yaml": "- a\n"},
        [
            "platform.yaml:1: is a list, write a mapping with the keys name, owner, github, bot, cost_center, budget, operators, people, teams, session_roles, repositories, slack, tags",
        ],
    ),
    # Overrides
    "mistake in an override": (
        {"services/app.yaml": "port: 80\nenvironments:\n  prod:\n    scaling: {min: two}\n"},
        ["services/app.yaml:4: environments.prod.scaling.min: is 'two', write a whole number from 0 to 5000"],
    ),
    "typo in an override": (
        {"services/app.yaml": "port: 80\nenvironments:\n  prod:\n    memroy: 1024\n"},
        ["services/app.yaml:4: environments.prod.memroy: is not a known key, write `memory`"],
    ),
    "required key reset": (
        {"services/app.yaml": "port: 80\nenvironments:\n  prod: {port: null}\n"},
        [("services/app.yaml:3: environments.prod.port: has no default value, write a whole number from 1 to 65535")],
    ),
    "override of an unknown environment": (
        {"services/app.yaml": "port: 80\nenvironments:\n  prd: {cpu: 512}\n"},
        ["services/app.yaml:3: environments.prd: there is no environment 'prd', write prod"],
    ),
    "override without effect": (
        {"services/app.yaml": "port: 80\ndeploy_to: [dev]\nenvironments:\n  prod: {exec: true}\n"},
        [
            (
                "services/app.yaml:4: environments.prod: deploy_to does not contain prod, so this has no effect, "
                "add prod to deploy_to, or remove this override"
            )
        ],
    ),
    "impossible pair made by an override": (
        {"services/app.yaml": "port: 80\ncpu: 256\nenvironments:\n  prod: {memory: 4096}\n"},
        [
            (
                "services/app.yaml:4: environments.prod.memory: Fargate has no task of cpu 256 with memory 4096, "
                "write memory 512, 1024 or 2048, or cpu 512 or 1024 or 2048"
            )
        ],
    ),
    # Names
    "service called like a chat command": (
        {"services/status.yaml": "port: 80\n"},
        [
            "services/status.yaml:1: status is a word of the chat commands, rename the file, for example to status-service.yaml"
        ],
    ),
    "service called like a stack": (
        {"services/network.yaml": "port: 80\n"},
        [
            (
                "services/network.yaml:1: network is the name of a stack that environments have, "
                "rename the file, for example to network-service.yaml"
            )
        ],
    ),
    "service with a long name": (
        {"services/a-service-with-a-long-name.yaml": "port: 80\n"},
        [
            (
                "services/a-service-with-a-long-name.yaml:1: the name a-service-with-a-long-name has 26 characters, "
                "more than 20, rename the file, for example to a-service-service.yaml"
            )
        ],
    ),
    "service and function of one name": (
        {"functions/app.yaml": "queue: true\n"},
        ["functions/app.yaml:1: a service is called app too, rename the file, for example to app-events.yaml"],
    ),
    "environment called home": (
        {"environments/home.yaml": ENVIRONMENT.replace("dev", "home")},
        [
            (
                "environments/home.yaml:1: home is the name for the stacks that exist once, rename the file, for "
                "example to dev.yaml"
            )
        ],
    ),
    "environment called like an account": (
        {"environments/111111111111.yaml": ENVIRONMENT.replace("dev", "one")},
        [
            (
                "environments/111111111111.yaml:1: the name '111111111111' does not consist of lower-case letters, "
                "digits and single hyphens and begins with a letter, rename the file, for example to dev.yaml"
            )
        ],
    ),
    "bot in an unknown environment": (
        {
            "platform.yaml": "name: a\nowner: b\ngithub: {repository: a/b, repository_id: 1, owner_id: 2}\nbot: {environment: pord}\n"
        },
        ["platform.yaml:4: bot.environment: there is no environment 'pord', write prod"],
    ),
    "deploy_to an unknown environment": (
        {"services/app.yaml": "port: 80\ndeploy_to: [dev, nowhere]\n"},
        ["services/app.yaml:2: deploy_to[1]: there is no environment 'nowhere', write one of dev, prod"],
    ),
    # YAML itself
    "duplicate key": (
        {"services/app.yaml": "port: 80\nexec: true\nport: 81\n"},
        ["services/app.yaml:3: port: is written twice, first on line 1, keep one of the two"],
    ),
    "tab": (
        {"services/app.yaml": "uses:\n\tdatabase: true\n"},
        ["services/app.yaml:2: a tab indents this line, indent with spaces"],
    ),
    "empty file": (
        {"services/app.yaml": "# nothing yet\n"},
        ["services/app.yaml:1: the file is empty, write at least port"],
    ),
    "unclosed bracket": (
        {"services/app.yaml": "port: [80\n"},
        [
            (
                "services/app.yaml:2: is not valid YAML (did not find expected ',' or ']'), "
                "close the bracket, or put a comma between its entries"
            )
        ],
    ),
    "two documents": (
        {"services/app.yaml": "port: 80\n---\nport: 81\n"},
        ["services/app.yaml:2: a second document begins here, keep one document in a file and remove `---`"],
    ),
    "tag": (
        {"services/app.yaml": "port: !!python/object/apply:os.system [ls]\n"},
        [
            (
                "services/app.yaml:1: port: the tag tag:yaml.org,2002:python/object/apply:os.system is not supported, "
                "write the plain value without a tag"
            )
        ],
    ),
    "merge key": (
        {"services/app.yaml": "port: 80\n<<: {exec: true}\n"},
        ["services/app.yaml:2: <<: merge keys are not supported, write the keys out"],
    ),
    "list as a key": (
        {"services/app.yaml": "port: 80\n? [a]\n: b\n"},
        [
            (
                "services/app.yaml:2: a list or mapping is used as a key, "
                "write a plain key, or quote text that begins with [ or {"
            )
        ],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_each_mistake_says_what_to_write_instead(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """A person sees the file, the line, the key, what is wrong and what to write, and nothing that follows from it."""
    assert mistakes(files) == lines


def test_mistakes_of_all_files_come_at_once(mistakes: Read) -> None:
    """One run tells the typo, the broken file and what does not fit together, sorted by file and line."""
    files = {
        "platform.yaml": "nmae: slipway\n",
        "environments/dev.yaml": ENVIRONMENT + "netwrk: {}\nnetwork: {zones: 3, public_subnets: [10.0.1.0/24]}\n",
        "services/app.yaml": "port: 80\nmemory: 513\nscaling: {min: 5, max: 2}\nbogus_key: 1\n",
        "services/web.yaml": "port: [\n",
    }
    places = [line.split(": ")[0] for line in mistakes(files)]
    assert places == [
        "environments/dev.yaml:5",
        "environments/dev.yaml:6",
        "platform.yaml:1",
        "platform.yaml:1",
        "platform.yaml:1",
        "platform.yaml:1",
        "services/app.yaml:2",
        "services/app.yaml:3",
        "services/app.yaml:4",
        "services/web.yaml:2",
    ]


def test_a_file_of_the_wrong_kind_does_not_flood_the_screen(mistakes: Read) -> None:
    """Fifty mistakes of one file are told, then their number."""
    lines = mistakes({"services/app.yaml": "port: 80\n" + "".join(f"unknown_{i}: 1\n" for i in range(1000))})
    assert len(lines) == 51
    assert lines[-1] == "services/app.yaml:52: there are 950 more mistakes below, correct those above first"
