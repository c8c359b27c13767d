"""A slice that begins, and a bill that ends."""

from datetime import date, datetime

from ledger.settlement.deposits.model import Agreement, Move, MoveKind, Slice
from ledger.settlement.deposits.months import find_end, find_releasable
from ledger.settlement.deposits.rules import move_slice

BILLED_CODE = "1220"


def begin_slice(
    agreement: Agreement,
    *,
    slice_id: int,
    kind: MoveKind,
    amount: int,
    start: date,
    zone: str,
    now: datetime,
    sheet_id: int | None = None,
) -> Slice:
    """
    The slice that an incoming amount begins, its days counted in `zone`: billed ones are due, the others are held.
    """
    end = find_end(start, months=agreement.months)
    is_billed = kind is MoveKind.BILLED
    return Slice(
        slice_id=slice_id,
        agreement_id=agreement.agreement_id,
        agreement=agreement.reference,
        party_id=agreement.party_id,
        party=agreement.party,
        book_id=agreement.book_id,
        role=agreement.role,
        sheet_id=sheet_id,
        currency=agreement.currency,
        kind=agreement.kind,
        release=agreement.release,
        zone=zone,
        start_date=start,
        end_date=end,
        releasable_date=find_releasable(end),
        opened_at=now,
        principal=amount,
        due=amount if is_billed else 0,
        claimed=0,
        released=0,
        forfeited=0,
        lapsed=0,
        status="DUE" if is_billed else "HELD",
    )


def lapse(part: Slice, *, reference: str, reason: str) -> Move:
    """The step by which what is billed of a slice, and has not come in, is asked for no more."""
    after = move_slice(part, kind=MoveKind.LAPSED, amount=part.due)
    return Move(MoveKind.LAPSED, after, part.due, reference, reason, BILLED_CODE, part.party_id)
