"""Work on the journal that goes through lanes, each a call of one function of the ledger."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from app.lanes.calls import make_batch_kind, make_single_kind
from app.lanes.manual_entries import ManualEntry, post_named_entries
from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.closing import Closed, close_period
from ledger.journal.errors import BookMissing
from ledger.journal.manual import reverse_manual_entries
from ledger.journal.model import Posted, Refused
from ledger.journal.reversing import Reversal
from ledger.parties.finding import find_parties


class Closing(NamedTuple):
    """A legal entity by reference, and the last day of the period."""

    legal_entity: str
    through: date


async def _post(
    conn: Connection, entries: list[ManualEntry], actor: Actor, now: datetime
) -> Sequence[Posted | Refused]:
    return await post_named_entries(conn, entries=entries, actor=actor, now=now)


async def _reverse(
    conn: Connection, reversals: list[Reversal], actor: Actor, now: datetime
) -> Sequence[Posted | Refused]:
    return await reverse_manual_entries(conn, reversals=reversals, actor=actor, now=now)


async def _close_period(conn: Connection, closing: Closing, actor: Actor, now: datetime) -> Closed:
    parties = await find_parties(conn, references=[closing.legal_entity])
    entity = parties.get(closing.legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legal_entity",), book=closing.legal_entity)
    return await close_period(conn, book_id=entity.party_id, through=closing.through, actor=actor, now=now)


POST_ENTRIES = make_batch_kind("post_entries", _post)
REVERSE_ENTRIES = make_batch_kind("reverse_entries", _reverse)
CLOSE_PERIOD = make_single_kind("close_period", _close_period)
