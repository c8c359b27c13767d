"""A party agrees with a closed sheet, or its silence does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.actor import SYSTEM, Actor
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.settlement.sheets import lifecycle_sql
from ledger.settlement.sheets.approving import write_and_renew
from ledger.settlement.sheets.errors import SheetNotPresented
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import Rules
from ledger.settlement.sheets.settling import settle_confirmed
from ledger.settlement.sheets.speaking import Wish, refuse_strangers
from ledger.settlement.sheets.stepping import Steps

# What one transaction moves; whoever asks comes again until there is none.
DEEMED_AT_ONCE = 1_000

# Statuses of a sheet whose party has agreed: to confirm it again is a replay.
_AGREED = frozenset(Status) - {
    Status.OPEN,
    Status.CLOSING,
    Status.CLOSED,
    Status.CONFIRM_PENDING,
    Status.DISPUTED,
    Status.ADJUSTED,
}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is agreed with, and the party (its number) whose key says so; None is who speaks for the platform."""

    sheet_id: int
    party_id: int | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A sheet as it stands now; `replayed` when it was confirmed already."""

    sheet: Sheet
    replayed: bool


async def confirm_sheets(
    conn: Connection, *, confirmations: Sequence[Confirmation], actor: Actor, now: datetime
) -> list[Confirmed | Refused]:
    """
    Confirm sheets; one outcome each, in order. Debts are netted, approval is asked for, and what needs none is settled.
    The number of statements does not depend on the list.

    Refusals, first match wins: SheetMissing, SheetOfAnotherParty, SheetNotPresented.
    """
    await lock_log(conn)
    known = await find_sheets(conn, sheet_ids=[each.sheet_id for each in confirmations])
    wishes = [Wish(each.sheet_id, each.party_id) for each in confirmations]
    strangers = await refuse_strangers(conn, wishes=wishes, known=known)
    steps = Steps(actor, now)
    refusals: dict[int, LedgerError] = {}
    confirmed: dict[int, int] = {}
    for place, each in enumerate(confirmations):
        refusal = strangers[place] or _refuse(known[each.sheet_id])
        if refusal is not None:
            refusals[place] = refusal
        elif known[each.sheet_id].status is Status.CONFIRM_PENDING:
            confirmed.setdefault(each.sheet_id, place)
    await _settle(conn, steps, [_confirm(steps, known[number]) for number in confirmed])
    return [
        Refused(refusals[place])
        if place in refusals
        else Confirmed(steps.sheets.get(each.sheet_id, known[each.sheet_id]), confirmed.get(each.sheet_id) != place)
        for place, each in enumerate(confirmations)
    ]


async def deem_confirmed(conn: Connection, *, now: datetime) -> int:
    """
    Confirm up to 1,000 sheets whose party has been silent through its days, as `system`, as of the instant at which
    the days were over; how many.
    """
    await lock_log(conn)
    silent = await lifecycle_sql.find_to_deem(conn, now=now, limit=DEEMED_AT_ONCE)
    if not silent:
        return 0
    known = await find_sheets(conn, sheet_ids=silent)
    steps = Steps(SYSTEM, now)
    await _settle(conn, steps, [_deem(steps, known[number]) for number in silent])
    return len(silent)


def is_deemed(sheet: Sheet, *, now: datetime) -> bool:
    """Whether silence has confirmed a sheet by now, even where nobody has written it down yet."""
    return sheet.status is Status.CONFIRM_PENDING and sheet.confirm_by is not None and sheet.confirm_by <= now


async def _settle(conn: Connection, steps: Steps, confirmed: Sequence[Sheet]) -> None:
    rules = await Rules.load(conn, keys={sheet.key for sheet in confirmed})
    in_order = sorted(confirmed, key=lambda sheet: (sheet.period_start, sheet.sheet_id))
    await settle_confirmed(conn, steps=steps, sheets=in_order, rules=rules)
    await write_and_renew(conn, steps=steps)


def _confirm(steps: Steps, sheet: Sheet) -> Sheet:
    if is_deemed(sheet, now=steps.now):
        return _deem(steps, sheet)
    return steps.move(sheet._replace(confirm_by=None), Status.CONFIRMED)


def _deem(steps: Steps, sheet: Sheet) -> Sheet:
    silence = sheet._replace(confirm_by=None)
    return steps.move(
        silence, Status.CONFIRMED, at=sheet.confirm_by, actor=SYSTEM, reason=f"silent for {sheet.deemed_days} days"
    )


def _refuse(sheet: Sheet) -> LedgerError | None:
    if sheet.status is Status.CONFIRM_PENDING or sheet.status in _AGREED:
        return None
    return SheetNotPresented(field=("sheet",), sheet=sheet.sheet_id, status=sheet.status)
