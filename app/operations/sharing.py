"""Events told to many at once: whoever would be told the same waits for one answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldNode, OperationDefinitionNode, VariableNode, visit
from graphql.language import Visitor

from app.operations.answers import Answer
from app.strict_json import write_json


@dataclass(slots=True)
class _Run:
    task: asyncio.Task[Answer]
    waiting: int = 0


class SharedAnswers:
    """
    Answers that are being worked out, each for all who ask for it meanwhile.

    Nothing is kept once it is there: who comes later reads a later snapshot, so that time never runs backwards for him.
    """

    def __init__(self) -> None:
        self._runs: dict[Hashable, _Run] = {}

    async def find(self, key: Hashable, work_out: Callable[[], Awaitable[Answer]]) -> Answer:
        """
        Find the answer of that key, worked out once. One that failed, or that has errors, is of its first asker alone:
        errors name his request. The work goes on as long as anybody waits for it.
        """
        run = self._runs.get(key)
        is_first = run is None
        if run is None:
            run = self._runs[key] = _Run(asyncio.ensure_future(work_out()))
            run.task.add_done_callback(lambda _: self._forget(key, run))
        run.waiting += 1
        try:
            answer = await asyncio.shield(run.task)
        except Exception:  # whatever it was, the others may be luckier, and end with a refusal of their own if not
            if is_first:
                raise
            return await work_out()
        finally:
            run.waiting -= 1
            if not run.waiting and not run.task.done():
                run.task.cancel()
                self._forget(key, run)
        return answer if is_first or "errors" not in answer.body else await work_out()

    def _forget(self, key: Hashable, run: _Run | None) -> None:
        if self._runs.get(key) is run:
            del self._runs[key]
        if run is not None and run.task.done() and not run.task.cancelled():
            run.task.exception()  # whoever asked may be gone, and then nobody else retrieves it


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
