"""The question why a party is not paid: every cent that has not reached it, with its state, ground and day."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import sheets as sheet_types
from app.api.context import Context, Info
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_order
from ledger.reporting import next_payouts, unpaid

if TYPE_CHECKING:
    from app.api.sheets import Sheet

ASheet = Annotated["Sheet", strawberry.lazy("app.api.sheets")]


@strawberry.enum(
    description="ACCRUED on an open sheet; ON_SHEET closed and not paid; IN_PAYOUT claimed by a payout; PAYOUT_FEE what"
    " a payout under way will cost the party; RETURNED by the bank; ON_HOLD; DEPOSIT and RETENTION; SUSPENSE; OWED by"
    " the party, below zero. Of an order also NOT_SPLIT, and what is settled: PAID; WITHHELD as tax; NETTED with a"
    " further sheet; SET_OFF against what counted the other way on the same sheet; CLAIMED or FORFEITED out of what was"
    " retained; of a debt COLLECTED or WRITTEN_OFF."
)
class UnpaidState(StrEnum):
    ACCRUED = "ACCRUED"
    ON_SHEET = "ON_SHEET"
    IN_PAYOUT = "IN_PAYOUT"
    IN_TRANSIT = "IN_TRANSIT"
    PAYOUT_FEE = "PAYOUT_FEE"
    RETURNED = "RETURNED"
    ON_HOLD = "ON_HOLD"
    DEPOSIT = "DEPOSIT"
    RETENTION = "RETENTION"
    SUSPENSE = "SUSPENSE"
    OWED = "OWED"
    NOT_SPLIT = "NOT_SPLIT"
    PAID = "PAID"
    WITHHELD = "WITHHELD"
    NETTED = "NETTED"
    SET_OFF = "SET_OFF"
    CLAIMED = "CLAIMED"
    FORFEITED = "FORFEITED"
    COLLECTED = "COLLECTED"
    WRITTEN_OFF = "WRITTEN_OFF"


@strawberry.type(description="A part of what a party has not been paid. The parts add up to what stands in the book.")
class UnpaidPart:
    legal_entity: LegalEntity
    state: UnpaidState
    account_code: str
    amount: Money = strawberry.field(description="Below zero where the party owes it.")
    awaits: str = strawberry.field(
        description="What has to happen: PERIOD_END, a status of its sheet or slice, or a hold's condition in words."
        " NEXT_PAYOUT of what is too little to be paid by itself: it goes with the next sheet."
        " BANK_BALANCE where the account that pays does not hold it beside what is before it. What else keeps a sheet,"
        " a payout or what came back from being paid goes by the reason of a payout run: PARTY_BLOCKED,"
        " NO_PAYEE_ACCOUNT, NO_PAYING_ACCOUNT, APPROVAL_REJECTED, PAYEE_ACCOUNT_RETIRED, PAYING_ACCOUNT_RETIRED,"
        " BANK_SAYS_PAID, CLAIMED_MEANWHILE (a payout under way has another part of it), TAX_MONTH_PASSED, TAX_CHANGED"
        " (the last two: the next run counts it anew). That tax and fee would leave nothing of a sheet is not told: it"
        " is counted by the run. Keys that see only a part are told what it would wait for without APPROVAL and"
        " APPROVAL_REJECTED of a payout, BANK_SAYS_PAID, NO_PAYING_ACCOUNT and PAYING_ACCOUNT_RETIRED. Empty where"
        " settled."
    )
    expected_date: date | None = strawberry.field(
        description="When that is expected: of a sheet the day when silence confirms it, none where only its party's"
        " word does, and after that its due date."
    )
    due_date: date | None = strawberry.field(description="When its sheet is to be paid.")
    document: str | None = strawberry.field(description='What says so: "sheet/7", "hold/3", "deposit/5", "payout/2" …')
    ground: str | None = strawberry.field(description="Its legal ground or reason.")
    row: strawberry.Private[unpaid.UnpaidPart]

    @classmethod
    def of(cls, context: Context, row: unpaid.UnpaidPart) -> "UnpaidPart":
        """Make the API's part of the ledger's."""
        return cls(
            legal_entity=LegalEntity(reference=row.legal_entity),
            state=UnpaidState(row.state),
            account_code=row.code,
            amount=Money.of(row.amount_minor, row.currency),
            awaits=context.say(row.awaits),
            expected_date=row.until,
            due_date=row.due_date,
            document=row.document or None,
            ground=context.say(row.ground) or None,
            row=row,
        )

    @strawberry.field(description="The sheet that it stands on, or was taken from.")
    async def sheet(self, info: Info) -> ASheet | None:
        return None if self.row.sheet_id is None else await sheet_types.load_sheet(info.context, self.row.sheet_id)


@strawberry.type(
    description="What a party is paid next by a legal entity: what is due on the first day on which something is, with"
    " a day that has passed all that is due by now, in payouts that are not sent, on closed sheets, and accrued so far"
    " on the open one, less what it owes from closed ones, as far as that is netted first. What failed to be paid is"
    " not among it before somebody pays it again."
)
class NextPayout:
    legal_entity: LegalEntity
    due_date: date
    amount: Money


async def load_next_payouts(context: Context, party_id: int) -> list[NextPayout]:
    """What a party is paid next, by legal entity and currency."""
    return [
        NextPayout(
            legal_entity=LegalEntity(reference=row.legal_entity),
            due_date=row.due_date,
            amount=Money.of(row.amount_minor, row.currency),
        )
        for row in await context.load(next_payouts.load_next_payouts, party_id, now=context.now)
    ]


async def load_unpaid(context: Context, party_id: int) -> list[UnpaidPart]:
    """Every part that a party has not been paid."""
    tells_all = context.viewer.sees_whole_platform
    rows = await context.load(unpaid.load_unpaid, party_id, now=context.now, tells_all=tells_all)
    return [UnpaidPart.of(context, row) for row in rows]


async def load_unpaid_of_order(context: Context, party_id: int, order: str) -> list[UnpaidPart]:
    """Where a party's money of an order is."""
    tells_all = context.viewer.sees_whole_platform
    rows = await context.load(unpaid.load_unpaid_of_orders, (party_id, order), now=context.now, tells_all=tells_all)
    if not rows:
        await check_order(context, order, field=("order",))
    return [UnpaidPart.of(context, row) for row in rows]
