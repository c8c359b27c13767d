"""What a kind of work is."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.db.transacting import Connection

MINUTE = timedelta(minutes=1)


class Progress(NamedTuple):
    """
    What one step did, and whether it was the last: its transaction then ends the job, too. Before the next step it
    rests that long, so that others can post.
    """

    counts: Mapping[str, int]
    is_done: bool
    rest: timedelta = timedelta()


class Errand(NamedTuple):
    """What an errand may use. It keeps its own transactions short, and leaves each in order."""

    database: Database
    platform_id: int
    now: datetime
    actor: Actor


Step = Callable[[Connection, datetime, Actor], Awaitable[Progress]]
Run = Callable[[Errand], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Work:
    """
    A kind of work: `step` posts, and each call is one transaction in which the job is kept or ended as well; `run` is
    an errand, for what needs several transactions or another system. What stays due though a job has seen to it (a
    party without a bank account) is looked at again when the log has moved, and at most once per `every` when not.
    `first` is an errand that has to be done before the steps, whoever has the job that it is: jobs are had in the order
    in which they are due, and by several workers at once.
    """

    kind: str
    step: Step | None = None
    run: Run | None = None
    every: timedelta = MINUTE
    first: Run | None = None

    def __post_init__(self) -> None:
        assert (self.step is None) != (self.run is None), "work is done in steps or as an errand"
        assert self.first is None or self.step is not None, "an errand does first what it needs"


def repeat(name: str, act: Callable[[Connection, datetime, Actor], Awaitable[int]]) -> Step:
    """Make steps of a function that does a bounded part and returns how much that was: done when that is nothing."""

    async def step(conn: Connection, now: datetime, actor: Actor) -> Progress:
        count = await act(conn, now, actor)
        return Progress({name: count}, is_done=count == 0)

    return step
