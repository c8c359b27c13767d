"""What an operation leaves in memory: nothing that waits for the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.app.api.gateway import Desk
from tests.app.api.test_entry_changes import POST, entry, line

READ = """{ platform { reference }
    parties(first: 10) { edges { node { reference children(first: 5) { edges { node { name } } } } } }
    entries(first: 5) { edges { node { sequence lines { amount { amount } account { party { reference } } } } } } }"""
UNEVEN = entry("uneven", line("1010", "DEBIT", 2), line("3000", "CREDIT", 1))


# The client runs in this process, too, and leaves some.
OURS = ("app", "graphql", "ledger", "strawberry")


@contextmanager
def keeping_garbage() -> Iterator[list[object]]:
    """What dies inside and only the collector takes away; it is in the list at the end."""
    left: list[object] = []
    gc.collect()
    gc.disable()
    try:
        yield left
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        left += [each for each in gc.garbage if type(each).__module__.partition(".")[0] in OURS]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize(
    ("query", "variables"), [(READ, {}), (POST, {"entries": [entry("even")]}), (POST, {"entries": [UNEVEN]})]
)
async def test_an_operation_goes_with_its_answer(desk: Desk, query: str, variables: dict[str, object]) -> None:
    await desk.ask(query, **variables)  # parsed, validated and remembered

    with keeping_garbage() as left:
        for _ in range(5):
            await desk.ask(query, **variables)

    assert left == []
