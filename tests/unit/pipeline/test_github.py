"""GitHub's API as the workflows use it: pages, tokens, limits, and what is never asked twice."""

from collections.abc import Callable, Iterator

import pytest

from generator.errors import UsageError
from generator.pipeline.github import GitHub, GitHubError
from tests.fakes.github_server import REPOSITORY, TOKEN, FakeGitHub, Refusal, served


@pytest.fixture
def fake() -> FakeGitHub:
    """A repository without anything in it."""
    return FakeGitHub()


@pytest.fixture
def api(fake: FakeGitHub) -> Iterator[str]:
    """Where it answers."""
    with served(fake) as address:
        yield address


@pytest.fixture
def waits() -> list[float]:
    """Seconds that were waited, one after the other."""
    return []


@pytest.fixture
def github(api: str, waits: list[float]) -> GitHub:
    """What a workflow holds."""
    return GitHub(api, REPOSITORY, TOKEN, sleep=waits.append)


@pytest.mark.parametrize("count", [0, 99, 100, 101, 250])
def test_every_page_is_read(github: GitHub, fake: FakeGitHub, count: int) -> None:
    """GitHub gives at most 100 rows at a time; all of them arrive, in order."""
    for number in range(count):
        fake.comment(7, f"comment {number}")
    assert [c.body for c in github.comments(7)] == [f"comment {number}" for number in range(count)]


def test_what_is_written_can_be_read(github: GitHub, fake: FakeGitHub) -> None:
    """Comments, issues and deployments are created and changed; pull requests are no issues."""
    github.add_comment(7, "a")
    [comment] = github.comments(7)
    github.edit_comment(comment.id, "b")
    assert [(c.body, c.login) for c in github.comments(7)] == [("b", "github-actions[bot]")]
    number = github.open_issue("Drift in prod", "text", "drift")
    fake.issues.append({**fake.issues[0], "number": 9, "pull_request": {}})
    assert [i.number for i in github.open_issues("drift")] == [number]
    github.edit_issue(number, state="closed")
    assert [i.number for i in github.open_issues("drift")] == []
    fake.commits.add("a" * 40)
    made = github.open_deployment({"ref": "a" * 40, "task": "deploy:app", "environment": "prod", "payload": {}})
    github.set_status(made, {"state": "success", "description": "well"})
    [row] = github.deployments("deploy:app")
    assert (row["auto_merge"], row["required_contexts"]) == (False, [])
    assert [s["state"] for s in github.statuses(made)] == ["success"]


@pytest.mark.parametrize(
    ("refusal", "waited"),
    [
        (Refusal(503), 2.0),
        (Refusal(503, {"Retry-After": "7"}), 7.0),
        (Refusal(429, {"Retry-After": "3600"}), 60.0),
        (Refusal(403, {"X-RateLimit-Remaining": "0"}), 60.0),
        (Refusal(403, {"Retry-After": "5", "X-RateLimit-Remaining": "12"}), 5.0),
    ],
)
def test_a_limit_is_waited_for(
    github: GitHub, fake: FakeGitHub, waits: list[float], refusal: Refusal, waited: float
) -> None:
    """As long as GitHub says, a minute at most, and then it is asked again."""
    fake.refusals.append(refusal)
    fake.comment(7, "there")
    assert [c.body for c in github.comments(7)] == ["there"]
    assert waits == [waited]


@pytest.mark.parametrize(
    ("refusals", "said"),
    [
        ([Refusal(403, {}, {"message": "Resource not accessible by integration"})], "give the job the permission"),
        ([Refusal(404, {}, {"message": "Not Found"})], "missing"),
        ([Refusal(422, {}, {"message": "Validation Failed"})], "422 Validation Failed"),
        ([Refusal(500)] * 4, "500"),
    ],
)
def test_a_refusal_is_told_in_a_sentence(github: GitHub, fake: FakeGitHub, refusals: list[Refusal], said: str) -> None:
    """With what GitHub said and what to do; after four tries nobody asks any more."""
    fake.refusals += refusals
    with pytest.raises(GitHubError, match=said):
        list(github.comments(7))
    assert fake.refusals == []


def test_what_may_have_been_done_is_not_done_again(github: GitHub, fake: FakeGitHub, waits: list[float]) -> None:
    """A comment whose answer was a 5xx may stand there: a second one is never written."""
    fake.refusals.append(Refusal(502))
    with pytest.raises(GitHubError):
        github.add_comment(7, "once")
    assert (fake.calls, waits) == ([f"POST /repos/{REPOSITORY}/issues/7/comments"], [])


def test_a_token_goes_to_no_other_host(github: GitHub, fake: FakeGitHub) -> None:
    """A redirect is refused, and who it points to is not asked."""
    other = FakeGitHub()
    with served(other) as elsewhere:
        fake.refusals.append(Refusal(302, {"Location": f"{elsewhere}/repos/{REPOSITORY}/issues/7/comments"}))
        with pytest.raises(GitHubError, match="302"):
            list(github.comments(7))
    assert other.calls == []


def test_a_wrong_token_and_no_answer_are_told(api: str, fake: FakeGitHub, waits: list[float]) -> None:
    """Each in one sentence; the token is in none."""
    with pytest.raises(GitHubError, match=r"401 Bad credentials; the token is wrong or has expired"):
        list(GitHub(api, REPOSITORY, "other", sleep=waits.append).comments(7))
    with pytest.raises(GitHubError, match=r"did not answer GET .*run the job again") as raised:
        list(GitHub("http://127.0.0.1:9", REPOSITORY, TOKEN, sleep=waits.append).comments(7))
    assert TOKEN not in str(raised.value)
    assert waits == [2.0, 4.0, 8.0]
    assert len(fake.calls) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: GitHub("http://api.github.com", REPOSITORY, TOKEN),
        lambda: GitHub("file:///etc", REPOSITORY, TOKEN),
        lambda: GitHub("https://api.github.com", "acme", TOKEN),
        lambda: GitHub("https://api.github.com", "acme/shop/issues", TOKEN),
    ],
)
def test_only_a_repository_on_https_is_taken(make: Callable[[], GitHub]) -> None:
    """A token is sent over TLS alone, and to the API of a repository."""
    with pytest.raises(UsageError):
        make()
