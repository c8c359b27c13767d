"""One snapshot, the checks in order; the first disagreement ends it."""

from collections.abc import Awaitable, Callable

from ledger.db.transacting import Connection
from ledger.errors import InvariantBroken
from ledger.verify import (
    accounts,
    approvals,
    channel_days,
    entries,
    fees,
    log,
    marks,
    orders,
    payouts,
    receipts,
    refunds,
    sheets,
    sql,
    told,
    tree,
    withholding,
)
from ledger.verify.model import Disagreement, Report
from ledger.verify.snapshot import Progress, Snapshot

Check = Callable[[Snapshot], Awaitable[Disagreement | None]]

# In this order: each may rely on what those before it have found in order.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("time zones", log.check_zones),
    ("the log's sequence", log.check_sequence),
    ("posting days", log.check_posting_days),
    ("events of parties", log.check_parties),
    ("entries", entries.check_entries),
    ("accounts", accounts.check_accounts),
    ("running balances", accounts.check_running_balances),
    ("late lines of accounts", accounts.check_late),
    ("closed periods", log.check_closed_periods),
    ("moves", tree.check_moves),
    ("totals of subtrees", tree.check_totals),
    ("events of orders", orders.check_events),
    ("figures of orders", orders.check_figures),
    ("shares of orders", orders.check_shares),
    ("refunds of orders", refunds.check_refunds),
    ("what order lines gave back", refunds.check_lines),
    ("fees of entries", fees.check_fees),
    ("fee lines", fees.check_fee_lines),
    ("reversals of fee lines", fees.check_reversed),
    ("periods of sheets", sheets.check_periods),
    ("lines of sheets", sheets.check_claims),
    ("lines without a sheet", sheets.check_left_behind),
    ("figures of sheets", sheets.check_figures),
    ("what sheets leave to be paid", sheets.check_standing),
    ("holds", withholding.check_holds),
    ("money on hold", withholding.check_held),
    ("deposit slices", withholding.check_slices),
    ("deposits", withholding.check_deposited),
    ("claims for buyers", withholding.check_buyer_claims),
    ("adjustments", withholding.check_adjustments),
    ("receipts", receipts.check_receipts),
    ("matches of receipts", receipts.check_matches),
    ("payouts", payouts.check_payouts),
    ("claims of payouts", payouts.check_claims),
    ("money in transit", payouts.check_transit),
    ("approvals", approvals.check_approvals),
    ("reopened periods", approvals.check_reopenings),
    *((name, told.check_told) for name in told.NAMES),
    ("marks of parties", marks.check_parties),
    ("seals of payments", marks.check_payments),
    ("marks of bank accounts", marks.check_accounts),
    ("marks of bank answers", marks.check_answers),
    ("seats of approvals", marks.check_seats),
    ("agreements on deposits", marks.check_agreements),
    (channel_days.DAYS, channel_days.check_days),
    (channel_days.RECORDS, channel_days.check_records),
    (channel_days.DIFFERENCES, channel_days.check_differences),
    (channel_days.DISMISSALS, channel_days.check_dismissals),
    ("the chart of accounts", marks.check_chart),
    ("the log's head", log.check_head),
)

ROWS_AT_ONCE = 500_000


def _keep_quiet(_check: str, _read: int) -> None:
    """Progress that nobody wants to see."""


async def verify(conn: Connection, *, progress: Progress = _keep_quiet, rows_at_once: int = ROWS_AT_ONCE) -> Report:
    """
    Derive everything again from the lines of the transaction's platform and name the first row that disagrees.

    `conn` is a reading transaction (`Database.read`): all checks see one snapshot. `progress` is called with the name
    of the check and the rows it has read, every few thousand rows. `rows_at_once` bounds the memory for totals.
    """
    await sql.take_time(conn)
    platform = await sql.find_platform(conn)
    if platform is None:
        raise InvariantBroken("a reading transaction is inside a platform's wall")
    if platform["sequence"] is None:
        key = {"platform": platform["reference"]}
        missing = Disagreement(log.HEAD, "log_head", key, None, "the head of the platform's log")
        return Report(platform["reference"], 0, (), missing)
    snapshot = Snapshot(conn, platform["reference"], progress, rows_at_once, [])
    passed: list[str] = []
    for name, check in CHECKS:
        snapshot.check, snapshot.read = name, 0
        progress(name, 0)
        disagreement = await check(snapshot)
        if disagreement is not None:
            return Report(platform["reference"], platform["sequence"], tuple(passed), disagreement)
        passed.append(name)
    return Report(platform["reference"], platform["sequence"], tuple(passed), None)
