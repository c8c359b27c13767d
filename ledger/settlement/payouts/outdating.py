"""
Payouts that their tax has outdated: cancelled when they would be sent, so that the next run counts them anew.

A rule counts by the month of the entry that withholds, so what was created in one month and is not sent by its end is
counted with the month it is then paid in. And it counts what a payee gets beside what was counted before: where some of
that has failed or was cancelled since, what is left of the month bears another tax.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from ledger.actor import Actor
from ledger.approvals.withdrawing import overtake
from ledger.db.transacting import Connection
from ledger.settlement.payouts import submission_sql
from ledger.settlement.payouts.loading import find_posting_days
from ledger.settlement.payouts.model import Payout, PayoutDraft, PayoutStatus
from ledger.settlement.payouts.moving import Moves
from ledger.settlement.payouts.planning import Reason
from ledger.settlement.payouts.withholding import RULES, Month, find_rule, withhold

OUTDATED: Mapping[Reason, str] = {
    Reason.TAX_MONTH_PASSED: "the month of its tax has passed",
    Reason.TAX_CHANGED: "its tax was counted beside a payout that came to nothing",
}


class Taxed(Protocol):
    """What of a payout says how its tax was counted."""

    @property
    def payout_id(self) -> int: ...
    @property
    def book_id(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def tax_month(self) -> date | None: ...
    @property
    def withheld(self) -> int: ...


async def find_outdated(
    conn: Connection, *, payouts: Collection[Taxed], now: datetime, planned: Sequence[PayoutDraft] = ()
) -> dict[int, Reason]:
    """
    Those of these payouts, by number, whose tax was counted in another month than one sent now is posted in, or beside
    something that has come to nothing; two statements at most.

    `planned` is what will be created before: what takes the place of a payout that came to nothing may leave the tax
    of the others as it was.
    """
    taxed = [payout for payout in payouts if payout.tax_month is not None]
    if not taxed:
        return {}
    days = await find_posting_days(conn, book_ids={payout.book_id for payout in taxed}, now=now)
    month = {payout.payout_id: days[payout.book_id].replace(day=1) for payout in taxed}
    found = {
        payout.payout_id: Reason.TAX_MONTH_PASSED for payout in taxed if payout.tax_month != month[payout.payout_id]
    }
    current = {payout.payout_id: payout for payout in taxed if payout.payout_id not in found}
    for row in await submission_sql.find_months_beside(conn, payout_ids=sorted(current)) if current else ():
        payout = current[row["payout_id"]]
        day = days[payout.book_id]
        rule = find_rule(row["tax_rule"], currency=payout.currency, day=day, rules=RULES)
        whose = (row["party_id"], payout.book_id, payout.currency, payout.tax_month)
        more = [each for each in planned if (each.party_id, each.book_id, each.currency, each.tax_month) == whose]
        beside = Month(
            row["taxed"] + sum(each.taxed for each in more), row["withheld"] + sum(each.withheld for each in more)
        )
        if rule and withhold(rule, beside, row["taxed_minor"]) != payout.withheld:
            found[payout.payout_id] = Reason.TAX_CHANGED
    return found


async def cancel_outdated(
    conn: Connection, *, moves: Moves, payouts: Mapping[Reason, Collection[Payout]], actor: Actor, now: datetime
) -> None:
    """Cancel these, in `moves`, by why, and end what was asked about them; the log is locked."""
    for reason, outdated in payouts.items():
        for payout in outdated:
            moves.step(replace(payout, reason=reason.value), PayoutStatus.CANCELLED)
        asked = [payout.approval_id for payout in outdated if payout.approval == "PENDING" and payout.approval_id]
        if asked:
            await overtake(conn, approval_ids=asked, reason=OUTDATED[reason], actor=actor, now=now)
