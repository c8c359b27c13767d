"""
What rows say, against what the log told of them: facts that move no money, on which money, status or a right depends.

The log cannot be changed unseen, as every event is hashed. A statement names a row by `key` and gives what stands there
as `found` and what follows for it as `told`, JSON texts each; a fact that was not told, by an older program, is null
there and is not compared.
"""

import json
from collections.abc import AsyncIterator, Callable

from ledger.verify import (
    told_approval_sql,
    told_catalogue_sql,
    told_movement_sql,
    told_order_sql,
    told_party_sql,
    told_payout_sql,
    told_receipt_sql,
    told_refund_sql,
    told_rest_sql,
    told_sheet_sql,
    told_suspense_sql,
    told_withholding_sql,
)
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

Stream = Callable[[Snapshot], AsyncIterator[Row]]

# The check, the table whose rows it is about, and the statement that finds those that are not as told.
_TOLD: tuple[tuple[str, str, Stream], ...] = (
    ("what was told of parties", "party", told_party_sql.stream_parties),
    ("what was told of parties", "book", told_party_sql.stream_books),
    ("what was told of terms", "settlement_terms", told_party_sql.stream_terms),
    ("what was told of bank accounts", "payee_account", told_party_sql.stream_payee_accounts),
    ("what was told of bank accounts", "paying_account", told_party_sql.stream_paying_accounts),
    ("what was told of catalogues", "fee_plan", told_catalogue_sql.stream_plans),
    ("what was told of catalogues", "rate_override", told_catalogue_sql.stream_overrides),
    ("what was told of catalogues", "calendar", told_catalogue_sql.stream_calendars),
    ("what was told of catalogues", "fee_item", told_catalogue_sql.stream_items),
    ("what was told of orders", "order_event", told_order_sql.stream_events),
    ("what was told of orders", "order_head", told_order_sql.stream_heads),
    ("what was told of orders", "order_dispute", told_order_sql.stream_disputes),
    ("what was told of orders", "order_dispute_line", told_order_sql.stream_dispute_lines),
    ("what was told of orders", "order_refund", told_refund_sql.stream_refunds),
    ("what was told of orders", "order_refund_line", told_refund_sql.stream_refund_lines),
    ("what was told of orders", "internal_split_task", told_order_sql.stream_internal_splits),
    ("what was told of orders", "order_share", told_suspense_sql.stream_shares),
    ("what was told of orders", "order_share", told_suspense_sql.stream_borne_shares),
    ("suspense", "suspense_item", told_suspense_sql.stream_items),
    ("suspense", "suspense_release", told_suspense_sql.stream_releases),
    ("what was told of fee lines", "fee_line", told_order_sql.stream_fee_lines),
    ("what was told of sources", "charging_source", told_catalogue_sql.stream_sources),
    ("refused lines of sources", "source_refusal", told_catalogue_sql.stream_refused_lines),
    ("what was told of sheets", "sheet", told_sheet_sql.stream_sheets),
    ("what was told of sheets", "sheet_history", told_sheet_sql.stream_history),
    ("what was told of sheets", "sheet_account", told_sheet_sql.stream_accounts),
    ("what was told of sheets", "sheet_dispute", told_sheet_sql.stream_disputes),
    ("what was told of holds", "hold", told_withholding_sql.stream_holds),
    ("what was told of holds", "hold_movement", told_withholding_sql.stream_hold_movements),
    ("what chargebacks found gone", "disputed_rest", told_rest_sql.stream_rests),
    ("what chargebacks found gone", "disputed_rest", told_rest_sql.stream_missing),
    ("what chargebacks found gone", "disputed_rest", told_rest_sql.stream_short),
    ("what was told of deposits", "deposit_slice", told_withholding_sql.stream_slices),
    ("what was told of deposits", "deposit_movement", told_withholding_sql.stream_slice_movements),
    ("what was told of adjustments", "adjustment", told_withholding_sql.stream_adjustments),
    ("what was told of receipts", "receipt", told_receipt_sql.stream_receipts),
    ("what was told of receipts", "receipt_match", told_receipt_sql.stream_matches),
    ("what was told of receipts", "receipt_unmatch", told_receipt_sql.stream_unmatches),
    ("what was told of receipts", "receipt_return", told_receipt_sql.stream_returns),
    ("what was told of receipts", "receipt_tolerance", told_receipt_sql.stream_tolerances),
    ("what was told of payouts", "payout", told_payout_sql.stream_payouts),
    ("what was told of payouts", "payout_submission", told_payout_sql.stream_submissions),
    ("what was taken of sheets", "sheet_movement", told_movement_sql.stream_movements),
    ("files of banks", "bank_file", told_payout_sql.stream_files),
    ("answers of banks", "bank_answer", told_payout_sql.stream_answers),
    ("what was told of approvals", "approval", told_approval_sql.stream_approvals),
    ("what was told of approvals", "approval_decision", told_approval_sql.stream_decisions),
    ("what was told of approvals", "approval_flow", told_approval_sql.stream_flows),
    ("what was told of approvals", "approval_delegation", told_approval_sql.stream_delegations),
    ("keys that were revoked", "api_key", told_approval_sql.stream_keys),
    ("what was told of approvals", "book_reopening", told_approval_sql.stream_reopenings),
)

NAMES = tuple(dict.fromkeys(name for name, _, _ in _TOLD))


async def check_told(snapshot: Snapshot) -> Disagreement | None:
    """Each row of the documents that the running check is about says what the log told of it, and none is missing."""
    for name, table, stream in _TOLD:
        if name != snapshot.check:
            continue
        async for row in stream(snapshot):
            return _name(name, table, row)
    return None


def _name(check: str, table: str, row: Row) -> Disagreement:
    """The first fact that is another one, else that the row is missing on one side."""
    key = json.loads(row["key"])
    found, told = (None if row[side] is None else json.loads(row[side]) for side in ("found", "told"))
    if found is None or told is None:
        return Disagreement(check, table, key, found, told)
    fact = next(name for name, value in told.items() if value is not None and _differ(found[name], value))
    return Disagreement(check, table, key, {fact: found[fact]}, {fact: told[fact]})


def _differ(one: object, other: object) -> bool:
    """Whether two facts differ as they do in JSON, where no number is false: a 0 that stands for none is found so."""
    return one != other or isinstance(one, bool) != isinstance(other, bool)
