"""Logs as JSON lines: level, message, and the release that a line is about. No tokens, no bodies of requests."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from time import gmtime, strftime

from generator.safe_text import json_text

RELEASE: ContextVar[str] = ContextVar("release", default="")
_SECRET = re.compile(r"(xox[a-z]-|xapp-)[\w-]+|(?i:\b(?:authorization|token|secret)[\"']?\s*[:=]\s*[\"']?)[^\s\"',]+")


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record. CloudWatch's filters read ``$.level``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Anything that looks like a token is removed."""
        line = {
            "at": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "release": getattr(record, "release", "") or RELEASE.get(),
            "message": without_secrets(record.getMessage())[:4000],
        }
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))[:8000]
        return json_text(json.dumps(line, ensure_ascii=False))


def without_secrets(text: str) -> str:
    """A text in which tokens are ``***``."""
    return _SECRET.sub("***", text)


def start(level: int = logging.INFO) -> None:
    """Log to stderr from now on. The libraries log only faults: at INFO they log whole bodies."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level)
    for library in ("slack_bolt", "slack_sdk", "aiohttp", "botocore", "urllib3"):
        logging.getLogger(library).setLevel(logging.WARNING)
