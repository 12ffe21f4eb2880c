"""Slack's Web API, through the proxy that is meant for it.

slack_sdk takes ``HTTPS_PROXY`` for every address, also for one of this machine and one that ``NO_PROXY`` names.
"""

from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient

from generator.proxies import proxy_of


def web_client(base_url: str, token: str | None = None, **more: Any) -> WebClient:
    """A client of the Web API at ``base_url``."""
    made = WebClient(token=token, base_url=base_url, **more)
    made.proxy = proxy_of(made.base_url)
    return made


def unreachable(client: WebClient, error: Exception) -> str:
    """Why Slack does not answer, and what to check: the proxy, if one is in between."""
    reason = getattr(error, "reason", None) or error
    if client.proxy:
        return f"Slack can't be reached through the proxy {_without_password(client.proxy)}: {reason}; check HTTPS_PROXY and NO_PROXY"
    return f"Slack does not answer: {reason}; check that port 443 is open, or set HTTPS_PROXY"


def _without_password(proxy: str) -> str:
    """The proxy without a person's name and password."""
    parts = urlsplit(proxy)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
