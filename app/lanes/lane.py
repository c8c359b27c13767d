"""One lane: a bounded queue in the process and at most one worker that turns what waits into batches."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from app.lanes import metrics
from app.lanes.errors import LaneClosed, LaneFull
from app.lanes.retry import RetryPolicy
from ledger.db.errors import OutcomeUnknown
from ledger.errors import InvariantBroken, LedgerError

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Waiting(Generic[Item, Outcome]):
    item: Item
    future: asyncio.Future[Outcome]
    since: float


class Lane(Generic[Item, Outcome]):
    """
    A queue of at most `capacity` items, drained in order into batches of at most `batch_limit`.

    There is no timer: the first caller's batch starts at once, and whoever arrives meanwhile forms the next one.
    `run_batch` returns one outcome per item, in order. When it fails as a whole for a reason that is not the store's,
    the items run again one by one, so that a bad item fails alone; keys make what had posted a replay.
    """

    def __init__(
        self,
        *,
        name: str,
        run_batch: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        policy: RetryPolicy,
        capacity: int,
        batch_limit: int,
    ) -> None:
        self._name = name
        self._run_batch = run_batch
        self._policy = policy
        self._capacity = capacity
        self._batch_limit = batch_limit
        self._waiting: deque[_Waiting[Item, Outcome]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, item: Item) -> Outcome:
        """
        Run one item in some batch and return its outcome.

        A caller that is cancelled gives up its answer, not its item: it may still post.

        Refusals: LaneClosed, LaneFull, then whatever RetryPolicy.run refuses with.
        """
        (future,) = self._enqueue([item])
        return await future

    async def submit_many(self, items: Sequence[Item]) -> list[Outcome | Exception]:
        """
        Run items in this order, in as few batches as there is room for; each gets its outcome or its exception.

        Either all items enter the lane or none does.

        Refusals: LaneClosed, LaneFull.
        """
        futures = self._enqueue(items)
        answers: list[Outcome | Exception] = []
        try:
            for future in futures:
                try:
                    answers.append(await future)
                except Exception as failure:
                    answers.append(failure)
        finally:
            # A caller that goes away half-way leaves no future behind with an exception that nobody reads.
            for future in futures[len(answers) :]:
                future.cancel()
        return answers

    async def close(self) -> None:
        """Take no further items, and return once every item that is in has been answered."""
        self._closed = True
        while self._worker is not None:
            await asyncio.wait([self._worker])

    def _enqueue(self, items: Sequence[Item]) -> list[asyncio.Future[Outcome]]:
        if self._closed:
            raise LaneClosed()
        # A list larger than the whole lane could never enter it: an empty lane takes any one list.
        if self._waiting and len(self._waiting) + len(items) > self._capacity:
            metrics.REFUSED.labels(self._name).inc(len(items))
            raise LaneFull(waiting=len(self._waiting))
        loop = asyncio.get_running_loop()
        now = loop.time()
        entered = [_Waiting(item, loop.create_future(), now) for item in items]
        self._waiting.extend(entered)
        metrics.WAITING.labels(self._name).inc(len(entered))
        if self._worker is None and entered:
            # An empty context: the worker serves many requests and must not log under the name of the first.
            self._worker = loop.create_task(self._work(), context=contextvars.Context())
        return [waiting.future for waiting in entered]

    async def _work(self) -> None:
        batch: list[_Waiting[Item, Outcome]] = []
        try:
            while self._waiting:
                batch = self._take_batch()
                if batch:
                    await self._answer(batch)
        finally:
            # Nothing is awaited between the last look at the queue and here, so no item can slip in unserved.
            self._worker = None
            self._abandon(batch)

    def _take_batch(self) -> list[_Waiting[Item, Outcome]]:
        batch: list[_Waiting[Item, Outcome]] = []
        taken = 0
        now = asyncio.get_running_loop().time()
        observe_wait = metrics.WAIT_SECONDS.labels(self._name).observe
        while self._waiting and len(batch) < self._batch_limit:
            waiting = self._waiting.popleft()
            taken += 1
            # Whoever gave up before its batch began is spared the work; an overloaded lane recovers sooner.
            if not waiting.future.done():
                batch.append(waiting)
                observe_wait(now - waiting.since)
        metrics.WAITING.labels(self._name).dec(taken)
        return batch

    async def _answer(self, batch: list[_Waiting[Item, Outcome]]) -> None:
        metrics.BATCH_ITEMS.labels(self._name).observe(len(batch))
        try:
            outcomes = await self._policy.run(lambda: self._run_counted(batch), lane=self._name)
        except Exception as failure:
            await self._answer_failure(batch, failure)
            return
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not waiting.future.done():
                waiting.future.set_result(outcome)

    async def _run_counted(self, batch: list[_Waiting[Item, Outcome]]) -> Sequence[Outcome]:
        outcomes = await self._run_batch([waiting.item for waiting in batch])
        if len(outcomes) != len(batch):
            raise InvariantBroken(f"lane {self._name}: {len(outcomes)} outcomes for {len(batch)} items")
        return outcomes

    async def _answer_failure(self, batch: list[_Waiting[Item, Outcome]], failure: Exception) -> None:
        # What the store refused, it refused to all of them; running them singly would only queue up behind it.
        of_the_store = isinstance(failure, LedgerError) and failure.retryable
        if len(batch) > 1 and not of_the_store:
            metrics.SINGLED.labels(self._name).inc()
            log.error("lane.batch_failed", lane=self._name, items=len(batch), exc_info=failure)
            for waiting in batch:
                await self._answer([waiting])
            return
        for waiting in batch:
            if not waiting.future.done():
                waiting.future.set_exception(failure)

    def _abandon(self, batch: list[_Waiting[Item, Outcome]]) -> None:
        """Answer everybody when the worker itself is cancelled: the loop is going down and nobody else will."""
        for waiting in batch:
            if not waiting.future.done():
                waiting.future.set_exception(OutcomeUnknown())
        metrics.WAITING.labels(self._name).dec(len(self._waiting))
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.future.done():
                waiting.future.set_exception(LaneClosed())
