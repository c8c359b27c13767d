"""Who: parties by name and in the tree."""

from collections.abc import Sequence
from datetime import date

from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal.balances import NOW, AsOf
from ledger.journal.errors import Why
from ledger.reporting import sql_descendants, sql_parties, sql_tree
from ledger.reporting.errors import PlaceGone
from ledger.reporting.grouping import group, place, read_row
from ledger.reporting.model import PartyFilter, PartyRow, Span

_EVERY = PartyFilter()
# Moves between two pages that are looked at one by one; with more, on the whole platform, the list starts again.
_MOST_MOVES = 2_000
# A cursor of an older program says nothing of the tree: as if nobody had moved since.
_UNKNOWN = 2**62


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


async def list_children(
    conn: Connection, *, keys: Sequence[int], as_of: AsOf = NOW, scope: int | None = None, span: Span
) -> list[list[PartyRow]]:
    """
    A page of the direct children of each party, by id; one statement, two where a moment is given. The parties
    themselves may be seen; of those that stood below them then, those of another scope now are left out.

    At a moment they are those of whom `subtree_balances` then is the sum: as the tree stood at the end of that posting
    day, or at that sequence. Who was registered later stands where he was registered.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    if as_of == NOW:
        return group(await sql_parties.list_children(conn, parent_ids=keys, span=span), keys, to_party)
    tree_at = await _find_tree(conn, as_of)
    rows = await sql_tree.list_children_at(conn, parent_ids=keys, sequence=tree_at, scope=scope, span=span)
    return group(rows, keys, to_party)


async def list_ancestors(
    conn: Connection, *, keys: Sequence[int], as_of: AsOf = NOW, scope: int | None
) -> list[list[PartyRow]]:
    """
    Everybody above each party that may be seen, the parent first; one statement, two where a moment is given. At a
    moment they are those above then, as list_children has it; who of them may not be seen now is left out.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    if as_of == NOW:
        return group(await sql_parties.list_ancestors(conn, party_ids=keys, scope=scope), keys, to_party)
    tree_at = await _find_tree(conn, as_of)
    return group(await sql_tree.list_ancestors_at(conn, party_ids=keys, sequence=tree_at, scope=scope), keys, to_party)


async def find_parents_at(
    conn: Connection, *, keys: Sequence[int], as_of: AsOf, scope: int | None
) -> list[PartyRow | None]:
    """
    Whom each party stood directly under at a moment; None where that may not be seen now. Two statements.

    Refusals: InvalidInput for a sequence that the log has not reached.
    """
    tree_at = await _find_tree(conn, as_of)
    rows = await sql_tree.list_ancestors_at(conn, party_ids=keys, sequence=tree_at, scope=scope)
    return place([row for row in rows if row["height"] == 1], keys, to_party)


async def list_descendants(
    conn: Connection, *, keys: Sequence[int], matching: PartyFilter = _EVERY, span: Span
) -> list[list[PartyRow]]:
    """
    A page of everything below each party, depth first; one statement that costs the page times the depth.

    Refusals: PlaceGone when moves since the cursor's page carried its party, or others past it.
    """
    return await _walk(conn, roots=keys, with_root=False, matching=matching, span=span)


async def _find_tree(conn: Connection, as_of: AsOf) -> int:
    """The place of the log at which the tree of a moment stood. Refusals: InvalidInput."""
    ends = await sql_tree.find_ends(conn, day=as_of.business_date or date.max)
    sequence = int(ends["last"]) if as_of.sequence is None else as_of.sequence
    if not 0 <= sequence <= ends["last"]:
        raise InvalidInput(field=("asOf", "sequence"), reason=Why.SEQUENCE_AHEAD, last=ends["last"], sequence=sequence)
    return min(sequence, int(ends["end_of_day"]))


async def _walk(
    conn: Connection, *, roots: Sequence[int], with_root: bool, matching: PartyFilter, span: Span
) -> list[list[PartyRow]]:
    for name, cursor in (("after", span.after), ("before", span.before)):
        if cursor is not None:
            await _check_place(conn, *map(int, cursor), roots=roots, field=name)
    rows = await sql_descendants.walk_subtrees(conn, root_ids=roots, with_root=with_root, matching=matching, span=span)
    return group(rows, roots, to_party)


async def _check_place(
    conn: Connection, party_id: int, tree_at: int = _UNKNOWN, *, roots: Sequence[int], field: str
) -> None:
    """What comes after a place is what did when the cursor was made, but for who left, came, or was registered."""
    places = await sql_descendants.find_places(conn, party_id=party_id, tree_at=tree_at, limit=_MOST_MOVES + 1)
    if places[0]["moves"] > _MOST_MOVES:
        raise PlaceGone(field=(field,))
    for root in roots:
        known = {row["party_id"]: (_cut(row["place_then"], root), _cut(row["place_now"], root)) for row in places}
        then, here = known[party_id]
        if here is None or here != then or any(_passed(was, stands, here) for was, stands in known.values()):
            raise PlaceGone(field=(field,))


def _cut(chain: list[int], root: int) -> list[int] | None:
    """A party's place below a root: the ids from there down to it; None where it does not stand there."""
    return chain[chain.index(root) :] if root in chain else None


def _passed(then: list[int] | None, now: list[int] | None, here: list[int]) -> bool:
    """Whether somebody was on the other side of `here`. Places compare as lists, and that is the order depth first."""
    return then is not None and now is not None and (then < here) != (now < here)


def to_party(row: sql_parties.Row) -> PartyRow:
    """A row as a value."""
    return read_row(PartyRow, row)
