"""Node: whatever has a global id can be fetched by it, whichever list it was found in."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

import strawberry

from app.api.context import Context, Info
from app.api.errors import Why
from ledger.compact_json import write_json
from ledger.errors import InvalidInput, LedgerError
from ledger.ids import GlobalId, decode_id, encode_id

MOST_IDS = 100


class IdInvalid(LedgerError):
    """The id was not issued by this program, or names a thing of another kind."""

    code = "ID_INVALID"
    sentence = "This id names no {expected}; pass an id exactly as the API returned it."


class TooManyIds(LedgerError):
    """One question names a bounded number of ids."""

    code = "TOO_MANY_IDS"
    sentence = "Ask for at most {limit} ids at a time."


@strawberry.interface(description="A thing with an id that is unique over all kinds of things.")
class Node:
    id: strawberry.ID


# Finds one thing of a kind by its key, in the viewer's scope; None when there is none, or none to be seen.
NodeFinder = Callable[[Context, int | str], Awaitable[Node | None]]


def write_id(context: Context, kind: str, key: int | str) -> strawberry.ID:
    """Write the global id of a thing of the viewer's platform."""
    return strawberry.ID(encode_id(GlobalId(kind, context.viewer.platform_id, key)))


def read_id(text: str, *, kind: str | None = None, field: tuple[str, ...] = ("id",)) -> GlobalId:
    """
    Read a global id, of one kind when `kind` is given.

    Refusals: IdInvalid.
    """
    found = decode_id(text)
    if found is None or (kind is not None and found.kind != kind):
        raise IdInvalid(field=field, expected=kind or Why.THING)
    return found


def read_key(context: Context, text: str, *, kind: str, field: tuple[str, ...] = ("id",)) -> int | str | None:
    """
    Read the key out of a global id; None when it names a thing of another platform, which is as good as unknown.

    Refusals: IdInvalid.
    """
    found = read_id(text, kind=kind, field=field)
    return found.key if found.platform_id == context.viewer.platform_id else None


def choose_key(context: Context, *, kind: str, id: str | None, **other: int | str | None) -> int | str | None:
    """
    The key of the one thing that is asked for, by its global id or by the other name that things of its kind have; None
    as `read_key` says.

    Refusals, first match wins: InvalidInput unless exactly one of the two is given, IdInvalid.
    """
    ((name, key),) = other.items()
    if (id is None) == (key is None):
        raise InvalidInput(field=(name,), reason=Why.EXACTLY_ONE, one="id", other=name)
    return key if id is None else read_key(context, id, kind=kind)


def read_names(key: int | str) -> list[object] | None:
    """The names that write_json made a key of; None for what is no such key."""
    try:
        names = json.loads(str(key))
        is_own = isinstance(names, list) and write_json(names) == key
    except (ValueError, RecursionError):
        return None
    return names if is_own and not any("\0" in name for name in names if isinstance(name, str)) else None


def build_node_queries(finders: Mapping[str, NodeFinder]) -> type:
    """Make the queries `node` and `nodes` over the kinds that have a finder, named as their types are."""

    async def find(context: Context, text: str, field: tuple[str, ...]) -> Node | None:
        found = read_id(text, field=field)
        finder = finders.get(found.kind)
        if finder is None or found.platform_id != context.viewer.platform_id:
            return None
        return await finder(context, found.key)

    @strawberry.type
    class NodeQueries:
        @strawberry.field(description="The thing with this id; null when there is none that you may see.")
        async def node(self, info: Info, id: strawberry.ID) -> Node | None:
            return await find(info.context, id, ("id",))

        @strawberry.field(description="The things with these ids, in their order; null for each that you may not see.")
        async def nodes(self, info: Info, ids: list[strawberry.ID]) -> list[Node | None]:
            if len(ids) > MOST_IDS:
                raise TooManyIds(field=("ids",), limit=MOST_IDS)
            # Together, so that finders that load find each other.
            return await asyncio.gather(*(find(info.context, id, ("ids", str(at))) for at, id in enumerate(ids)))

    return NodeQueries
