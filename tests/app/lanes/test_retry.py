"""What is tried again and what the caller hears in the end; the failures are the store's own exception types."""

import asyncio

import asyncpg
import pytest

from app.lanes.errors import ConflictPersists, StoreExhausted
from app.lanes.retry import RetryPolicy
from app.refusals import DeadlineExceeded
from ledger.db.errors import DatabaseUnavailable, OutcomeUnknown
from ledger.errors import InvalidInput
from tests.waiting import HANGS_S, Deadlines


class Attempts:
    """An attempt that fails as told, then answers."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.made = 0

    async def __call__(self) -> str:
        self.made += 1
        if self.made <= len(self.failures):
            raise self.failures[self.made - 1]
        return "posted"


async def pursue(attempts: Attempts, **policy: float) -> str:
    return await RetryPolicy(**policy).run(attempts, lane="test")  # type: ignore[arg-type]


@pytest.mark.parametrize("conflict", [asyncpg.SerializationError, asyncpg.DeadlockDetectedError])
async def test_five_conflicts_are_retried_and_the_sixth_is_a_refusal(conflict):
    five = Attempts(*[conflict("x")] * 5)
    six = Attempts(*[conflict("x")] * 6)

    assert await pursue(five) == "posted"
    with pytest.raises(ConflictPersists) as refusal:
        await pursue(six)

    assert (five.made, six.made) == (6, 6)
    assert (refusal.value.code, refusal.value.retryable, refusal.value.facts) == ("CONFLICT", True, {"tries": 6})


async def test_a_lock_timeout_is_retried_once():
    with pytest.raises(ConflictPersists):
        await pursue(attempts := Attempts(*[asyncpg.LockNotAvailableError("x")] * 2))

    assert attempts.made == 2


async def test_a_connection_lost_before_commit_is_retried_once_on_a_fresh_one():
    once = Attempts(DatabaseUnavailable())
    twice = Attempts(DatabaseUnavailable(), DatabaseUnavailable())

    assert await pursue(once) == "posted"
    with pytest.raises(DatabaseUnavailable):
        await pursue(twice)

    assert (once.made, twice.made) == (2, 2)


async def test_a_lost_commit_is_answered_by_running_the_same_batch_until_the_store_is_back():
    attempts = Attempts(OutcomeUnknown(), *[DatabaseUnavailable()] * 4, OutcomeUnknown())

    assert await pursue(attempts) == "posted"

    assert attempts.made == 7


async def test_a_lost_commit_stays_unknown_when_the_store_does_not_come_back_in_time(monkeypatch):
    deadlines = Deadlines(monkeypatch, seconds=HANGS_S)

    class Ending(Attempts):
        async def __call__(self) -> str:
            if self.made == 3:
                deadlines.end()
            return await super().__call__()

    attempts = Ending(OutcomeUnknown(), *[DatabaseUnavailable()] * 1_000)

    with pytest.raises(OutcomeUnknown):
        await pursue(attempts, patience_seconds=HANGS_S)

    assert attempts.made == 4


async def test_a_lost_commit_stays_unknown_when_the_replay_fails_for_another_reason():
    with pytest.raises(OutcomeUnknown):
        await pursue(Attempts(OutcomeUnknown(), ValueError("a bug")))


async def test_a_try_that_is_cut_off_by_the_deadline_is_unknown_and_not_failed():
    async def hang() -> str:
        await asyncio.sleep(60)
        return "late"

    with pytest.raises(OutcomeUnknown):
        await RetryPolicy(patience_seconds=0.05).run(hang, lane="test")


@pytest.mark.parametrize(
    ("failure", "refusal", "code"),
    [
        (asyncpg.QueryCanceledError("x"), DeadlineExceeded, "DEADLINE_EXCEEDED"),
        (asyncpg.DiskFullError("x"), StoreExhausted, "STORE_EXHAUSTED"),
        (asyncpg.OutOfMemoryError("x"), StoreExhausted, "STORE_EXHAUSTED"),
        (asyncpg.TooManyConnectionsError("x"), StoreExhausted, "STORE_EXHAUSTED"),
    ],
)
async def test_a_store_without_time_or_room_is_not_asked_again(failure, refusal, code):
    attempts = Attempts(failure)

    with pytest.raises(refusal) as caught:
        await pursue(attempts)

    assert attempts.made == 1
    assert (caught.value.code, caught.value.retryable) == (code, True)


@pytest.mark.parametrize("failure", [ValueError("a bug"), InvalidInput(reason="x"), asyncpg.CheckViolationError("law")])
async def test_anything_else_flies_on_untouched(failure):
    with pytest.raises(type(failure)) as caught:
        await pursue(Attempts(failure))

    assert caught.value is failure
