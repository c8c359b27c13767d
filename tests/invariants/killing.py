"""Whoever acts is killed before each of his statements in turn, or after his commit and before he hears of it."""

from collections.abc import Awaitable, Callable
from itertools import count
from random import Random
from typing import TypeVar

from tests.faults.between import COMMITTED, Hook, between_statements

Done = TypeVar("Done")
Count = Callable[[], Awaitable[object]]


class Killed(BaseException):
    """Whoever worked is gone, and does nothing about it any more."""


class Killer:
    """Chooses by a seed of its own, so that a story goes the same way with it and without. `kills` counts."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.kills = 0

    async def live(self, work: Callable[[], Awaitable[Done]], *, written: Count) -> Done:
        """
        Do the work, perhaps after dying of it. `written` counts what is in the store: whoever was killed before any
        statement of one transaction leaves nothing, and what was committed unheard is not done again.
        """
        match self.random.choice(["once", "once", "before each statement", "unheard"]):
            case "before each statement":
                return await self._die_at_each(work, written)
            case "unheard":
                return await self._die_unheard(work, written)
        return await work()

    async def _die_at_each(self, work: Callable[[], Awaitable[Done]], written: Count) -> Done:
        before, commits = await written(), 0

        for statements in count():
            left = count(statements, -1)

            async def die(statement: str, left: "count[int]" = left) -> None:
                nonlocal commits
                commits += statement == COMMITTED
                if statement != COMMITTED and next(left) <= 0:
                    raise Killed

            async def look_and_die(statement: str, die: Hook = die) -> None:
                if statement == "COMMIT" and not commits:
                    with between_statements(None):
                        assert await written() == before, "somebody was killed and has left something"
                await die(statement)

            try:
                return await self._try(work, look_and_die)
            except Killed:
                continue
        raise AssertionError("never")

    async def _die_unheard(self, work: Callable[[], Awaitable[Done]], written: Count) -> Done:
        async def die(statement: str) -> None:
            if statement == COMMITTED:
                raise Killed

        try:
            return await self._try(work, die)
        except Killed:
            before = await written()
        try:
            return await work()
        finally:
            assert await written() == before, "asked again, it was done again"

    async def _try(self, work: Callable[[], Awaitable[Done]], hook: Hook) -> Done:
        try:
            with between_statements(hook):
                return await work()
        except Killed:
            self.kills += 1
            raise
