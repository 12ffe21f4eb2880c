"""Proxies and certificates of a company's network, from the variables that people set for all their tools.

Libraries read these variables differently: botocore knows no ``ALL_PROXY``, slack_sdk no ``NO_PROXY``, and none lets this machine's
own addresses pass without being told. :func:`settle` writes the variables so that all of a process, and what it starts,
do the same: what is on this machine goes direct, everything else through the proxy.
"""

from collections.abc import MutableMapping
from urllib.parse import urlsplit

_OWN = ("127.0.0.1", "localhost", "::1")
_NAMES = ("http_proxy", "https_proxy", "all_proxy")


def settle(environ: MutableMapping[str, str]) -> None:
    """Add this machine to ``NO_PROXY``, and take ``ALL_PROXY`` and a certificate file where a library would not.

    A proxy that speaks SOCKS is left alone: neither urllib nor botocore can use one.
    """
    _settle_certificates(environ)
    if not any(_value(environ, name) for name in _NAMES):
        return
    every = _value(environ, "all_proxy")
    if every and not every.startswith("socks"):
        for name in ("http_proxy", "https_proxy"):
            if not _value(environ, name):
                environ[name] = environ[name.upper()] = every
    # urllib prefers the small letters, some tools know only the capitals: both hold what either says.
    said = [part.strip() for name in ("no_proxy", "NO_PROXY") for part in environ.get(name, "").split(",")]
    if "*" not in said:
        environ["no_proxy"] = environ["NO_PROXY"] = ",".join(dict.fromkeys(part for part in [*said, *_OWN] if part))


def proxy_of(url: str) -> str | None:
    """The proxy for an address, None to go direct: for a library that reads no ``NO_PROXY``."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    if not parts.hostname or parts.hostname in _OWN or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


def _settle_certificates(environ: MutableMapping[str, str]) -> None:
    """Python's TLS reads ``SSL_CERT_FILE``, botocore ``AWS_CA_BUNDLE``, many other tools ``REQUESTS_CA_BUNDLE``."""
    for name, others in (
        ("SSL_CERT_FILE", ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")),
        ("AWS_CA_BUNDLE", ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")),
    ):
        found = next((environ[other] for other in others if environ.get(other)), "")
        if found and not environ.get(name):
            environ[name] = found


def _value(environ: MutableMapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""
