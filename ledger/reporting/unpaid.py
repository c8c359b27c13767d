"""
"Why am I not paid, how much, on what ground, until when": every cent of a party that has not reached it, by the
document that says why.

The parts of a party add up, account by account, to what stands there: accrued (2010 …), on closed sheets, claimed by
payouts (2015, 2016), on hold (2050), deposits and retentions (2060), and below zero what the party owes (1200, 1210,
1220). In transit (2190) and in suspense (2200) are its part of accounts that are not kept per party.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.db.transacting import Connection
from ledger.reporting import sql_unpaid
from ledger.reporting.grouping import group, read_row
from ledger.reporting.payout_queue import find_waits
from ledger.reporting.sheet_shares import Shares, load_sheet_shares
from ledger.settlement.payouts.outdating import OUTDATED
from ledger.settlement.payouts.planning import Reason

# What a payout waits for that nothing but this keeps, in the words of its own; all else goes by the name of its reason.
_WAITS = {Reason.APPROVAL_PENDING: "APPROVAL", Reason.BEHIND_ANOTHER: "BANK_BALANCE"}
# What keeps payouts and only who sees the whole platform may know: what banks answered, who has agreed, and where legal
# entities pay from. Of sheets and of what came back sql_named leaves the like out.
_UNTOLD = frozenset(
    {Reason.BANK_SAYS_PAID, Reason.PAYING_ACCOUNT_RETIRED, Reason.APPROVAL_PENDING, Reason.APPROVAL_REJECTED}
)


class UnpaidPart(NamedTuple):
    """
    A part with its state. `awaits` is what has to happen: a status of its sheet or slice, or a hold's condition in
    words. `until` is the day when that is expected, `due_date` the day when its sheet is to be paid. `document` is
    what says so ("sheet/7", "hold/3", "deposit/5", "payout/2", "order/O1"), `ground` its legal ground or reason.
    """

    legal_entity: str
    currency: str
    state: str
    code: str
    amount_minor: int
    awaits: str
    until: date | None
    due_date: date | None
    sheet_id: int | None
    document: str
    ground: str


async def load_unpaid(
    conn: Connection, *, keys: Sequence[int], now: datetime, tells_all: bool = True
) -> list[list[UnpaidPart]]:
    """
    The parts of each of these parties, by legal entity, currency and state, as a run would find them; one statement,
    and those of find_waits where a payout was created and not sent. Without `tells_all` as a run would find them if
    nothing of what only who sees the whole platform may know were in the way.
    """
    parts = await load_parts(conn, keys=keys, tells_all=tells_all)
    return await _say_why(conn, parts, now=now, tells_all=tells_all)


async def load_parts(conn: Connection, *, keys: Sequence[int], tells_all: bool) -> list[list[UnpaidPart]]:
    """The same parts by one statement: nothing says what keeps payouts from being sent."""
    return group(await sql_unpaid.find_unpaid(conn, party_ids=keys, tells_all=tells_all), keys, _to_part)


async def load_unpaid_of_orders(
    conn: Connection, *, keys: Sequence[tuple[int, str]], now: datetime, tells_all: bool = True
) -> list[list[UnpaidPart]]:
    """
    The parts of an order for a party, each pair of them; four statements, and those of find_waits where a payout was
    created and not sent. They add up to all that the party ever got of the order, what was paid of it and what was
    settled otherwise included, with the states of load_sheet_shares. `tells_all` as for load_unpaid.

    On a sheet the order bears its part of what was taken of the whole; what was taken for the order it bears first. A
    hold of accrued money that names no order is borne by orders from the closing of its sheet on.
    """
    rows = await sql_unpaid.find_unpaid_of_orders(
        conn, party_ids=[party_id for party_id, _ in keys], orders=[order for _, order in keys]
    )
    sheet_ids = sorted({row["sheet_id"] for row in rows if row["state"] == "ON_SHEET"})
    shares = await load_sheet_shares(conn, sheet_ids=sheet_ids, tells_all=tells_all)
    found: list[list[UnpaidPart]] = [[] for _ in keys]
    for row in rows:
        place = row["position"] - 1
        found[place] += _divide(_to_part(row), f"order/{keys[place][1]}", shares)
    return await _say_why(conn, found, now=now, tells_all=tells_all)


async def _say_why(
    conn: Connection, found: list[list[UnpaidPart]], *, now: datetime, tells_all: bool
) -> list[list[UnpaidPart]]:
    """The same, with what keeps payouts from being sent."""
    payouts = {_find_payout(part) for parts in found for part in parts} - {0}
    waits = await find_waits(conn, payout_ids=payouts, now=now, untold=frozenset() if tells_all else _UNTOLD)
    return [[_wait(part, waits.get(_find_payout(part))) for part in parts] for parts in found]


def _wait(part: UnpaidPart, reason: Reason | None) -> UnpaidPart:
    if reason is None:
        return part
    return part._replace(awaits=_WAITS.get(reason, reason.value), ground=OUTDATED.get(reason, part.ground))


def _find_payout(part: UnpaidPart) -> int:
    """The payout that a part is in and that was not sent, or 0."""
    kind, _, number = part.document.partition("/")
    return int(number) if kind == "payout" and part.awaits == "SUBMISSION" else 0


def _divide(part: UnpaidPart, document: str, shares: Shares) -> list[UnpaidPart]:
    """What an order has on a sheet, by what became of it."""
    if part.state != "ON_SHEET" or part.sheet_id is None or part.sheet_id not in shares:
        return [part]
    return [
        part._replace(
            state=share.state,
            code=share.code,
            amount_minor=share.amount_minor,
            awaits=share.awaits,
            until=share.until,
            document=share.document,
            ground=share.ground,
        )
        for share in shares[part.sheet_id][document]
    ]


def _to_part(row: sql_unpaid.Row) -> UnpaidPart:
    return read_row(UnpaidPart, row)
