"""A closed period opened again: the one way back, behind the word of a second person."""

from dataclasses import dataclass
from datetime import date, datetime

from ledger.actor import Actor
from ledger.compact_json import write_json
from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.journal import platform_sql
from ledger.journal.books import resolve_books
from ledger.journal.errors import BookMissing, BookNeverClosed, ReopeningNotBackward
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft
from ledger.journal.telling import log_events


@dataclass(frozen=True, slots=True)
class Reopening:
    """
    What was agreed to: the book is closed through `through` and no longer beyond it. `approval_id` is that of the
    granted request, which opens one book once; `maker` asked for it and `approver` agreed.
    """

    book_id: int
    through: date
    approval_id: int
    maker: str
    approver: str
    reason: str


async def find_closing(conn: Connection, *, book_id: int, through: date) -> date:
    """
    The day that a book is closed through, which must be after `through` for it to be opened again; the log is locked.

    Refusals, first match wins: BookMissing, BookNeverClosed, ReopeningNotBackward.
    """
    closed_through = await platform_sql.find_closed_through(conn, book_id=book_id)
    if closed_through is None:
        raise BookMissing(field=("legalEntity",), book=book_id)
    if through >= closed_through:
        book = (await resolve_books(conn, book_ids={book_id}))[book_id]
        if closed_through == date.min:
            raise BookNeverClosed(field=("legalEntity",), book=book.reference)
        day = closed_through.isoformat()
        raise ReopeningNotBackward(field=("throughDate",), book=book.reference, closed_through=day)
    return closed_through


async def reopen_period(conn: Connection, *, reopening: Reopening, actor: Actor, now: datetime) -> None:
    """
    Open a book again from the day after `through` on. Entries may then be dated there; answers for business dates
    depend on lines alone, so nothing that was read before becomes wrong, only late.

    The caller holds a granted request and has seen that the book still stands where it stood when that was made. The
    database asks for the same: a granted request, two persons, one use, this very transaction.

    Refusals, first match wins: BookMissing, ReopeningNotBackward.
    """
    if reopening.maker == reopening.approver:
        raise InvariantBroken("a book is opened again by two persons")
    await lock_log(conn)
    closed_through = await find_closing(conn, book_id=reopening.book_id, through=reopening.through)
    book = (await resolve_books(conn, book_ids={reopening.book_id}))[reopening.book_id]
    await platform_sql.insert_reopening(
        conn,
        book_id=book.book_id,
        closed_through=closed_through,
        through=reopening.through,
        approval_id=reopening.approval_id,
        maker=reopening.maker,
        approver=reopening.approver,
        reason=reopening.reason,
        now=now,
    )
    await platform_sql.close_book(conn, book_id=book.book_id, through=reopening.through)
    payload = {
        "book": book.reference,
        "closedThrough": closed_through.isoformat(),
        "through": reopening.through.isoformat(),
        "approval": reopening.approval_id,
        "maker": reopening.maker,
        "approver": reopening.approver,
        "reason": reopening.reason,
    }
    text = write_json(payload)
    event = EventDraft("period.reopened", f"book/{book.reference}", now, (book.book_id,), text)
    await log_events(conn, events=[event], actor=actor)
