"""The kinds of events that the log has, and what of them a party's key may read."""

ENTRY_POSTED = "entry.posted"

EVENT_KINDS = (
    ENTRY_POSTED,
    # Who is there.
    "party.registered",
    "party.moved",
    "party.closed",
    "party.blocked",
    "party.unblocked",
    "bank_account.registered",
    "key.revoked",
    # What is gone by.
    "plan.published",
    "rates.overridden",
    "fee_items.published",
    "calendar.published",
    "calendar.adopted",
    "terms.changed",
    # Orders and fee lines.
    "order.paid",
    "order.split",
    "order.refunded",
    "refund.paid",
    "refund.rejected",
    "payment.unfrozen",
    "payment.settled",
    "channel.fee_returned",
    "order.charged_back",
    "chargeback.defended",
    "chargeback.won",
    "chargeback.lost",
    "chargeback.short",
    "suspense.released",
    "internal_split.done",
    "fee_line.posted",
    "fee_line.noted",
    "source.registered",
    "source.pulled",
    "source.lines_refused",
    "source.lines_refused_again",
    "source.lines_accepted",
    "channel_day.recorded",
    "channel_difference.dismissed",
    "channel_difference.reopened",
    # Books.
    "period.closed",
    "period.reopened",
    # Approvals.
    "approval.requested",
    "approval.decided",
    "approval.granted",
    "approval.rejected",
    "approval.withdrawn",
    "approval.stale",
    "approval.escalated",
    "approval.delegated",
    "approval.flow_defined",
    # Sheets.
    "sheet.opened",
    "sheet.redated",
    "sheet.closed",
    "sheet.presented",
    "sheet.disputed",
    "sheet.adjusted",
    "sheet.confirmed",
    "sheet.approved",
    "sheet.awaits_invoice",
    "sheet.due_date_changed",
    "sheet.overdue",
    "sheet.payable",
    "sheet.paying",
    "sheet.paid",
    "sheet.payment_failed",
    "sheet.completed",
    "sheet.netted",
    "sheet.carried_forward",
    "sheet.collecting",
    "sheet.collected",
    "sheet.given_up",
    "sheet.written_off",
    # What is kept back, and what people add.
    "hold.placed",
    "hold.lifted",
    "deposit.agreed",
    "deposit.ended",
    "deposit.due",
    "deposit.held",
    "deposit.retained",
    "deposit.releasable",
    "deposit.claimed",
    "deposit.claim_paid",
    "deposit.released",
    "deposit.forfeited",
    "deposit.lapsed",
    "adjustment.proposed",
    "adjustment.posted",
    "adjustment.rejected",
    # What came to the bank.
    "receipt.recorded",
    "receipt.matched",
    "receipt.unmatched",
    "receipt.returned",
    "receipt.assigned",
    "receipt.tolerance_set",
    # Payouts.
    "payout.created",
    "payout.submitted",
    "payout.accepted",
    "payout.unknown",
    "payout.paid",
    "payout.failed",
    "payout.cancelled",
    "payout.returned",
    "bank_file.recorded",
    "bank_answer.unmatched",
    "bank_answer.dismissed",
)

# Plain facts that tell nothing of anybody else, whatever the event. Amounts of an order are of all its merchants, ids
# of events are its sender's.
PLAIN_FACTS = frozenset({"order", "refund", "currency", "kind", "through"})
# References of parties, for whoever sees the party.
REFERENCES = frozenset({"party", "counterparty", "parent", "to", "book", "legalEntity"})
# What a document of a party's own says, by the first word of the event's kind, for whoever sees that party.
OWN_FACTS: dict[str, frozenset[str]] = {
    "sheet": frozenset(
        {"sheet", "role", "mode", "periodStart", "periodEnd", "status", "total", "dueDate", "payable", "amount"}
        | {"dueDateBefore", "dueDateAfter"}
    ),
    "payout": frozenset(
        {"payout", "amount", "withheld", "status", "dueDate", "sheets", "replaces", "bankReference", "reason"}
    ),
    "hold": frozenset({"hold", "amount", "left", "reason", "why", "sheet"}),
    "deposit": frozenset({"slice", "agreement", "step", "amount", "left", "due", "releasableDate", "why", "sheet"}),
    "adjustment": frozenset({"adjustment", "amount", "reason", "line"}),
    "receipt": frozenset({"sheet", "amount", "rest"}),
    "fee_line": frozenset({"feeLine", "item", "amount", "line", "reverses"}),
}
