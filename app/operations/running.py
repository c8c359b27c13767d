"""One operation being run by its plan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import CoroutineType
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError, located_error
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import get_argument_values
from strawberry.execution import optimized_is_awaitable

from app.operations.asked import Asked, Place
from app.operations.together import PENDING, Step, Together

# Finds the value of a field of a thing, or what is to be awaited for it.
Resolve = Callable[["Run", Any, Place], Any]
# What the answer shows for a value at its place. It raises what is wrong with the value.
Finish = Callable[["Run", Any, Place], Any]
# The value of a field of a thing as the answer shows it; the dictionary is where it will stand.
Find = Callable[["Run", Any, Place | None, dict[str, Any]], Any]


class PlannedField(NamedTuple):
    """One field of a selection. `find` does all of it; `resolve` and `finish` are its halves."""

    key: str
    asked: Asked
    resolve: Resolve
    finish: Finish
    find: Find


class Run:
    """What lives as long as one operation is being run. `executor` is the library's, which knows all that was given."""

    def __init__(self, executor: Any) -> None:
        self.executor = executor
        self.context = executor.context_value
        self.converted: dict[Asked, Mapping[str, Any]] = {}
        self._arguments: dict[Asked, dict[str, Any]] = {}
        self._errors = executor.collected_errors
        self._together = Together()
        # Places that became null while something was on its way below them, with their containers, so that nothing else
        # can get a container's number meanwhile.
        self._given_up: dict[tuple[int, str | int], Any] = {}

    async def answer(self, fields: Sequence[PlannedField], *, serially: bool) -> ExecutionResult:
        """Run the root fields, one after the other where they write. What failed is null, and an error."""
        data: dict[str, Any] = {}
        try:
            for field in fields:
                if serially:
                    await self._find_alone(field, data)
                else:
                    data[field.key] = field.find(self, self.executor.root_value, None, data)
            await self._finish_all()
        except GraphQLError as error:
            self._errors.add(error, None)
            await self._together.drop_all()
            return ExecutionResult(None, self._errors.errors)
        except asyncio.CancelledError:
            await self._together.drop_all()
            raise
        return ExecutionResult(data, self._errors.errors or None)

    def begin(self, awaited: Awaitable[Any], asked: Asked, finish: Finish, place: Place) -> Any:
        """Take what a resolver gave to be awaited as far as it comes: its value, or PENDING, and finished later."""
        coroutine = awaited if type(awaited) is CoroutineType else _await(awaited)
        return self._together.advance(Step(coroutine, (asked, finish, place)))

    def fail(self, failure: Exception, asked: Asked, place: Place) -> Any:
        """Make a place null and remember why; where there must be a value, the failure is raised on to the next."""
        path = place.write_path()
        steps = path.as_list()
        error = located_error(failure, asked.nodes, steps)
        if not place.may_be_null:
            raise error
        self._errors.add(error, path)
        if error.path != steps:  # else it failed before anything below it began
            self._give_up(place)
        return None

    def read_arguments(self, asked: Asked) -> dict[str, Any]:
        """The arguments of a field, read once. What is wrong with them is raised."""
        known = self._arguments.get(asked)
        if known is None:
            executor = self.executor
            known = self._arguments[asked] = (
                get_argument_values(
                    asked.definition, asked.nodes[0], executor.variable_values, None, executor.hide_suggestions
                )
                if asked.takes_arguments
                else {}
            )
        return known

    def describe(self, asked: Asked, place: Place) -> Any:
        """The library's record of a field being resolved."""
        while isinstance(place.key, int) and place.above is not None:
            place = place.above
        return self.executor.build_resolve_info(asked.definition, asked.nodes, asked.parent, place.write_path())

    def list_details(self, asked: Asked) -> list[FieldDetails]:
        """The library's record of how a field was asked for."""
        return [FieldDetails(node, None) for node in asked.nodes]

    async def _find_alone(self, field: PlannedField, data: dict[str, Any]) -> None:
        """A mutation with all that it shows. The operation's task awaits it, and cancels what it waits for."""
        place = Place(None, field.key, field.asked.parent.name, data, field.asked.may_be_null)
        try:
            value = field.resolve(self, self.executor.root_value, place)
            if optimized_is_awaitable(value):
                value = await value
            if isinstance(value, Exception):
                raise value
            data[field.key] = field.finish(self, value, place)
        except Exception as failure:  # whatever it is, the answer says it at its place
            data[field.key] = None
            self.fail(failure, field.asked, place)
        await self._finish_all()

    async def _finish_all(self) -> None:
        while self._together:
            if self._given_up and not self._together.is_ready:
                self._drop_given_up()
                continue
            step = await self._together.wait()
            if step.is_dropped:
                self._together.finish_dropped(step)
            elif self._given_up and self._is_given_up(step):
                self._together.stop(step)
            else:
                self._go_on(step)

    def _give_up(self, place: Place) -> None:
        if self._together:
            self._given_up[id(place.container), place.key] = place.container

    def _drop_given_up(self) -> None:
        """Once for all that failed in a turn: to look through all that wait for each failure took minutes of a page."""
        self._together.drop(step for step in self._together.list_waiting() if self._is_given_up(step))
        self._given_up.clear()

    def _is_given_up(self, step: Step) -> bool:
        place: Place | None = step.subject[2]
        while place is not None:
            if (id(place.container), place.key) in self._given_up:
                return True
            place = place.above
        return False

    def _go_on(self, step: Step) -> None:
        asked, finish, place = step.subject
        try:
            value = self._together.advance(step)
            if value is PENDING:
                return
            if isinstance(value, Exception):
                raise value
            place.container[place.key] = finish(self, value, place)
        except Exception as failure:  # whatever it is, the answer says it at its place
            self._lose(failure, asked, place)

    def _lose(self, failure: Exception, asked: Asked, place: Place) -> None:
        """A field failed whose neighbours have been shown: what must not be without it goes, up to what may be null."""
        try:
            self.fail(failure, asked, place)
        except GraphQLError as error:
            above = place.above
            while above is not None and not above.may_be_null:
                above = above.above
            if above is None:
                raise
            above.container[above.key] = None
            self._errors.add(error, above.write_path())
            self._give_up(above)


async def _await(awaited: Awaitable[Any]) -> Any:
    return await awaited
