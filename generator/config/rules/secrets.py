"""Values that look like secrets, which belong into Secrets Manager, and names of secrets there."""

import re

# What credentials look like by their own form.
_FORMS = re.compile(
    r"(?P<aws>\b(AKIA|ASIA)[A-Z0-9]{16}\b)"
    r"|(?P<key>-----BEGIN [A-Z ]*PRIVATE KEY)"
    r"|(?P<token>\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}|sk_live_\w{10,}|glpat-[\w-]{15,}))"
    r"|(?P<url>\w+://[^/\s:@]+:[^/\s:@$]+@)"
    r"|(?P<pair>(?i:\b(password|passwd|pwd|secret|api_?key|token))\s*=\s*[^\s;,&$]{4,})"
)
_WHAT = {
    "aws": "looks like an AWS access key",
    "key": "holds a private key",
    "token": "looks like an access token",
    "url": "holds a URL with a password",
    "pair": "seems to hold a password",
}
_NAMES = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|API_?KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|CREDENTIALS)$", re.IGNORECASE
)
# Secrets Manager API Reference, CreateSecret: letters, digits and /_+=.@-
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@-]+(:[A-Za-z0-9_.-]+)?")


def secret_problem(name: str, value: str) -> str | None:
    """Why a variable seems to hold a secret, without repeating it; None if it does not."""
    if found := _FORMS.search(value):
        return _WHAT[found.lastgroup or "pair"]
    if value and _NAMES.search(name):
        return "is named like a secret"
    return None


def secret_name_problem(value: str) -> tuple[str, str] | None:
    """What is wrong with the name of a secret (``NAME`` or ``NAME:json-key``), and what to write instead."""
    if value.startswith("arn:"):
        return "is an ARN", "write the secret's name below PLATFORM/ENVIRONMENT/, for example stripe or stripe:api-key"
    if secret_problem("", value):
        return "looks like the secret itself", "write the name of the secret in Secrets Manager"
    name, _, _ = value.partition(":")
    if not _SECRET.fullmatch(value) or name.startswith("/") or name.endswith("/") or len(name) > 400:
        return "is not the name of a secret", "write NAME or NAME:json-key, of letters, digits and /_+=.@-"
    return None
