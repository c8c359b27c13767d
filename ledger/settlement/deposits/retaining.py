"""Retention from sheets: of a positive sheet, what its party's agreements take, once per agreement and sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.journal.log import lock_log
from ledger.noting import Noted, note
from ledger.settlement.deposits import sql
from ledger.settlement.deposits.model import Agreement, Move, MoveKind, Slice
from ledger.settlement.deposits.moving import move_on_sheets, post_moves, to_agreement, to_slice
from ledger.settlement.deposits.rules import find_retention, move_slice
from ledger.settlement.deposits.slicing import BILLED_CODE, begin_slice
from ledger.settlement.following import find_stretch, finish_stretch, list_stretches
from ledger.settlement.sheets.claimed import sum_claimed
from ledger.settlement.sheets.model import Sheet, Status
from ledger.settlement.sheets.payable import find_sheets
from ledger.settlement.sheets.planning import find_local_day

FOLLOWER = "retention"
SHEET_CODE = "2015"

# Nothing is retained before a sheet is closed, nor after it is finished.
_TOO_EARLY = frozenset({Status.OPEN, Status.CLOSING})
_TOO_LATE = frozenset({Status.PAID, Status.COMPLETED})


async def follow_closed_sheets(conn: Connection, *, now: datetime, actor: Actor) -> int:
    """
    Retain from the sheets that closed since the last run, as the log tells, by the agreements that were made before
    they closed; how many records of the log were read.

    Zero means caught up, or that the next sheet is still claiming its lines: the log is read again from there, and
    those behind it are not kept waiting.
    """
    stretch = await find_stretch(conn, name=FOLLOWER)
    if stretch is None:
        return 0
    if not await sql.has_agreements(conn):
        await finish_stretch(conn, name=FOLLOWER, through=stretch.end)
        return 0
    closed = await sql.find_closed_sheets(conn, after=stretch.after, through=stretch.through)
    sheets = await find_sheets(conn, sheet_ids=[row["sheet_id"] for row in closed])
    waiting = [row["sequence"] for row in closed if sheets[row["sheet_id"]].status in _TOO_EARLY]
    ready = [row["sheet_id"] for row in closed if row["sequence"] not in waiting]
    await retain_from_sheets(conn, sheet_ids=ready, now=now, actor=actor, by_later_agreements=False)
    through = min(waiting) - 1 if waiting else stretch.through
    await finish_stretch(conn, name=FOLLOWER, through=through)
    return through - stretch.after


async def retain_from_closed(conn: Connection, *, now: datetime, actor: Actor) -> None:
    """
    Retain from every sheet that has closed, so that nothing of it is paid, or held for another reason. A sheet that is
    still claiming its lines holds up the follower, and not those that closed behind it: they may be due before it is
    through.
    """
    while await follow_closed_sheets(conn, now=now, actor=actor):
        pass
    for stretch in await list_stretches(conn, name=FOLLOWER):
        closed = await sql.find_closed_sheets(conn, after=stretch.after, through=stretch.through)
        ready = [row["sheet_id"] for row in closed]
        await retain_from_sheets(conn, sheet_ids=ready, now=now, actor=actor, by_later_agreements=False)


async def retain_from_sheets(
    conn: Connection, *, sheet_ids: Sequence[int], now: datetime, actor: Actor, by_later_agreements: bool = True
) -> list[int]:
    """
    Retain from these sheets what the agreements of their parties take, the oldest agreement first; the slices begun.
    Agreements made after a sheet closed take of it only where somebody says so (`by_later_agreements`); one that has
    ended takes of the sheets that closed while it stood, however late this runs, and bills nothing.

    What was billed under an agreement is taken first (it comes in by that), then what the agreement takes of this
    sheet. A sheet is dealt with once per agreement; one that is open, finished or not positive is left alone. A slice
    begins on the last day of the sheet's period, in the zone that the sheet was cut in.
    """
    await lock_log(conn)
    sheets = await find_sheets(conn, sheet_ids=sheet_ids)
    open_sheets = [
        sheet for _, sheet in sorted(sheets.items()) if sheet.total > 0 and sheet.status not in _TOO_EARLY | _TOO_LATE
    ]
    rows = await sql.find_agreements_of(conn, party_ids=sorted({sheet.key.party_id for sheet in open_sheets}))
    agreements = {row["agreement_id"]: to_agreement(row) for row in rows}
    if not agreements:
        return []
    pairs = [
        (sheet, each)
        for sheet in open_sheets
        for each in agreements
        if _fits(sheet, agreements[each]) and _takes(sheet, agreements[each], by_later_agreements=by_later_agreements)
    ]
    known = await sql.find_retained(
        conn, agreement_ids=[each for _, each in pairs], sheet_ids=[sheet.sheet_id for sheet, _ in pairs]
    )
    done = {(row["agreement_id"], row["sheet_id"]) for row in known}
    due: dict[int, list[Slice]] = {each: [] for each in agreements}
    for row in await sql.find_due_slices(conn, agreement_ids=sorted(agreements)):
        # A bill whose end has come is asked for no more, whether that is written already or not.
        part = to_slice(row)
        if part.releasable_date > find_local_day(now, part.zone):
            due[part.agreement_id].append(part)
    released = await sum_claimed(
        conn, sheet_ids=sorted(sheets), sequences=await sql.find_released(conn, agreement_ids=sorted(agreements))
    )
    numbers = await sql.reserve_ids(conn, count=2 * len(pairs))
    moves = _plan(
        [(sheet, each) for sheet, each in pairs if (each, sheet.sheet_id) not in done],
        agreements,
        due,
        numbers,
        now,
        released=released,
    )
    whole = await move_on_sheets(conn, moves=moves, actor=actor, now=now)
    await post_moves(conn, moves=whole, actor=actor, now=now)
    return [move.after.slice_id for move in moves if move.kind in (MoveKind.RETAINED, MoveKind.BILLED)]


def _fits(sheet: Sheet, agreement: Agreement) -> bool:
    key = sheet.key
    return (key.party_id, key.book_id, key.currency, key.role) == (
        agreement.party_id,
        agreement.book_id,
        agreement.currency,
        agreement.role,
    )


def _takes(sheet: Sheet, agreement: Agreement, *, by_later_agreements: bool) -> bool:
    """Whether the sheet closed while the agreement stood, or before it, where that is asked for."""
    if agreement.ended_at is None and by_later_agreements:
        return True
    closed = sheet.closed_at
    if closed is None or closed < agreement.agreed_at:
        return False
    return agreement.ended_at is None or closed < agreement.ended_at


def _plan(
    pairs: Sequence[tuple[Sheet, int]],
    agreements: dict[int, Agreement],
    due: Mapping[int, list[Slice]],
    numbers: list[int],
    now: datetime,
    *,
    released: Mapping[int, int],
) -> list[Move]:
    """The steps for each sheet and agreement, each after those before it."""
    payable = {sheet.sheet_id: sheet.payable for sheet, _ in pairs}
    moves: list[Move] = []
    for sheet, agreement_id in pairs:
        agreement = agreements[agreement_id]
        before = payable[sheet.sheet_id]
        offset = _offset(sheet, due[agreement_id], payable=before)
        left = before - sum(each.amount for each in offset)
        given_back = released.get(sheet.sheet_id, 0)
        retention = find_retention(agreement, total=sheet.total, payable=left, given_back=given_back)
        begun = []
        for kind, amount in ((MoveKind.RETAINED, retention.retained), (MoveKind.BILLED, retention.billed)):
            if amount:
                begun.append(_begin(sheet, agreement, kind=kind, amount=amount, slice_id=numbers.pop(0), now=now))
        moves += [*offset, *begun]
        payable[sheet.sheet_id] -= sum(each.amount for each in (*offset, *begun) if each.kind is not MoveKind.BILLED)
        grown = retention.retained + retention.billed
        agreements[agreement_id] = replace(agreement, reached=agreement.reached + grown, left=agreement.left + grown)
        due[agreement_id].extend(each.after for each in begun if each.kind is MoveKind.BILLED)
    return moves


def _offset(sheet: Sheet, due: list[Slice], *, payable: int) -> list[Move]:
    """What the sheet brings in of what is billed; `due` is kept up to date."""
    moves = []
    for index, part in enumerate(due):
        amount = min(part.due, payable)
        if amount:
            due[index] = move_slice(part, kind=MoveKind.OFFSET, amount=amount)
            # A sheet that got money back may bring in more of one bill: how much has come in tells the steps apart.
            received = part.principal - due[index].due
            reference, reason = f"sheet/{sheet.sheet_id}/{received}", note(Noted.TAKEN_FROM_SHEET)
            moves.append(
                Move(
                    MoveKind.OFFSET,
                    due[index],
                    amount,
                    reference,
                    reason,
                    SHEET_CODE,
                    part.party_id,
                    sheet.sheet_id,
                )
            )
            payable -= amount
    return moves


def _begin(sheet: Sheet, agreement: Agreement, *, kind: MoveKind, amount: int, slice_id: int, now: datetime) -> Move:
    is_billed = kind is MoveKind.BILLED
    # Only what was taken of the sheet is its own; the bill is of the agreement.
    part = begin_slice(
        agreement,
        slice_id=slice_id,
        kind=kind,
        amount=amount,
        start=_last_day(sheet),
        zone=sheet.zone,
        now=now,
        sheet_id=None if is_billed else sheet.sheet_id,
    )
    reference = f"sheet/{sheet.sheet_id}"
    if is_billed:
        reason = note(Noted.NOT_COVERED, sheet=sheet.sheet_id)
        return Move(kind, part, amount, f"{reference}/{agreement.reference}", reason, BILLED_CODE, part.party_id)
    return Move(kind, part, amount, reference, note(Noted.RETAINED), SHEET_CODE, part.party_id, sheet.sheet_id)


def _last_day(sheet: Sheet) -> date:
    """The last day of the sheet's period where it was cut."""
    return find_local_day(sheet.period_end - datetime.resolution, sheet.zone)
