"""Who: parties by name and in the tree."""

from collections.abc import Sequence

from ledger.db.transacting import Connection
from ledger.reporting import sql_descendants, sql_parties
from ledger.reporting.errors import PlaceGone
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import PartyFilter, PartyRow, Span

_EVERY = PartyFilter()


async def find_parties(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[PartyRow | None]:
    """Parties by id; one statement."""
    return place(await sql_parties.find_by_id(conn, party_ids=keys, scope=scope), keys, to_party)


async def find_parties_by_reference(
    conn: Connection, *, keys: Sequence[str], scope: int | None
) -> list[PartyRow | None]:
    """Parties by reference; one statement."""
    return place(await sql_parties.find_by_reference(conn, references=keys, scope=scope), keys, to_party)


async def list_parties(
    conn: Connection, *, scope: int | None, matching: PartyFilter = _EVERY, span: Span
) -> list[PartyRow]:
    """
    All parties that may be seen: of the platform in the order they were registered, of a scope depth first from its
    root. So neither reads anything that it does not show, except what `matching` leaves out.

    Refusals: PlaceGone.
    """
    if scope is None:
        return [to_party(row) for row in await sql_parties.list_all(conn, matching=matching, span=span)]
    (rows,) = await _walk(conn, roots=[scope], with_root=True, matching=matching, span=span)
    return rows


async def list_children(conn: Connection, *, keys: Sequence[int], span: Span) -> list[list[PartyRow]]:
    """A page of the direct children of each party, by id; one statement. The parties themselves may be seen."""
    return group(await sql_parties.list_children(conn, parent_ids=keys, span=span), keys, to_party)


async def list_ancestors(conn: Connection, *, keys: Sequence[int], scope: int | None) -> list[list[PartyRow]]:
    """Everybody above each party that may be seen, the parent first; one statement."""
    return group(await sql_parties.list_ancestors(conn, party_ids=keys, scope=scope), keys, to_party)


async def list_descendants(
    conn: Connection, *, keys: Sequence[int], matching: PartyFilter = _EVERY, span: Span
) -> list[list[PartyRow]]:
    """
    A page of everything below each party, depth first; one statement that costs the page times the depth.

    Refusals: PlaceGone when a cursor's party was moved out of the subtree.
    """
    return await _walk(conn, roots=keys, with_root=False, matching=matching, span=span)


async def _walk(
    conn: Connection, *, roots: Sequence[int], with_root: bool, matching: PartyFilter, span: Span
) -> list[list[PartyRow]]:
    rows = await sql_descendants.walk_subtrees(conn, root_ids=roots, with_root=with_root, matching=matching, span=span)
    pages = group(rows, roots, to_party)
    if not all(pages):
        empty = [root for root, page in zip(roots, pages, strict=True) if not page]
        for cursor in (span.after, span.before):
            if cursor is not None:
                await _check_place(conn, party_id=int(cursor[0]), roots=empty)
    return pages


async def _check_place(conn: Connection, *, party_id: int, roots: Sequence[int]) -> None:
    """An empty page is the end of the list, or a cursor that does not lie in it any more."""
    for root in roots:
        if (await find_parties(conn, keys=[party_id], scope=root))[0] is None:
            raise PlaceGone(field=("after",))


def to_party(row: sql_parties.Row) -> PartyRow:
    """A row as a value."""
    return read_row(PartyRow, row)
