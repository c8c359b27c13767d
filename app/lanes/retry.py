"""What is tried again, how often, and when the honest answer is that the outcome is unknown."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from app.lanes import metrics
from app.lanes.errors import ConflictPersists, Resource, StoreExhausted
from app.refusals import DeadlineExceeded
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.errors import LedgerError

T = TypeVar("T")

# Full jitter: callers that collided once do not collide again in step.
_SHORTEST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """
    How long one batch is pursued. `patience_seconds` spans all its tries and the pauses between them.

    Serialization failures and deadlocks are retried `conflict_retries` times, a lock timeout and a connection lost
    before COMMIT once. After a lost COMMIT the same batch runs again until it is answered: keys make that a replay.
    """

    patience_seconds: float = 15.0
    conflict_retries: int = 5

    async def run(self, attempt: Callable[[], Awaitable[T]], *, lane: str) -> T:
        """
        Run one batch to its answer.

        Refusals: OutcomeUnknown, DatabaseUnavailable, ConflictPersists, DeadlineExceeded, StoreExhausted. Any other
        exception of `attempt` flies on, unless an earlier COMMIT went unanswered: then the outcome stays unknown.
        """
        pursuit = _Pursuit(self, lane)
        try:
            async with asyncio.timeout(self.patience_seconds) as patience:
                while True:
                    try:
                        return await attempt()
                    except Exception as failure:
                        pursuit.judge(failure)
                        if patience.expired():
                            raise TimeoutError from failure
                    await asyncio.sleep(pursuit.pause())
        except TimeoutError as late:
            # Nobody can say whether the try that was cut off had sent its COMMIT.
            raise OutcomeUnknown() from late


class _Pursuit:
    """One batch on its way: which failures it met so far."""

    def __init__(self, policy: RetryPolicy, lane: str) -> None:
        self._policy = policy
        self._lane = lane
        self._failures: Counter[str] = Counter()

    def judge(self, failure: Exception) -> None:
        """Return when the batch is worth another try; raise what its callers shall hear when it is not."""
        cause, retries, refusal = self._classify(failure)
        unanswered = self._failures["lost_commit"] > 0
        if unanswered and cause not in _ENDS_WITH_PATIENCE:
            retries = 0
            refusal = OutcomeUnknown()
        elif unanswered:
            retries = None
        if retries is not None and self._failures[cause] >= retries:
            raise refusal from (failure if refusal is not failure else None)
        self._failures[cause] += 1
        metrics.RETRIES.labels(self._lane, cause).inc()

    def pause(self) -> float:
        tries = self._failures.total()
        longest = min(_LONGEST_PAUSE_SECONDS, _SHORTEST_PAUSE_SECONDS * 2**tries)
        return random.uniform(_SHORTEST_PAUSE_SECONDS, longest)

    def _classify(self, failure: Exception) -> tuple[str, int | None, Exception]:
        """Name the failure, how often it may be retried (None: while patience lasts) and the refusal after that."""
        match failure:
            case OutcomeUnknown():
                return "lost_commit", None, failure
            case DatabaseUnavailable():
                return "lost_connection", 1, failure
            case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
                tries = self._policy.conflict_retries
                return "conflict", tries, ConflictPersists(tries=tries + 1)
            case asyncpg.LockNotAvailableError():
                return "lock_timeout", 1, ConflictPersists(tries=2)
        return "refused", 0, _name_refusal(failure)


# After a lost COMMIT these say nothing about it, so the question is put again until patience runs out.
_ENDS_WITH_PATIENCE = frozenset({"lost_commit", "lost_connection", "conflict", "lock_timeout"})


def _name_refusal(failure: Exception) -> Exception:
    match failure:
        case LedgerError():
            return failure
        case asyncpg.QueryCanceledError():
            return DeadlineExceeded()
        case asyncpg.DiskFullError():
            return StoreExhausted(resource=Resource.DISK)
        case asyncpg.OutOfMemoryError():
            return StoreExhausted(resource=Resource.MEMORY)
        case asyncpg.TooManyConnectionsError():
            return StoreExhausted(resource=Resource.CONNECTIONS)
    return failure
