"""A party moves with everyone below it: one row in the tree, one in the history, its totals from path to path."""

from datetime import datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.subtrees import find_paths, shift_subtree
from ledger.journal.telling import log_events
from ledger.parties import sql
from ledger.parties.errors import PartyLoop, PartyNotActive, RootStays
from ledger.parties.finding import get_party
from ledger.parties.model import Moved, Party
from ledger.parties.rules import check_parent_kind


async def move_party(conn: Connection, *, reference: str, to: str, actor: Actor, now: datetime) -> Moved:
    """
    Put a party, with everyone below it, under another parent; its depth decides the cost, not its size.

    Orders keep the chain that was frozen on them. A party that already stands there is a replay.

    Refusals, first match wins: PartyMissing, RootStays, PartyNotActive (either), ParentKindNotAllowed, PartyLoop.
    """
    await lock_log(conn)
    party = await get_party(conn, reference=reference, field="party")
    parent = await get_party(conn, reference=to, field="to")
    if party.parent_id is None:
        raise RootStays(field=("party",), reference=reference)
    if party.parent_id == parent.party_id:
        return Moved(party.party_id, replayed=True, sequence=0)
    for name, one in (("party", party), ("to", parent)):
        if one.status == "CLOSED":
            raise PartyNotActive(field=(name,), reference=one.reference, status=one.status)
    refusal = check_parent_kind(party.kind, parent.kind, field="to")
    if refusal is not None:
        raise refusal
    paths = await find_paths(conn, party_ids=[party.party_id, parent.party_id])
    if party.party_id in paths[parent.party_id]:
        raise PartyLoop(field=("to",), reference=reference, to=to)
    sequence = await _move(conn, party, parent, paths, actor=actor, now=now)
    return Moved(party.party_id, replayed=False, sequence=sequence)


async def _move(
    conn: Connection, party: Party, parent: Party, paths: dict[int, tuple[int, ...]], *, actor: Actor, now: datetime
) -> int:
    assert party.parent_id is not None
    leaves, joins = paths[party.party_id][1:], paths[parent.party_id]
    await sql.place_party(conn, party_id=party.party_id, parent_id=parent.party_id, parent_kind=parent.kind)
    event = EventDraft(
        kind="party.moved",
        subject=f"party/{party.reference}",
        occurred_at=now,
        parties=(party.party_id, party.parent_id, parent.party_id),
        payload=write_json({"party": party.reference, "to": parent.reference}),
    )
    (recorded,) = await log_events(conn, events=[event], actor=actor)
    await sql.insert_move(
        conn,
        sequence=recorded.sequence,
        party_id=party.party_id,
        from_parent_id=party.parent_id,
        to_parent_id=parent.party_id,
        posting_day=recorded.posting_day,
    )
    await shift_subtree(
        conn,
        party_id=party.party_id,
        leaves=[one for one in leaves if one not in joins],
        joins=[one for one in joins if one not in leaves],
        day=recorded.posting_day,
    )
    return recorded.sequence
