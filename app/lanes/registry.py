"""One lane per platform and kind of work, opened on first use."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar, cast

from app.lanes.errors import LaneClosed
from app.lanes.lane import Lane
from app.lanes.retry import RetryPolicy
from ledger.db.connecting import Database

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True, eq=False)
class LaneKind(Generic[Item, Outcome]):
    """
    A kind of work that goes in batches: declared once, as a constant, beside the resolver that uses it.

    `run_batch(database, platform_id, items)` opens one transaction, runs the ledger's batch function and commits;
    one outcome per item, in order. `batch_limit` is for kinds whose items are heavier than most.
    """

    name: str
    run_batch: Callable[[Database, int, Sequence[Item]], Awaitable[Sequence[Outcome]]]
    batch_limit: int | None = None


class Lanes:
    """
    The lanes of one process: `capacity` items wait in each, at most `batch_limit` of them share a transaction.

    `committed` hears of the platform after each batch.
    """

    def __init__(
        self,
        database: Database,
        *,
        policy: RetryPolicy | None = None,
        batch_limit: int = 1_000,
        capacity: int = 10_000,
        committed: Callable[[int], None] = lambda platform_id: None,
    ) -> None:
        self._database = database
        self._committed = committed
        self._policy = policy or RetryPolicy()
        self._batch_limit = batch_limit
        self._capacity = capacity
        self._lanes: dict[tuple[LaneKind[Any, Any], int], Lane[Any, Any]] = {}
        self._closed = False

    async def submit(self, kind: LaneKind[Item, Outcome], item: Item, *, platform_id: int) -> Outcome:
        """Run one item in the platform's lane of this kind. Refusals: see Lane.submit."""
        return await self._lane(kind, platform_id).submit(item)

    async def submit_many(
        self, kind: LaneKind[Item, Outcome], items: Sequence[Item], *, platform_id: int
    ) -> list[Outcome | Exception]:
        """Run items in this order in the platform's lane of this kind. Refusals: see Lane.submit_many."""
        return await self._lane(kind, platform_id).submit_many(items)

    async def close(self) -> None:
        """Take no further items, and return once every item that is in has been answered."""
        self._closed = True
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))

    def _lane(self, kind: LaneKind[Item, Outcome], platform_id: int) -> Lane[Item, Outcome]:
        lane = self._lanes.get((kind, platform_id))
        if lane is None:
            if self._closed:
                raise LaneClosed()
            lane = Lane(
                name=kind.name,
                run_batch=partial(self._run, kind, platform_id),
                policy=self._policy,
                capacity=self._capacity,
                batch_limit=kind.batch_limit or self._batch_limit,
            )
            self._lanes[kind, platform_id] = lane
        return cast("Lane[Item, Outcome]", lane)

    async def _run(self, kind: LaneKind[Item, Outcome], platform_id: int, items: Sequence[Item]) -> Sequence[Outcome]:
        outcomes = await kind.run_batch(self._database, platform_id, items)
        self._committed(platform_id)
        return outcomes
