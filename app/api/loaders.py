"""All batched loading: many fields ask for one thing each, the store is asked once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

from strawberry.dataloader import DataLoader

from app.api.snapshot import Snapshot
from ledger.errors import LedgerError

Value = TypeVar("Value")

# Arrays of this size are no effort for a statement; more keys than that become several statements.
_MOST_KEYS = 5_000


class Loaders:
    """
    One loader per function and arguments, for one snapshot.

    Keys asked for within one turn of the event loop go to the store together, each once, and are remembered.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._loaders: dict[object, DataLoader[Any, Any]] = {}

    def load(
        self, function: Callable[..., Awaitable[Sequence[Value | LedgerError]]], key: object, **arguments: object
    ) -> Awaitable[Value]:
        """
        Load what `function(conn, keys=[…], **arguments)` returns for a key: one value per key, in order. A refusal in
        the place of a value is raised for that key alone.

        Keys and arguments are hashable. Different arguments are different loaders.
        """
        name = (function, tuple(sorted(arguments.items())))
        loader = self._loaders.get(name)
        if loader is None:
            loader = self._loaders[name] = self._make(function, arguments)
        return cast("Awaitable[Value]", loader.load(key))

    def forget(self) -> None:
        """Remember nothing any more: the snapshot was renewed."""
        self._loaders.clear()

    def _make(
        self, function: Callable[..., Awaitable[Sequence[Any]]], arguments: dict[str, object]
    ) -> DataLoader[Any, Any]:
        async def load_keys(keys: list[Any]) -> Sequence[Any]:
            return await self._snapshot.run(function, keys=keys, **arguments)

        return DataLoader(load_keys, max_batch_size=_MOST_KEYS)
