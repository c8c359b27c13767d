"""Closed periods: asking for one to be opened again, and opening it once a second person agrees."""

import json
from collections.abc import Sequence
from datetime import date, datetime

from ledger.actor import Actor
from ledger.approvals.digests import digest_content, write_content
from ledger.approvals.errors import ApprovalStale, Why
from ledger.approvals.model import ApprovalRequest, Decided, Kind, Requested, Status
from ledger.approvals.requesting import request_approvals
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.journal.errors import BookMissing
from ledger.journal.log import lock_log
from ledger.journal.reopening import Reopening, find_closing, reopen_period
from ledger.parties.finding import find_parties


async def request_reopening(
    conn: Connection, *, legal_entity: str, through: date, reason: str, maker: Actor, now: datetime
) -> Requested:
    """
    Ask for a legal entity's book to be opened again from the day after `through` on. A second person always decides.

    Refusals, first match wins: InvalidInput without a reason, BookMissing, BookNeverClosed, ReopeningNotBackward.
    """
    if not reason.strip():
        raise InvalidInput(field=("reason",), reason=Why.SAY_WHY_REOPENED)
    await lock_log(conn)
    entity = (await find_parties(conn, references=[legal_entity])).get(legal_entity)
    if entity is None or entity.kind != "LEGAL_ENTITY":
        raise BookMissing(field=("legal_entity",), book=legal_entity)
    closed_through = await find_closing(conn, book_id=entity.party_id, through=through)
    content = write_content(
        {
            "legalEntity": legal_entity,
            "closedThrough": closed_through.isoformat(),
            "through": through.isoformat(),
            "reason": reason,
        }
    )
    request = ApprovalRequest(
        kind=Kind.PERIOD_REOPENING,
        subject=f"book/{legal_entity}",
        digest=digest_content(content),
        amount_minor=None,
        currency=None,
        book_id=entity.party_id,
        party_id=None,
        description=f"Close {legal_entity} through {through} only, no longer through {closed_through}: {reason}",
        content=content,
    )
    (requested,) = await request_approvals(conn, requests=[request], maker=maker, now=now)
    return requested


async def apply_reopenings(conn: Connection, *, decided: Sequence[Decided], actor: Actor, now: datetime) -> None:
    """
    Open the books whose requests were granted.

    Refusals: ApprovalStale when a book is no longer closed through the day that was agreed on, or is asked about again.
    """
    for each in decided:
        if each.granted or each.status is Status.PENDING:
            book_id = await _check_closing(conn, each)
            if each.granted:
                await _reopen(conn, each, book_id, actor, now)


async def _check_closing(conn: Connection, decided: Decided) -> int:
    """The number of the book, if it is closed as it was when it was asked about. Refusals: ApprovalStale."""
    content = json.loads(decided.content)
    reference = content["legalEntity"]
    entity = (await find_parties(conn, references=[reference]))[reference]
    closed_through = await find_closing(conn, book_id=entity.party_id, through=date.min)
    if closed_through.isoformat() != content["closedThrough"]:
        raise ApprovalStale(field=("approval",), approval=decided.approval_id)
    return entity.party_id


async def _reopen(conn: Connection, decided: Decided, book_id: int, actor: Actor, now: datetime) -> None:
    content = json.loads(decided.content)
    reopening = Reopening(
        book_id=book_id,
        through=date.fromisoformat(content["through"]),
        approval_id=decided.approval_id,
        maker=decided.maker,
        approver=decided.actor,
        reason=content["reason"],
    )
    await reopen_period(conn, reopening=reopening, actor=actor, now=now)
