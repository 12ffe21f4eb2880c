"""What does not fit together in a service is refused with the reason and a way out."""

from collections.abc import Callable

import pytest

Read = Callable[[dict[str, str]], list[str]]


def app(text: str) -> dict[str, str]:
    """The service with its port and then ``text``."""
    return {"services/app.yaml": "port: 80\n" + text}


CASES: dict[str, tuple[dict[str, str], list[str]]] = {
    "impossible task size": (
        app("cpu: 1024\nmemory: 1500\n"),
        [
            (
                "services/app.yaml:3: memory: Fargate has no task of cpu 1024 with memory 1500, "
                "write memory 2048 to 8192 in steps of 1024"
            )
        ],
    ),
    "missing table": (
        app("uses: {tables: [itmes]}\ndeploy_to: [prod]\n"),
        [
            "services/app.yaml:2: uses.tables[0]: prod has no table 'itmes', write items, or add itmes to data.tables of prod"
        ],
    ),
    "the release log of another account": (
        app("uses: {release_log: read}\n"),
        [
            (
                "services/app.yaml:2: uses.release_log: the release log is in account 333333333333, and dev is in "
                "another one, write it under `environments:` for prod alone"
            )
        ],
    ),
    "a variable of the release log": (
        app("deploy_to: [prod]\nuses: {release_log: read}\nenvironment: {RELEASE_TABLE: mine}\n"),
        [
            (
                "services/app.yaml:4: environment.RELEASE_TABLE: is set by the platform to the AWS name of the table "
                "or bucket, remove it, or use another name"
            )
        ],
    ),
    "missing database and bucket": (
        app("deploy_to: [prod]\nuses:\n  database: true\n  buckets: [photos]\n"),
        [
            (
                "services/app.yaml:4: uses.database: prod has no database, "
                "add `database` to `data:` of prod, or write `database: false` for it"
            ),
            "services/app.yaml:5: uses.buckets[0]: prod has no bucket 'photos', add photos to data.buckets of prod",
        ],
    ),
    "spot without spot": (
        app("deploy_to: [dev]\nlaunch: spot\n"),
        [
            "services/app.yaml:3: launch: dev has no spot capacity, add `spot` to `cluster:` of dev, or choose another launch"
        ],
    ),
    "one priority twice, with requests that both take": (
        {
            **app("deploy_to: [dev]\nroute: {paths: ['/a*'], priority: 5}\n"),
            "services/web.yaml": "port: 80\ndeploy_to: [dev]\nroute: {paths: ['/*b'], priority: 5}\n",
        },
        [
            (
                "services/web.yaml:3: route.priority: app has the same in dev, and both take requests for every host/*b, "
                "write a lower number for the service that is to be asked first"
            )
        ],
    ),
    "one priority twice, with requests of their own": (
        {
            **app("deploy_to: [dev]\nroute: {priority: 5}\n"),
            "services/web.yaml": "port: 80\ndeploy_to: [dev]\nroute: {priority: 5}\n",
        },
        [],
    ),
    "a priority beyond the places": (
        app("deploy_to: [dev]\nroute: {priority: 201}\n"),
        ["services/app.yaml:3: route.priority: 201 is out of range, write a whole number from 1 to 200"],
    ),
    "names that get one priority": (
        {
            "services/svc-92.yaml": "port: 80\ndeploy_to: [dev]\n",
            "services/svc-131.yaml": "port: 80\ndeploy_to: [dev]\n",
        },
        [
            (
                "services/svc-92.yaml:1: route.priority: svc-131 gets listener priority 37111 in dev as well, by its name, "
                "write route.priority: 100 for one of the two, best for the one that is new"
            )
        ],
    ),
    "one host twice": (
        {
            **app("deploy_to: [dev]\nroute: {hosts: [a.dev.example.com]}\n"),
            "services/web.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [A.dev.example.com]}\n",
        },
        [
            (
                "services/web.yaml:3: route.hosts: app takes a.dev.example.com in dev as well, "
                "write another host or path for one of the two"
            )
        ],
    ),
    "paths beside the host's own service, whatever they are called": (
        {
            "services/api.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/api/*']}\n",
            "services/site.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com]}\n",
            "services/v1.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/api/v1/*']}\n",
        },
        [],
    ),
    "a path of a rule that is asked late for its shortest one": (
        {
            "services/api.yaml": (
                "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/x/long', '/a*']}\n"
            ),
            "services/site.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/x/*']}\n",
        },
        [
            (
                "services/api.yaml:3: route.priority: no request for dev.example.com/x/long reaches it in dev: site is asked "
                "first, with listener priority 23924 before 24479, and takes them, write route.priority: 100"
            )
        ],
    ),
    "a priority that hides a path": (
        {
            "services/api.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/api/*']}\n",
            "services/site.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], priority: 1}\n",
        },
        [
            (
                "services/api.yaml:3: route.priority: no request for dev.example.com/api/* reaches it in dev: site is asked "
                "first, with listener priority 14 before 22559, and takes them, give site a higher route.priority, or none"
            )
        ],
    ),
    "a priority behind another one that hides a path": (
        {
            "services/api.yaml": (
                "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], paths: ['/api/*'], priority: 200}\n"
            ),
            "services/site.yaml": "port: 80\ndeploy_to: [dev]\nroute: {hosts: [dev.example.com], priority: 101}\n",
        },
        [
            (
                "services/api.yaml:3: route.priority: no request for dev.example.com/api/* reaches it in dev: site is asked "
                "first, with listener priority 4914 before 9771, and takes them, write route.priority: 100"
            )
        ],
    ),
    "one path twice": (
        app("route: {paths: [/a, /b, /a]}\n"),
        ["services/app.yaml:2: route.paths[2]: names /a twice, remove one"],
    ),
    "path without its slash": (
        app("deploy_to: [dev]\nroute: {paths: [api/*, '*.php', /ok]}\n"),
        [
            "services/app.yaml:3: route.paths[0]: 'api/*' matches no request, because every path begins with /, write /api/*"
        ],
    ),
    "host outside the certificate": (
        app("deploy_to: [dev]\nroute: {hosts: [a.b.dev.example.com]}\n"),
        [
            (
                "services/app.yaml:3: route.hosts[0]: the certificate covers dev.example.com and one label below it, "
                "not a.b.dev.example.com, write a.dev.example.com, or give the environment a certificate_arn that covers it"
            )
        ],
    ),
    "health check that never ends": (
        app("health_check: {interval: 5, timeout: 5}\n"),
        ["services/app.yaml:2: health_check.timeout: must be below the interval (5), write 4 or less"],
    ),
    "tasks that start too slowly to be judged": (
        app("health_check: {grace: 10800}\n"),
        [
            (
                "services/app.yaml:2: health_check.grace: lets a rollout last more than the three hours that CloudFormation "
                "waits, write 10379 or less"
            )
        ],
    ),
    "tasks that start slowly in waves": (
        app("health_check: {grace: 1000}\nrollout: {max_percent: 110}\n"),
        [
            (
                "services/app.yaml:2: health_check.grace: lets a rollout last more than the three hours that CloudFormation "
                "waits in 10 waves of new tasks, write 960 or less"
            )
        ],
    ),
    "waves that take too long without any grace": (
        app("deregistration_delay: 3600\nrollout: {max_percent: 125}\n"),
        [
            (
                "services/app.yaml:3: rollout.max_percent: lets new tasks start in 4 waves, which last more than the three "
                "hours that CloudFormation waits, write 200, or shorten deregistration_delay and stop_timeout"
            )
        ],
    ),
    "setting of another strategy": (
        app("rollout:\n  canary_percent: 5\n"),
        [
            (
                "services/app.yaml:3: rollout.canary_percent: has no meaning under the strategy rolling, "
                "write `strategy: canary`, or remove it"
            )
        ],
    ),
    "setting that one environment's strategy reads": (
        app("rollout: {canary_percent: 5}\nenvironments:\n  prod: {rollout: {strategy: canary}}\n"),
        [],
    ),
    "rollout longer than CloudFormation waits": (
        app("rollout: {strategy: canary, bake_minutes: 1440, canary_bake_minutes: 1000}\n"),
        [
            "services/app.yaml:2: rollout.bake_minutes: may wait 2440 minutes in bakes and pauses, shorten them to 1980 in all"
        ],
    ),
    "secret in plain sight": (
        app("environment:\n  KEY_ID: AKIAIOSFODNN7EXAMPLE\n  DSN: postgres://u:hunter2@db/x\n  DB_PASSWORD: hunter2\n"),
        [
            (
                "services/app.yaml:3: environment.KEY_ID: looks like an AWS access key, "
                "store it in Secrets Manager and name it under `secrets:`"
            ),
            (
                "services/app.yaml:4: environment.DSN: holds a URL with a password, "
                "store it in Secrets Manager and name it under `secrets:`"
            ),
            (
                "services/app.yaml:5: environment.DB_PASSWORD: is named like a secret, "
                "store it in Secrets Manager and name it under `secrets:`"
            ),
        ],
    ),
    "secret's ARN instead of its name": (
        app("secrets: {TOKEN: 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:x'}\n"),
        [
            (
                "services/app.yaml:2: secrets.TOKEN: is an ARN, "
                "write the secret's name below PLATFORM/ENVIRONMENT/, for example stripe or stripe:api-key"
            )
        ],
    ),
    "secret in place of its name": (
        app("secrets:\n  A: ghp_abcdefghijklmnopqrstuvwxyz\n  B: /stripe\n  C: a b\n  D: stripe:api-key\n"),
        [
            (
                "services/app.yaml:3: secrets.A: looks like the secret itself, "
                "write the name of the secret in Secrets Manager"
            ),
            (
                "services/app.yaml:4: secrets.B: is not the name of a secret, "
                "write NAME or NAME:json-key, of letters, digits and /_+=.@-"
            ),
            (
                "services/app.yaml:5: secrets.C: is not the name of a secret, "
                "write NAME or NAME:json-key, of letters, digits and /_+=.@-"
            ),
        ],
    ),
    "table used twice": (
        app("deploy_to: [prod]\nuses: {tables: [items, items]}\n"),
        ["services/app.yaml:3: uses.tables[1]: names items twice, remove one"],
    ),
    "host that is none": (
        app("deploy_to: [dev]\nroute: {hosts: ['http://x']}\n"),
        ["services/app.yaml:3: route.hosts[0]: 'http://x' is not a host name, write a name in dev.example.com"],
    ),
    "variable of the platform": (
        app("deploy_to: [prod]\nuses: {tables: [items]}\nenvironment: {TABLE_ITEMS: x}\n"),
        [
            (
                "services/app.yaml:4: environment.TABLE_ITEMS: is set by the platform to the AWS name of the table "
                "or bucket, remove it, or use another name"
            )
        ],
    ),
}


@pytest.mark.parametrize(("files", "lines"), CASES.values(), ids=CASES.keys())
def test_a_service_must_fit_together(mistakes: Read, files: dict[str, str], lines: list[str]) -> None:
    """What would fail in a service's deployment is refused here, at its line."""
    assert mistakes(files) == lines
