"""The values of jobs. Leases and pauses are in the database's time, `due_at` in that of the work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A job that failed so often, or was lost by its workers so often, is not tried again by itself.
MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=30)


class JobStatus(StrEnum):
    """READY is waiting or being worked on; DEAD needs a person."""

    READY = "READY"
    DONE = "DONE"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class JobDraft:
    """Work to be planned: `key` is unique per kind, `due_at` since when it is due."""

    kind: str
    key: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this worker has; `lease` counts who had it, so that each knows whether it still does."""

    job_id: int
    kind: str
    key: str
    due_at: datetime
    attempts: int
    lease: int


def find_pause(attempts: int) -> timedelta:
    """How long a job waits after its n-th failure: twice as long as the time before, at most half an hour."""
    doubled = 1 << (min(attempts, 20) - 1)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)
