"""What waits in a lane: a value, who sent it, and when. And how batches of them are run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from app.lanes.registry import LaneKind
from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection
from ledger.journal.model import Refused

Value = TypeVar("Value")
Outcome = TypeVar("Outcome")
Draft_contra = TypeVar("Draft_contra", contravariant=True)
Drafted_co = TypeVar("Drafted_co", covariant=True)

RunMany = Callable[[Connection, list[Value], Actor, datetime], Awaitable[Sequence[Outcome | Refused]]]
RunOne = Callable[[Connection, Value, Actor, datetime], Awaitable[Outcome]]


class WriteDrafts(Protocol[Draft_contra, Drafted_co]):
    """A batch function of the ledger, as most are: drafts in, one outcome each out."""

    def __call__(
        self, conn: Connection, *, drafts: Sequence[Draft_contra], actor: Actor, now: datetime
    ) -> Awaitable[Sequence[Drafted_co]]: ...


@dataclass(frozen=True, slots=True)
class Call(Generic[Value]):
    """One item of somebody's; `now` is the edge's clock when it came in."""

    actor: Actor
    now: datetime
    value: Value


def make_batch_kind(name: str, run: RunMany[Value, Outcome]) -> LaneKind[Call[Value], Outcome | Refused]:
    """
    Make a kind whose batches share one transaction.

    The ledger's batch functions work for one actor, so `run` is called once per actor. An actor's items keep their
    order; those of different actors were under way at the same time, and have none.
    """

    async def run_batch(
        database: Database, platform_id: int, calls: Sequence[Call[Value]]
    ) -> Sequence[Outcome | Refused]:
        outcomes: dict[int, Outcome | Refused] = {}
        async with database.write(platform_id) as conn:
            for places in _group_by_actor(calls):
                values = [calls[place].value for place in places]
                last = calls[places[-1]]
                outcomes.update(zip(places, await run(conn, values, last.actor, last.now), strict=True))
        return [outcomes[place] for place in range(len(calls))]

    return LaneKind(name, run_batch)


def make_draft_kind(name: str, write: WriteDrafts[Value, Outcome]) -> LaneKind[Call[Value], Outcome | Refused]:
    """As make_batch_kind, of a function of the ledger that takes drafts."""

    async def run(conn: Connection, drafts: list[Value], actor: Actor, now: datetime) -> Sequence[Outcome]:
        return await write(conn, drafts=drafts, actor=actor, now=now)

    return make_batch_kind(name, run)


def make_single_kind(name: str, run: RunOne[Value, Outcome]) -> LaneKind[Call[Value], Outcome | Refused]:
    """
    Make a kind whose items have a transaction each, for rare work: what it refuses is raised and rolled back.

    One item a batch, so that trying a batch again never makes a replay of a neighbour that was through.
    """

    async def run_batch(
        database: Database, platform_id: int, calls: Sequence[Call[Value]]
    ) -> Sequence[Outcome | Refused]:
        (call,) = calls
        async with database.write(platform_id) as conn:
            return [await run(conn, call.value, call.actor, call.now)]

    return LaneKind(name, run_batch, batch_limit=1)


def _group_by_actor(calls: Sequence[Call[Value]]) -> list[list[int]]:
    groups: dict[Actor, list[int]] = {}
    for place, call in enumerate(calls):
        groups.setdefault(call.actor, []).append(place)
    return list(groups.values())
