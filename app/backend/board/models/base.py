"""What every value of the API is made of."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """An immutable value. Times are ISO 8601 in UTC, durations seconds, money US dollars a month."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Model):
    """Why a request was not answered: a sentence that ends with what to do, and the id that the logs carry."""

    error: str
    request_id: str = ""


class Off(Model):
    """A part of the board that can't tell anything now, and why."""

    what: str
    why: str


class Version(Model):
    """A version: the commit, its first line, and the digests of what runs."""

    commit: str
    subject: str = ""
    image: str = ""
    template: str = ""


def instant(epoch: float) -> datetime | None:
    """Epoch seconds of the log as a moment; 0 is none."""
    return datetime.fromtimestamp(epoch, UTC) if epoch > 0 else None


def moment(epoch: float) -> datetime:
    """Epoch seconds of the log as a moment that must be there."""
    return datetime.fromtimestamp(epoch, UTC)


__all__ = ["Field", "Model", "Off", "Problem", "Version", "instant", "moment"]
