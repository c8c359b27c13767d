"""Events told to many at once: whoever would be told the same waits for one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from graphql import DocumentNode, FieldNode, OperationDefinitionNode, VariableNode, visit
from graphql.language import Visitor

from app.operations.answers import Answer
from app.operations.pace import TookTooLong
from app.strict_json import write_json

# Works out the answers of so many events: the first of those that somebody is to be told of.
WorkOut = Callable[[int], Awaitable[list[Answer]]]


@dataclass(slots=True)
class Asker:
    """Somebody who asks again and again, and how many runs had begun when what he was told last had been read."""

    begun: int = 0


@dataclass(slots=True, eq=False)
class _Run:
    number: int
    keys: Sequence[Hashable]
    task: asyncio.Task[list[Answer]]
    waiting: int = 0
    begun_at_end: int = 0


class SharedAnswers:
    """
    Answers that are being worked out, each for all who ask for it meanwhile.

    Nothing is kept once it is there: who comes later reads a later snapshot, so that time never runs backwards for him.
    """

    def __init__(self) -> None:
        self._runs: dict[Hashable, tuple[_Run, int]] = {}
        self._begun = 0

    async def find(self, keys: Sequence[Hashable], work_out: WorkOut, asker: Asker) -> list[Answer]:
        """
        Find the answers of the first of these keys, one at least: those that somebody works out already, together, else
        those that nobody does, worked out once for all.

        A run reads its snapshot sometime between its beginning and its end. So only one that began after the end of the
        asker's last is his too, and he is not told of an event as it was before what he has had.

        What failed, or has errors, is of its first asker alone: errors name his request. That many took too long
        together (TookTooLong) is of all who wait for more than one of them. The work goes on as long as anybody waits
        for any of it.
        """
        joined = self._find_run(keys[0], asker)
        if joined is None:
            free = [*takewhile(lambda key: self._find_run(key, asker) is None, keys)]
            run = self._begin(free, work_out)
            answers = await self._wait(run)
            asker.begun = run.begun_at_end
            return answers
        places = [self._runs[key][1] for key in takewhile(lambda key: self._is_of(key, joined), keys)]
        try:
            answers = await self._wait(joined)
        except Exception as failure:  # the others may be luckier, and end with a refusal of their own if not
            if isinstance(failure, TookTooLong) and len(places) > 1:
                raise
            return await self._work_out_alone(work_out, len(places), asker)
        sound = [*takewhile(Answer.is_sound, (answers[place] for place in places))]
        if not sound:
            return await self._work_out_alone(work_out, 1, asker)
        asker.begun = joined.begun_at_end
        return sound

    def _find_run(self, key: Hashable, asker: Asker) -> _Run | None:
        run, _ = self._runs.get(key, (None, 0))
        return run if run is not None and run.number > asker.begun else None

    def _begin(self, keys: Sequence[Hashable], work_out: WorkOut) -> _Run:
        self._begun += 1
        run = _Run(self._begun, keys, asyncio.ensure_future(work_out(len(keys))))
        self._runs |= {key: (run, place) for place, key in enumerate(keys)}
        run.task.add_done_callback(lambda _: self._end(run))
        return run

    async def _work_out_alone(self, work_out: WorkOut, count: int, asker: Asker) -> list[Answer]:
        answers = await work_out(count)
        asker.begun = self._begun
        return answers

    async def _wait(self, run: _Run) -> list[Answer]:
        run.waiting += 1
        try:
            return await asyncio.shield(run.task)
        finally:
            run.waiting -= 1
            if not run.waiting and not run.task.done():
                run.task.cancel()
                self._forget(run)

    def _is_of(self, key: Hashable, run: _Run) -> bool:
        return key in self._runs and self._runs[key][0] is run

    def _end(self, run: _Run) -> None:
        # Those who waited come after this, and some of them begin the next run before the others ask for it.
        run.begun_at_end = self._begun
        self._forget(run)
        if run.task.done() and not run.task.cancelled():
            run.task.exception()  # whoever asked may be gone, and then nobody else retrieves it

    def _forget(self, run: _Run) -> None:
        for key in run.keys:
            if self._is_of(key, run):
                del self._runs[key]


def write_selection_key(
    text: str, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> Hashable:
    """
    What two subscriptions have in common whose events read alike: the document, its operation, and the variables that
    are used below the root field. Those that only say which events are wanted, and from where, may differ.
    """
    finder = _FindVariables(operation)
    visit(document, finder)
    name = operation.name.value if operation.name else None
    used = {each: variables[each] for each in sorted(finder.names & variables.keys())}
    return (text, name, write_json(used))


class _FindVariables(Visitor):
    def __init__(self, operation: OperationDefinitionNode) -> None:
        super().__init__()
        self.names: set[str] = set()
        roots = [each for each in operation.selection_set.selections if isinstance(each, FieldNode)]
        self._sources = {id(argument) for root in roots for argument in root.arguments or ()}

    def enter_argument(self, node: Any, *_: object) -> object:
        return self.SKIP if id(node) in self._sources else None

    def enter_variable_definition(self, *_: object) -> object:
        return self.SKIP

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        self.names.add(node.name.value)
