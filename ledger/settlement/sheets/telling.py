"""What the log says about sheets."""

from datetime import datetime
from typing import Any

from ledger.compact_json import write_json
from ledger.journal.model import EventDraft
from ledger.money import format_amount
from ledger.settlement.sheets.model import Sheet, Status

KIND_BY_STATUS: dict[Status, str] = {
    Status.CLOSING: "sheet.closed",
    Status.CONFIRM_PENDING: "sheet.presented",
    Status.DISPUTED: "sheet.disputed",
    Status.ADJUSTED: "sheet.adjusted",
    Status.CONFIRMED: "sheet.confirmed",
    Status.APPROVED: "sheet.approved",
    Status.INVOICE_PENDING: "sheet.awaits_invoice",
    Status.PAYING: "sheet.paying",
    Status.PAID: "sheet.paid",
    Status.PAY_FAILED: "sheet.payment_failed",
    Status.PAYMENT_PENDING: "sheet.payable",
    Status.COMPLETED: "sheet.completed",
    Status.CARRIED_FORWARD: "sheet.carried_forward",
    Status.COLLECTING: "sheet.collecting",
    Status.COLLECTED: "sheet.collected",
    Status.WRITTEN_OFF: "sheet.written_off",
}

# The steps that say by which terms a sheet is settled from then on: between them its row may not change them.
_BY_TERMS = frozenset({"sheet.opened", "sheet.redated", "sheet.due_date_changed", "sheet.closed"})


def tell(
    sheet: Sheet,
    *,
    now: datetime,
    kind: str = "",
    entries: tuple[int, ...] = (),
    **facts: Any,
) -> EventDraft:
    """
    The event of a sheet's step: of `kind`, else that of its status. `entries` are the positions of those it caused
    among the drafts it is written with.
    """
    currency, name = sheet.key.currency, kind or KIND_BY_STATUS[sheet.status]
    said: dict[str, Any] = {
        "sheet": sheet.sheet_id,
        "party": sheet.party,
        "legalEntity": sheet.legal_entity,
        "role": sheet.key.role,
        "mode": sheet.key.mode,
        "currency": currency,
        "periodStart": sheet.period_start.isoformat(),
        "periodEnd": sheet.period_end.isoformat(),
        "status": sheet.status,
    }
    if sheet.status != Status.OPEN:
        said["total"] = format_amount(sheet.total, currency=currency)
        said["dueDate"] = sheet.due_date.isoformat()
    if name in _BY_TERMS:
        said["terms"] = {
            "zone": sheet.zone,
            "calendar": sheet.calendar,
            "calendarVersion": sheet.calendar_version,
            "confirmation": sheet.confirmation,
            "deemedDays": sheet.deemed_days,
            "dueDate": sheet.due_date.isoformat(),
        }
    return EventDraft(
        kind=name,
        subject=sheet.subject,
        occurred_at=now,
        parties=(sheet.key.party_id,),
        payload=write_json({**said, **facts}),
        entries=entries,
    )
