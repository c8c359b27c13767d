"""The work queues of finance: what waits for people, with counts, amounts and ages."""

from datetime import datetime
from enum import StrEnum

import strawberry

from app.api.context import Info
from app.api.money import Money
from ledger.reporting import work_queues


@strawberry.enum(
    description="What waits; `WorkQueue` names their lists. SHEETS_OVERDUE are payables whose day has passed,"
    " SHEETS_NEGATIVE what parties owe;"
    " PAYOUTS_FAILED and PAYOUTS_RETURNED those not paid again, what fails once more counted once"
    " and what was paid again in part with the rest;"
    " BANK_ANSWERS fit no payout;"
    " RECEIPTS_UNIDENTIFIED have a part that is matched with nothing, RECEIPTS_OVERDUE for longer than they may, as"
    " SUSPENSE_OVERDUE of what is in SUSPENSE;"
    " HOLDS_OVERDUE are open though their day has"
    " passed; INTERNAL_SPLITS are orders that their channel splits no more; CHANNEL_DAYS_DIFFERING are days of which a"
    " payment channel says something else than is booked here, since it did. What stands on the accounts of documents:"
    " ORDERS_TO_SPLIT on 2000, ORDERS_TO_UNFREEZE on 1100, REFUNDS_TO_PAY on 2070 and CLAIMS_TO_PAY"
    " (of deposits, for buyers) beside them, DISPUTES_TO_DECIDE on 1130,"
    " PAYOUTS_IN_TRANSIT and PAYOUTS_UNKNOWN on 2190; `orders(filter: {waitsFor})` lists those of orders."
)
class WorkQueueKind(StrEnum):
    APPROVALS = "APPROVALS"
    SHEETS_TO_CONFIRM = "SHEETS_TO_CONFIRM"
    SHEETS_DISPUTED = "SHEETS_DISPUTED"
    SHEETS_WITHOUT_INVOICE = "SHEETS_WITHOUT_INVOICE"
    SHEETS_OVERDUE = "SHEETS_OVERDUE"
    SHEETS_NEGATIVE = "SHEETS_NEGATIVE"
    PAYOUTS_FAILED = "PAYOUTS_FAILED"
    PAYOUTS_RETURNED = "PAYOUTS_RETURNED"
    PAYOUTS_UNKNOWN = "PAYOUTS_UNKNOWN"
    PAYOUTS_IN_TRANSIT = "PAYOUTS_IN_TRANSIT"
    BANK_ANSWERS = "BANK_ANSWERS"
    SUSPENSE = "SUSPENSE"
    SUSPENSE_OVERDUE = "SUSPENSE_OVERDUE"
    RECEIPTS_UNIDENTIFIED = "RECEIPTS_UNIDENTIFIED"
    RECEIPTS_OVERDUE = "RECEIPTS_OVERDUE"
    HOLDS_OVERDUE = "HOLDS_OVERDUE"
    DEPOSITS_DUE = "DEPOSITS_DUE"
    DEPOSITS_RELEASABLE = "DEPOSITS_RELEASABLE"
    FEE_LINES_REFUSED = "FEE_LINES_REFUSED"
    INTERNAL_SPLITS = "INTERNAL_SPLITS"
    CHANNEL_DAYS_DIFFERING = "CHANNEL_DAYS_DIFFERING"
    ORDERS_TO_SPLIT = "ORDERS_TO_SPLIT"
    ORDERS_TO_UNFREEZE = "ORDERS_TO_UNFREEZE"
    REFUNDS_TO_PAY = "REFUNDS_TO_PAY"
    CLAIMS_TO_PAY = "CLAIMS_TO_PAY"
    DISPUTES_TO_DECIDE = "DISPUTES_TO_DECIDE"
    JOBS_GIVEN_UP = "JOBS_GIVEN_UP"


@strawberry.type(
    description="A queue that has something in it. The ages add up to the total. What is in it is listed by"
    " `approvals(filter: {waitingForMe: false, status: PENDING})`; `sheets(filter: {status})` with CONFIRM_PENDING,"
    " [DISPUTED, ADJUSTED], INVOICE_PENDING or, negative, [RECEIVABLE, CARRIED_FORWARD, COLLECTING]; `overdueSheets`;"
    " `payouts(filter: {status, replaced: false})`; `bankAnswers`; `suspenseItems`, `receipts` and `holds` with `open`"
    " or `overdue`; `depositSlices(filter: {status: DUE})`, or with `releasable`, or with `claimsToPay`;"
    " `refusedFeeLines`; `internalSplits`; `channelDays(filter: {open: true})`; `jobs(filter: {status: DEAD})`;"
    " `orders(filter: {waitsFor})`, an order once whatever number of its refunds or disputes is counted, as is a slice"
    " of its claims."
)
class WorkQueue:
    queue: WorkQueueKind
    count: int
    amounts: list[Money] = strawberry.field(
        description="What those that have an amount come to, one per currency. Of sheets to be confirmed, disputed or"
        " without an invoice their totals, less what those are below zero that owe; of overdue ones what has not"
        " arrived, of negative ones what is owed yet; of payouts what they move, of failed ones that were paid again in"
        " part what can be paid of the rest; of receipts, suspense, holds,"
        " deposits, orders, refunds and disputes what is left of each, of ORDERS_TO_UNFREEZE less what those have that"
        " are below zero; of CLAIMS_TO_PAY and INTERNAL_SPLITS the whole of each; of approvals and answers of banks"
        " what they name."
        " FEE_LINES_REFUSED, CHANNEL_DAYS_DIFFERING and JOBS_GIVEN_UP have none."
    )
    oldest_since: datetime
    within_day: int = strawberry.field(description="Waits for less than a day.")
    within_week: int = strawberry.field(description="For one to seven days.")
    within_month: int = strawberry.field(description="For seven to thirty days.")
    older: int

    @classmethod
    def of(cls, row: work_queues.WorkQueue) -> "WorkQueue":
        """Make the API's queue of the ledger's."""
        return cls(
            queue=WorkQueueKind(row.queue),
            count=row.total,
            amounts=[Money.of(amount, currency) for currency, amount in row.amounts],
            oldest_since=row.oldest_since,
            within_day=row.within_day,
            within_week=row.within_week,
            within_month=row.within_month,
            older=row.older,
        )


@strawberry.type
class WorkQueueQueries:
    @strawberry.field(description="What waits for people; none for keys that see only a part.")
    async def work_queues(self, info: Info) -> list[WorkQueue]:
        context = info.context
        if not context.viewer.sees_whole_platform:
            return []
        rows = await context.read(work_queues.count_queues, now=context.services.now())
        return [WorkQueue.of(row) for row in rows]
