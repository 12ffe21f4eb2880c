"""The people of a configuration as IAM users of the sandbox, so that SQS attests who speaks, as in AWS."""

from __future__ import annotations

import fcntl
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_PATH = "/people/"
_MAY = "slipway"


class User(NamedTuple):
    """A person as IAM knows them: the id that is attested, and keys to speak with."""

    id: str
    access: str
    secret: str


def users(iam: Callable[..., dict[str, Any]], names: Sequence[str], key_file: Path, releases: str) -> dict[str, User]:
    """Every person's user, created if it is not there. Keys are kept in the file ``key_file``, since IAM tells them once.

    Args:
        iam: Calls IAM of the home account as its root.
        names: The people.
        key_file: Where keys of earlier runs are.
        releases: Name of the release table and queue, which users may read and send to.
    """
    key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Several commands may begin at once: a second one would create a user again, or delete the keys of the first.
    with key_file.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _users(iam, names, key_file, releases)


def _users(iam: Callable[..., dict[str, Any]], names: Sequence[str], key_file: Path, releases: str) -> dict[str, User]:
    there = {row["UserName"]: row["UserId"] for row in iam("list_users", PathPrefix=_PATH)["Users"]}
    known = _kept(key_file)
    found: dict[str, User] = {}
    for name in names:
        user = known.get(name)
        if user is None or there.get(name) != user.id:
            user = _made(iam, name, there.get(name, ""), releases)
        found[name] = user
    if found != known:
        partial = key_file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(found))
        partial.replace(key_file)
    return found


def _made(iam: Callable[..., dict[str, Any]], name: str, id_: str, releases: str) -> User:
    if not id_:
        id_ = iam("create_user", UserName=name, Path=_PATH)["User"]["UserId"]
        iam("put_user_policy", UserName=name, PolicyName=_MAY, PolicyDocument=json.dumps(_policy(releases)))
    for row in iam("list_access_keys", UserName=name)["AccessKeyMetadata"]:
        iam("delete_access_key", UserName=name, AccessKeyId=row["AccessKeyId"])
    key = iam("create_access_key", UserName=name)["AccessKey"]
    return User(id_, key["AccessKeyId"], key["SecretAccessKey"])


def _policy(releases: str) -> dict[str, Any]:
    """What people need who ask and look: the queue's entrance, and the log to read."""
    read = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": f"arn:aws:sqs:*:*:{releases}"},
            {"Effect": "Allow", "Action": read, "Resource": f"arn:aws:dynamodb:*:*:table/{releases}*"},
        ],
    }


def _kept(path: Path) -> dict[str, User]:
    try:
        return {name: User(*row) for name, row in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
