"""What Slack's error codes mean: Slack is slow, the bot's token is not valid, or it is about the question itself.

https://docs.slack.dev/reference/methods/auth.test#errors, https://docs.slack.dev/apis/web-api/rate-limits
"""

from slack_sdk.errors import SlackApiError

# "Try again"; any other error stays until somebody changes something.
PASSING = frozenset({
    "ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited",
})  # fmt: skip
# The bot's token or its scopes are at fault. Nothing is said about the person, channel or group that was asked for.
OURS = frozenset({
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "missing_scope", "access_denied",
    "not_allowed_token_type", "no_permission", "org_login_required", "ekm_access_denied", "team_access_not_granted",
    "enterprise_is_restricted", "two_factor_setup_required",
})  # fmt: skip
_LONGEST = 120.0  # seconds


def code(error: SlackApiError) -> str:
    """The code of an error. "" for an answer without one."""
    return str(error.response.get("error") or "") if hasattr(error.response, "get") else ""


def retry_after(error: SlackApiError) -> float:
    """Seconds that Slack asks to wait. 0 if it asks for none; never more than two minutes."""
    headers = getattr(error.response, "headers", None) or {}
    text = str(headers.get("Retry-After", headers.get("retry-after", "")))
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else 0.0


def token_at_fault(code_: str) -> str:
    """The beginning of a sentence about the token, with what to do."""
    return f"Slack refuses the bot's token ({code_}); fill in the one from OAuth & Permissions and start the bot again"
