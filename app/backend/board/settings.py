"""Settings of the board, from its environment. All mistakes are reported at once."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args
from urllib.parse import quote

Access = Literal["closed", "alb", "open"]
_LEVELS = ("debug", "info", "warning", "error")
_BALANCER = r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/app/[A-Za-z0-9-]{1,32}/[0-9a-z]{16}"


class SettingsError(Exception):
    """The settings are wrong; one sentence for each mistake."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class Settings(NamedTuple):
    """What a process was configured with. Times are seconds.

    ``page`` is a folder with the built page of ``app/frontend``, to serve on one machine; nginx serves it elsewhere.
    ``table`` is the release table's name, "" where this environment gives the board none. ``database`` is the URL of
    PostgreSQL, "" for none; it holds a password. ``visible`` names, for an environment, the teams and people who may
    see it; an environment that is not named is seen by everybody who is let in. ``people`` says as whom the identity
    provider knows a person (its ``sub``, or a verified e-mail address). ``drain`` is how long the process still
    answers after SIGTERM, ``stop`` how long requests in flight have after that.
    """

    host: str = "0.0.0.0"  # noqa: S104 - a container answers its network
    port: int = 8080
    metrics_port: int = 9100
    release: str = "unknown"
    log_level: str = "info"
    stacks: Path = Path("stacks")
    page: Path | None = None
    table: str = ""
    table_region: str = ""
    access: Access = "closed"
    load_balancer: str = ""
    oidc_issuer: str = ""
    oidc_client: str = ""
    people: dict[str, str] = {}
    visible: dict[str, tuple[str, ...]] = {}
    database: str = ""
    refresh: float = 3.0
    keep: int = 50_000
    streams: int = 200
    drain: float = 2.0
    stop: float = 20.0


def read(environ: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        SettingsError: something that was given can't be used.
    """
    mistakes: list[str] = []
    balancer = environ.get("LOAD_BALANCER_ARN", "")
    access = environ.get("BOARD_ACCESS") or ("alb" if balancer else "closed")
    if access not in get_args(Access):
        mistakes.append(f"BOARD_ACCESS is {access!r}; write alb, open (this machine only) or closed")
    if access == "alb" and not re.fullmatch(_BALANCER, balancer):
        mistakes.append(
            "LOAD_BALANCER_ARN must be the whole ARN of the load balancer that signs people in; the platform sets it where "
            "the service has `uses: { login: web }`"
        )
    level = (environ.get("LOG_LEVEL") or "info").lower()
    if level not in _LEVELS:
        mistakes.append(f"LOG_LEVEL is {level!r}; write one of {', '.join(_LEVELS)}")
    numbers = {
        name: _number(environ, variable, otherwise, (least, most), mistakes)
        for name, (variable, otherwise, least, most) in _NUMBERS.items()
    }
    found = Settings(
        host=environ.get("HOST") or Settings._field_defaults["host"],
        release=environ.get("RELEASE") or "unknown",
        log_level=level,
        stacks=Path(environ.get("SLIPWAY_STACKS") or "stacks"),
        page=_page(environ.get("BOARD_PAGE", ""), mistakes),
        table=environ.get("RELEASE_TABLE", ""),
        table_region=environ.get("RELEASE_TABLE_REGION", "") or environ.get("AWS_REGION", ""),
        access="alb" if access == "alb" else "open" if access == "open" else "closed",
        load_balancer=balancer,
        oidc_issuer=environ.get("LOGIN_ISSUER", ""),
        oidc_client=environ.get("LOGIN_CLIENT_ID", ""),
        visible=_visible(environ.get("BOARD_VISIBLE", ""), mistakes),
        people=_people(environ.get("BOARD_PEOPLE", ""), mistakes),
        database=_database(environ, mistakes),
        port=int(numbers["port"]),
        metrics_port=int(numbers["metrics_port"]),
        keep=int(numbers["keep"]),
        streams=int(numbers["streams"]),
        refresh=numbers["refresh"],
        drain=numbers["drain"],
        stop=numbers["stop"],
    )
    if found.table and not found.table_region:
        mistakes.append("RELEASE_TABLE needs RELEASE_TABLE_REGION, the Region of the platform's home; write it")
    if mistakes:
        raise SettingsError(mistakes)
    return found


_NUMBERS: dict[str, tuple[str, float, float, float]] = {
    "port": ("PORT", 8080, 0, 65535),
    "metrics_port": ("METRICS_PORT", 9100, 0, 65535),
    "keep": ("BOARD_KEEP", 50_000, 100, 1_000_000),
    "streams": ("BOARD_STREAMS", 200, 1, 10_000),
    "refresh": ("BOARD_REFRESH_SECONDS", 3.0, 0.05, 600),
    "drain": ("BOARD_DRAIN_SECONDS", 2.0, 0, 3600),
    "stop": ("BOARD_STOP_SECONDS", 20.0, 1, 3600),
}


def _page(text: str, mistakes: list[str]) -> Path | None:
    """The folder of the built page."""
    if text and not (Path(text) / "index.html").is_file():
        mistakes.append(f"BOARD_PAGE is {text!r}, and there is no index.html in it; build it with: make frontend")
    return Path(text) if text else None


def _number(
    environ: Mapping[str, str], name: str, otherwise: float, limits: tuple[float, float], mistakes: list[str]
) -> float:
    text = environ.get(name, "") or str(otherwise)
    whole = isinstance(otherwise, int)
    if re.fullmatch(r"\d{1,7}" if whole else r"\d{1,7}(\.\d{1,3})?", text, re.ASCII):
        value = float(text)
        if limits[0] <= value <= limits[1]:
            return value
    mistakes.append(
        f"{name} is {text!r}; write a {'whole ' if whole else ''}number from {limits[0]:g} to {limits[1]:g}"
    )
    return otherwise


def _visible(text: str, mistakes: list[str]) -> dict[str, tuple[str, ...]]:
    """Who sees which environment: ``{"prod": ["releasers", "ana"]}``."""
    found = _mapping(text)
    if all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in found.values()):
        return {name: tuple(names) for name, names in found.items()}
    mistakes.append('BOARD_VISIBLE is not valid; write environments with teams or people: {"prod": ["releasers"]}')
    return {}


def _people(text: str, mistakes: list[str]) -> dict[str, str]:
    """How the identity provider knows people: ``{"ana": "ana@example.com"}``."""
    found = _mapping(text)
    if all(isinstance(one, str) and one for one in found.values()) and len(set(found.values())) == len(found):
        return found
    mistakes.append('BOARD_PEOPLE is not valid; write each person with one identity: {"ana": "ana@example.com"}')
    return {}


def _mapping(text: str) -> dict[str, Any]:
    """An object of JSON; what is none becomes one that fits nothing."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {"": None}


def _database(environ: Mapping[str, str], mistakes: list[str]) -> str:
    """PostgreSQL's URL: given whole, or in the parts that the platform gives to who ``uses: {database: true}``."""
    url = environ.get("BOARD_DATABASE_URL", "")
    if url:
        if not url.startswith(("postgresql://", "postgres://")):
            # Not shown: it may hold a password.
            mistakes.append("BOARD_DATABASE_URL is not valid; write postgresql://USER:PASSWORD@HOST:PORT/NAME")
            return ""
        return url
    host = environ.get("DATABASE_HOST", "")
    if not host:
        return ""
    if environ.get("DATABASE_ENGINE", "postgres") != "postgres":
        mistakes.append("DATABASE_ENGINE must be postgres: the board keeps what people write in PostgreSQL; change it")
        return ""
    parts = {name: environ.get(f"DATABASE_{name}", "") for name in ("USERNAME", "PASSWORD", "NAME")}
    missing = [f"DATABASE_{name}" for name, value in parts.items() if not value]
    if missing:
        mistakes.append(f"DATABASE_HOST is there and {', '.join(missing)} is not; give all of them or none")
        return ""
    user, password = quote(parts["USERNAME"], safe=""), quote(parts["PASSWORD"], safe="")
    port = environ.get("DATABASE_PORT") or "5432"
    # RDS offers TLS on every endpoint (RDS User Guide: Using SSL with a PostgreSQL DB instance).
    return f"postgresql://{user}:{password}@{host}:{port}/{parts['NAME']}?sslmode=require"
