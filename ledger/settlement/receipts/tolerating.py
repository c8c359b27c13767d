"""How small a rest of a debt must be to be cleared with a match beside its amount."""

from collections.abc import Sequence
from datetime import datetime

from ledger import money
from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.posting import post_new
from ledger.parties.finding import find_parties
from ledger.settlement.receipts import sql
from ledger.settlement.receipts.matching import load_tolerances
from ledger.settlement.receipts.model import ToleranceDraft, Tolerated

Outcome = Tolerated | Refused


async def set_tolerances(
    conn: Connection, *, drafts: Sequence[ToleranceDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Say how small a rest must be, by legal entity and currency; one outcome per draft, in order. It counts for matches
    from now on; nothing is tolerated before anything was said, and what is so already is a replay.

    Written under the log's lock with events receipt.tolerance_set.

    Refusals: BookMissing.
    """
    await lock_log(conn)
    found = await find_parties(conn, references={draft.legal_entity for draft in drafts})
    books = {name: party.party_id for name, party in found.items() if party.kind == "LEGAL_ENTITY"}
    wanted = {(books[draft.legal_entity], draft.currency) for draft in drafts if draft.legal_entity in books}
    standing = await load_tolerances(conn, keys=wanted)
    outcomes: list[Outcome] = []
    rows: list[tuple[object, ...]] = []
    events: list[EventDraft] = []
    for draft in drafts:
        book_id = books.get(draft.legal_entity)
        if book_id is None:
            outcomes.append(Refused(BookMissing(field=("legalEntity",), book=draft.legal_entity)))
            continue
        key = (book_id, draft.currency)
        is_same = standing.get(key, 0) == draft.amount
        outcomes.append(Tolerated(book_id, draft.currency, draft.amount, is_same))
        if not is_same:
            standing[key] = draft.amount
            rows.append((*key, draft.amount, now, actor.name))
            events.append(_tell(draft, book_id, now))
    if rows:
        await post_new(conn, drafts=(), events=events, actor=actor)
        await sql.insert_tolerances(conn, rows=transpose(rows))
    return outcomes


def _tell(draft: ToleranceDraft, book_id: int, now: datetime) -> EventDraft:
    said = {
        "legalEntity": draft.legal_entity,
        "currency": draft.currency,
        "amount": money.format_amount(draft.amount, currency=draft.currency),
    }
    subject = f"tolerance/{draft.legal_entity}/{draft.currency}"
    return EventDraft("receipt.tolerance_set", subject, now, (book_id,), write_json(said))
