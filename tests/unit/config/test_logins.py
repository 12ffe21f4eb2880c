"""A login that nobody could use, or that opens more than it says, is refused with the way out."""

from collections.abc import Callable

import pytest

Read = Callable[[dict[str, str]], list[str]]
LOGIN = """\
login:
  issuer: https://id
  authorization_endpoint: https://id/a
  token_endpoint: https://id/t
  user_info_endpoint: https://id/u
  client_id: web
  client_secret: {name: web, version: 5f0c0a5c-8c6e-4b0c-9d0e-2b6f1f6f7a11}
"""


def web(more: str = "", port: int = 80) -> str:
    return f"port: {port}\n{LOGIN}{more}"


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "a shifting strategy": (
        {"services/app.yaml": web("rollout: {strategy: blue-green}\n")},
        (
            "login: needs the strategy rolling, because ECS rewrites the rule that asks people to sign in with blue-green, "
            "write rollout.strategy: rolling"
        ),
    ),
    "a path without its slash": (
        {"services/app.yaml": web("  open_paths: [status]\n")},
        "'status' matches no request, because every path begins with /, write /status",
    ),
    "every path": (
        {"services/app.yaml": web('  open_paths: ["/*"]\n')},
        "'/*' opens every path, remove it, or remove the login",
    ),
    "a path that no request comes for": (
        {"services/app.yaml": web("  open_paths: [/status]\nroute: {paths: [/web/*]}\n")},
        "'/status' is not within route.paths, write a path that requests come for",
    ),
    "too many paths": (
        {"services/app.yaml": web("  open_paths: [/a, /b, /c, /d]\n")},
        "make 6 hosts and paths that need no login, and a listener rule takes 5, remove some",
    ),
    "no place before": (
        {"services/app.yaml": web("route: {priority: 1}\n")},
        "route.priority: of 1 leaves no place before it",
    ),
    "open paths that are longer": (
        {
            "services/app.yaml": web(
                "  open_paths: [/w/a]\nroute: {paths: [/w/abcdef, /w/?]}\nhealth_check: {path: /w/b}\n"
            )
        },
        "",
    ),
    "as long as the route": (
        {"services/app.yaml": web("  open_paths: [/w/*]\nroute: {paths: [/w/*]}\nhealth_check: {path: /x}\n")},
        (
            "login.open_paths: are no longer than route.paths, so the rule that needs a login would be asked first, "
            "write longer paths, or route.priority: 2"
        ),
    ),
    "a smoke test": (
        {
            "services/app.yaml": web() + "deploy_to: [dev]\n",
            "environments/dev.yaml": 'account: "111111111111"\nregion: eu-west-1\ndomain: dev.example.com\n'
            "hosted_zone_id: Z0111111DEVZONE\nreleases: {smoke: [{path: /health}, {path: /deep}, {path: /in, status: 302}]}\n",
        },
        (
            "login: sends the smoke test of /deep in dev to the identity provider, and the release back, "
            "add /deep to login.open_paths, or expect status 302"
        ),
    ),
    "no way to the identity provider": (
        {
            "services/app.yaml": web() + "deploy_to: [dev]\n",
            "environments/dev.yaml": 'account: "111111111111"\nregion: eu-west-1\ndomain: dev.example.com\n'
            "hosted_zone_id: Z0111111DEVZONE\nload_balancer: {internal: true}\n"
            "network: {nat: none, endpoints: {interface: [ecr.api, ecr.dkr, logs], gateway: [s3]}}\n",
        },
        (
            "the internal load balancer of dev has no way to the identity provider without NAT, "
            "write network.nat: one for dev, or remove the login"
        ),
    ),
    "trust in nobody": (
        {"services/app.yaml": "port: 80\nuses: {login: web}\n"},
        "'web' has no login in dev, give web a login",
    ),
    "trust in another name": (
        {"services/web.yaml": web(), "services/app.yaml": "port: 80\nuses: {login: wep}\n"},
        "'wep' has no login in dev, write web",
    ),
    "trust in itself": (
        {"services/app.yaml": web("uses: {login: app}\n")},
        "names the service itself, which verifies its own login anyway, remove it",
    ),
    "a variable that is set": (
        {"services/app.yaml": web("environment: {LOGIN_ISSUER: https://mine}\n")},
        "environment.LOGIN_ISSUER: is set by the platform to whose signature is verified",
    ),
    "a secret without its version": (
        {"services/app.yaml": web().replace(", version: 5f0c0a5c-8c6e-4b0c-9d0e-2b6f1f6f7a11", "")},
        "login.client_secret.version: is missing, write `version:` with something like",
    ),
    "no TLS": (
        {"services/app.yaml": web().replace("https://id/t", "http://id/t")},
        "login.token_endpoint: 'http://id/t' is not valid here",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_says_what_to_write(mistakes: Read, name: str) -> None:
    """One sentence with the fix; and nothing where a login is right."""
    files, expected = FAULTS[name]
    found = mistakes(files)
    if not expected:
        assert found == []
    else:
        assert any(expected in line for line in found), found


def test_a_login_and_who_trusts_it(mistakes: Read) -> None:
    """A service with a login and one behind it are taken as they are."""
    assert mistakes({"services/web.yaml": web(), "services/app.yaml": "port: 80\nuses: {login: web}\n"}) == []
