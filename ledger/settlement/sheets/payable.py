"""
The one way to take from what a sheet still has to be paid, or to give back to it.

    payable = total - netted - retained - held - withheld - claimed by payouts, never below zero
    owed    = -total - netted - collected - written off, of a negative sheet
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.money import format_amount
from ledger.settlement.sheets import sql
from ledger.settlement.sheets.errors import (
    SheetMissing,
    SheetNotPayable,
    SheetPayableExceeded,
    SheetReturnExceedsTaken,
    Why,
)
from ledger.settlement.sheets.model import MovementKind, Sheet, Status, Take, Taken
from ledger.settlement.sheets.stepping import Steps, to_sheet, write_steps

_FIELD = {kind: kind.value.lower() for kind in MovementKind}

# A sheet that is paid out of: its figures alone decide which of these it is.
PAYMENT = frozenset((Status.PAYMENT_PENDING, Status.PAYING, Status.PAY_FAILED, Status.PAID, Status.COMPLETED))
_OPEN = frozenset((Status.OPEN, Status.CLOSING))
_FINISHED = frozenset((Status.PAID, Status.COMPLETED, Status.COLLECTED, Status.WRITTEN_OFF))
_PAYABLE = frozenset((Status.PAYMENT_PENDING, Status.PAYING, Status.PAY_FAILED))
_OF_PAYOUTS = frozenset((MovementKind.PAYOUT, MovementKind.WITHHELD))
_OF_DEBTS = frozenset((MovementKind.NETTED, MovementKind.COLLECTED, MovementKind.WRITTEN_OFF))
# A closed sheet that its party may still dispute.
_UNAGREED = frozenset((Status.CLOSED, Status.CONFIRM_PENDING, Status.DISPUTED, Status.ADJUSTED))
_OF_CREDITS = frozenset(MovementKind) - {MovementKind.COLLECTED, MovementKind.WRITTEN_OFF}


async def find_sheets(conn: Connection, *, sheet_ids: Iterable[int]) -> dict[int, Sheet]:
    """These sheets by number, those that exist; one statement. Under the log's lock they stand still."""
    rows = await sql.find_sheets(conn, sheet_ids=sorted(set(sheet_ids)))
    return {row["sheet_id"]: to_sheet(row) for row in rows}


async def take_from_sheets(
    conn: Connection, *, takes: Sequence[Take], actor: Actor, now: datetime
) -> list[Taken | Refused]:
    """
    Take from what sheets still have to be paid, or give back; one outcome per take, in order. Each sees what the ones
    before it took, and a refused one leaves its neighbours alone. Two statements beside the lock, however many.

    The caller posts the entries (`document` the take's reference, `document_line` the sheet's number) and writes the
    events of each Taken in the same transaction. Amounts are minor units of the sheet's currency, not zero.

    PAYOUT and WITHHELD need a sheet that is to be paid, the other kinds one that is closed and not finished; what is
    given back needs one that is closed. PAID says that a part of PAYOUT has arrived. A negative sheet can be NETTED,
    COLLECTED and WRITTEN_OFF up to what is owed. Where the sheet then stands follows from its figures.

    Refusals, first match wins: SheetMissing, SheetNotPayable, SheetPayableExceeded, SheetReturnExceedsTaken.
    """
    await lock_log(conn)
    steps = Steps(actor, now)
    known = await find_sheets(conn, sheet_ids=[take.sheet_id for take in takes])
    outcomes: list[Taken | Refused] = []
    for take in takes:
        sheet = known.get(take.sheet_id)
        refusal = judge_take(sheet, take)
        if sheet is None or refusal is not None:
            outcomes.append(Refused(refusal or SheetMissing(sheet=take.sheet_id)))
            continue
        told = len(steps.events)
        known[take.sheet_id] = record_take(steps, sheet, take)
        outcomes.append(Taken(known[take.sheet_id], tuple(steps.events[told:])))
    await write_steps(conn, steps=steps)
    return outcomes


def record_take(steps: Steps, sheet: Sheet, take: Take) -> Sheet:
    """Apply a take that was judged, gather what it writes and tells, and return the sheet after it."""
    moved = apply_take(sheet, take)
    steps.takes.append(take)
    if moved.status == sheet.status:
        return steps.keep(moved)
    return steps.move(moved, moved.status, reason=take.reference)


def judge_take(sheet: Sheet | None, take: Take) -> LedgerError | None:
    """Whether a sheet allows a take; pure. Refusals as take_from_sheets."""
    if sheet is None:
        return SheetMissing(field=("sheet",), sheet=take.sheet_id)
    needed = _find_need(sheet, take)
    if needed is not None:
        return SheetNotPayable(
            field=("sheet",), sheet=sheet.sheet_id, status=sheet.status, kind=take.kind, needed=needed
        )
    taken = getattr(sheet, _FIELD[take.kind])
    if take.kind is MovementKind.PAID:
        left, back = sheet.payout - sheet.paid, taken
    else:
        left = sheet.payable if sheet.total > 0 else sheet.owed
        # What has arrived cannot be given back before it is said not to have.
        back = taken - sheet.paid if take.kind is MovementKind.PAYOUT else taken
    currency = sheet.key.currency
    if take.amount > left:
        return SheetPayableExceeded(
            field=("amount",),
            sheet=sheet.sheet_id,
            payable=format_amount(left, currency=currency),
            currency=currency,
            amount=format_amount(take.amount, currency=currency),
        )
    if -take.amount > back:
        return SheetReturnExceedsTaken(
            field=("amount",),
            sheet=sheet.sheet_id,
            kind=take.kind,
            taken=format_amount(back, currency=currency),
            currency=currency,
            amount=format_amount(-take.amount, currency=currency),
        )
    return None


def apply_take(sheet: Sheet, take: Take) -> Sheet:
    """A sheet after a take that was judged; pure."""
    name = _FIELD[take.kind]
    moved = sheet._replace(**{name: getattr(sheet, name) + take.amount})
    if moved.total < 0:
        return _settle_debt(moved, take)
    if moved.status not in PAYMENT:
        return moved
    if moved.status is Status.PAY_FAILED and take.kind is MovementKind.PAYOUT and take.amount > 0:
        # Somebody has asked to pay it again. What that leaves, less than a channel moves, has not failed: it goes with
        # the party's next payout, as it would have the first time.
        moved = moved._replace(status=Status.PAYMENT_PENDING)
    return moved._replace(status=settle_status(moved, failed=take.is_failure))


def settle_status(sheet: Sheet, *, failed: bool = False) -> Status:
    """Where a positive sheet that may be paid stands, by its figures; pure. `failed`: a payout has just given back."""
    if sheet.payable > 0:
        return Status.PAY_FAILED if failed or sheet.status is Status.PAY_FAILED else Status.PAYMENT_PENDING
    if sheet.payout > sheet.paid:
        return Status.PAYING
    if sheet.held > 0:
        # A hold is not the word that a payment which failed waits for.
        return Status.PAY_FAILED if sheet.status is Status.PAY_FAILED else Status.PAYMENT_PENDING
    return Status.PAID if sheet.paid + sheet.withheld > 0 else Status.COMPLETED


def _settle_debt(sheet: Sheet, take: Take) -> Sheet:
    if sheet.owed:
        # A match that is undone leaves a debt that is collected again.
        again = sheet.status in _FINISHED
        return sheet._replace(status=Status.COLLECTING) if again else sheet
    if take.kind is MovementKind.NETTED and sheet.status in _UNAGREED:
        # That was our doing, before the party has said anything: it may still dispute what it paid so.
        return sheet
    written_off = take.kind is MovementKind.WRITTEN_OFF
    return sheet._replace(status=Status.WRITTEN_OFF if written_off else Status.COLLECTED)


def _find_need(sheet: Sheet, take: Take) -> Why | None:
    """What the sheet would have to be for such a take; None where it is."""
    if sheet.status in _OPEN:
        return Why.CLOSED_SHEET
    if take.kind not in (_OF_CREDITS if sheet.total >= 0 else _OF_DEBTS):
        return Why.POSITIVE_SHEET if sheet.total < 0 else Why.NEGATIVE_SHEET
    if take.amount > 0 and take.kind in _OF_PAYOUTS and sheet.status not in _PAYABLE:
        return Why.SHEET_TO_PAY
    if take.amount > 0 and sheet.status in _FINISHED:
        return Why.UNFINISHED_SHEET
    return None
