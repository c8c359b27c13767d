"""From rows to payouts."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from ledger.db.transacting import Connection
from ledger.settlement.payouts import sql
from ledger.settlement.payouts.model import Payout, PayoutStatus, Share


async def load_payouts(conn: Connection, *, payout_ids: Iterable[int]) -> dict[int, Payout]:
    """Those of these payouts that exist; one statement. Under the log's lock they stand still."""
    rows = await sql.find_payouts(conn, payout_ids=sorted(set(payout_ids)))
    return {row["payout_id"]: to_payout(row) for row in rows}


async def find_posting_days(conn: Connection, *, book_ids: Collection[int], now: datetime) -> dict[int, date]:
    """
    The day that what is posted now is dated in each of these books: that of its zone, or the first that is not closed.
    At most one statement.
    """
    rows = await sql.find_posting_days(conn, books=sorted(book_ids), now=now) if book_ids else []
    return {row["book_id"]: row["day"] for row in rows}


def to_payout(row: sql.Row) -> Payout:
    """A row with its shares, as a value."""
    return Payout(
        payout_id=row["payout_id"],
        book_id=row["book_id"],
        party_id=row["party_id"],
        paying_account_id=row["paying_account_id"],
        payee_account_id=row["payee_account_id"],
        submission_id=row["submission_id"],
        replaces=row["replaces"],
        gross=row["gross_minor"],
        withheld=row["withheld_minor"],
        tax_month=row["tax_month"],
        fee=row["fee_minor"],
        net=row["net_minor"],
        bank_fee=row["bank_fee_minor"],
        currency=row["currency"],
        takes_from=row["takes_from"],
        status=PayoutStatus(row["status"]),
        approval=row["approval"],
        approval_id=row["approval_id"],
        due_date=row["due_date"],
        channel_key=row["channel_key"],
        bank_reference=row["bank_reference"],
        reason=row["reason"],
        digest=row["digest"],
        submitted_at=row["submitted_at"],
        ended_at=row["ended_at"],
        shares=tuple(map(Share, row["sheet_ids"], row["taken"], row["withheld"])),
        stands=tuple(row["stands"]),
    )
