"""Logs as JSON lines on stdout: level, message, and the request that a line is about. No tokens, no bodies."""

import json
import logging
import re
import sys
from contextvars import ContextVar
from time import gmtime, strftime

REQUEST: ContextVar[str] = ContextVar("request", default="")
_SECRET = re.compile(r"(postgres(?:ql)?(?:\+psycopg)?://[^:/@\s]*:)[^@\s]*(?=@)", re.IGNORECASE)


class JsonFormatter(logging.Formatter):
    """One line of JSON for each record. CloudWatch's filters read ``$.level``."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without passwords of a database's address."""
        line: dict[str, object] = {
            "at": strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_secrets(record.getMessage())[:4000],
        }
        if request := REQUEST.get():
            line["request_id"] = request
        fields = getattr(record, "fields", None)
        if isinstance(fields, dict):
            line |= fields
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))[:8000]
        return json.dumps(line, ensure_ascii=False)


def without_secrets(text: str) -> str:
    """A text in which the password of an address is ``***``."""
    return _SECRET.sub(r"\1***", text)


def start(level: str) -> None:
    """Log to stdout from now on; the libraries say only what went wrong."""
    stream = logging.StreamHandler(sys.stdout)
    stream.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level.upper())
    for library in ("uvicorn", "uvicorn.error", "uvicorn.access", "botocore", "urllib3", "sqlalchemy", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
        logging.getLogger(library).propagate = True
        logging.getLogger(library).handlers[:] = []
