"""Slack: channels belong to environments that are there."""

from collections.abc import Iterator

from generator.config.problems import Parts, Problem, one_of


def check(parts: Parts) -> Iterator[Problem]:
    """Yield environments that do not exist, and a workspace in which nothing could be released."""
    slack = parts.platform.slack if parts.platform is not None else None
    if slack is None:
        return
    accounts = {env.account for env in parts.environments.values()}
    known = [*parts.environments, "home", *sorted(accounts)]
    for field, named in (("channels", slack.channels), ("notify", slack.notify)):
        for name in named:
            if name not in known:
                problem = f"no environment is called {name!r}"
                fix = one_of(known, name) or "describe it in environments/ first"
                yield Problem("platform", "platform", (("slack", field, name),), problem, fix)
    if not slack.default and not any(slack.channels.values()):
        problem = "no channel is given, so nothing could be released from chat"
        fix = "write channels, or default: [C…]"
        yield Problem("platform", "platform", (("slack",),), problem, fix)
