"""The day through which a book is closed. It moves forward only, under the log's lock."""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.journal import platform_sql
from ledger.journal.books import resolve_books
from ledger.journal.errors import BookMissing, ClosingNotForward, PeriodNotOver
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


@dataclass(frozen=True, slots=True)
class Closed:
    """`replayed` when the book was already closed through exactly this day."""

    book_id: int
    through: date
    replayed: bool


async def close_period(conn: Connection, *, book_id: int, through: date, actor: Actor, now: datetime) -> Closed:
    """
    Close a book through a day: from now on no entry may be dated on or before it. The day must be over, where the
    operator is and where the legal entity is, by the clock of the log.

    Refusals, first match wins: BookMissing, ClosingNotForward, PeriodNotOver.
    """
    await lock_log(conn)
    closed_through = await platform_sql.find_closed_through(conn, book_id=book_id)
    if closed_through is None:
        raise BookMissing(field=("legalEntity",), book=book_id)
    if closed_through == through:
        return Closed(book_id, through, replayed=True)
    book = (await resolve_books(conn, book_ids={book_id}))[book_id]
    if through < closed_through:
        raise ClosingNotForward(field=("throughDate",), book=book.reference, closed_through=closed_through.isoformat())
    today = await platform_sql.find_unfinished_day(conn, time_zone=book.time_zone)
    if through >= today:
        raise PeriodNotOver(field=("throughDate",), given=through.isoformat(), today=today.isoformat())
    await platform_sql.close_book(conn, book_id=book_id, through=through)
    payload = write_json({"book": book.reference, "through": through.isoformat()})
    event = EventDraft("period.closed", f"book/{book.reference}", now, (book_id,), payload)
    await log_events(conn, events=[event], actor=actor)
    return Closed(book_id, through, replayed=False)
