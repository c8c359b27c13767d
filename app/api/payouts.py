"""Payouts: where they stand, what they pay, what banks said, and the cash that is needed."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from app.api.bank_accounts import BankAccount
from app.api.bounds import at_most
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.entries import Entry
from app.api.events import Event
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.messages import say_kept
from app.api.money import Money
from app.api.named import check_named
from app.api.nodes import Node, choose_key, read_key, write_id
from app.api.parties import Party, load_party
from app.api.scalars import BigInt, CurrencyCode
from app.api.sheets import Sheet, load_sheet
from ledger.reporting import entries, history, payouts
from ledger.reporting.payouts import BankAnswerRow, PayoutFilter, PayoutRow, PayoutSheetRow
from ledger.settlement.sheets.errors import SheetMissing


@strawberry.enum(description="How far a payout is. UNKNOWN: the answer was lost, the bank is asked what became of it.")
class PayoutStatus(StrEnum):
    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"
    PAID = "PAID"
    RETURNED = "RETURNED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@strawberry.enum(description="How a payout stands with its approval.")
class PayoutApprovalStatus(StrEnum):
    NOT_REQUIRED = "NOT_REQUIRED"
    PENDING = "PENDING"
    GRANTED = "GRANTED"
    REJECTED = "REJECTED"


@strawberry.enum(description="How what a payout took of a sheet stands. REPLACED: another payout pays it again.")
class PayoutClaim(StrEnum):
    CLAIMED = "CLAIMED"
    PAID = "PAID"
    RETURNED = "RETURNED"
    REPLACED = "REPLACED"
    RELEASED = "RELEASED"


@strawberry.enum(description="What a bank said of a payout.")
class BankAnswerKind(StrEnum):
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    PAID = "PAID"
    RETURNED = "RETURNED"


@strawberry.enum(description="What became of an answer. DISMISSED: nobody need look at it.")
class BankAnswerStatus(StrEnum):
    APPLIED = "APPLIED"
    UNMATCHED = "UNMATCHED"
    DISMISSED = "DISMISSED"


@strawberry.type(description="What a payout takes of a sheet.")
class PayoutSheet:
    taken: Money = strawberry.field(description="What is moved, or kept for the bank's fee that the party bears.")
    withheld: Money = strawberry.field(description="Tax.")
    claim: PayoutClaim
    row: strawberry.Private[PayoutSheetRow]

    @strawberry.field
    async def sheet(self, info: Info) -> Sheet | None:
        return await load_sheet(info.context, self.row.sheet_id)

    @classmethod
    def of(cls, row: PayoutSheetRow) -> "PayoutSheet":
        """Make the API's row of the ledger's."""
        return cls(
            taken=Money.of(row.taken_minor, row.currency),
            withheld=Money.of(row.withheld_minor, row.currency),
            claim=PayoutClaim(row.stands),
            row=row,
        )


@strawberry.type(
    description="What a bank said, and what became of it. One that fits no payout is kept with its reason."
)
class BankAnswer:
    number: BigInt
    source: str
    reference: str = strawberry.field(description="The answer's own name at its source.")
    kind: BankAnswerKind
    payout_key: str = strawberry.field(description="The payout that it names.")
    amount: Money | None
    fee: Money | None
    occurred_at: datetime
    recorded_at: datetime
    bank_reference: str
    reason: str
    status: BankAnswerStatus
    refusal: str | None = strawberry.field(description="The code of the refusal.")
    tries: int
    row: strawberry.Private[BankAnswerRow]

    @classmethod
    def of(cls, row: BankAnswerRow) -> "BankAnswer":
        """Make the API's answer of the ledger's."""
        says_money = row.amount_minor is not None and row.currency != ""
        return cls(
            number=BigInt(row.bank_answer_id),
            source=row.source,
            reference=row.reference,
            kind=BankAnswerKind(row.kind),
            payout_key=row.channel_key,
            amount=Money.of(row.amount_minor or 0, row.currency) if says_money else None,
            fee=Money.of(row.fee_minor, row.currency) if says_money else None,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            bank_reference=row.bank_reference,
            reason=row.reason,
            status=BankAnswerStatus(row.status),
            refusal=row.refusal or None,
            tries=row.tries,
            row=row,
        )

    @strawberry.field
    def refusal_text(self, info: Info) -> str | None:
        row = self.row
        if not row.refusal:
            return None
        return say_kept(row.refusal_text, code=row.refusal, facts=row.refusal_facts, locale=info.context.locale)

    @strawberry.field(description="The payout, where there is one of that name.")
    async def payout(self, info: Info) -> "Payout | None":
        return None if self.row.payout_id is None else await find_payout(info.context, self.row.payout_id)


@strawberry.type(description="One transfer to a party, for one or several sheets.")
class Payout(Node):
    number: BigInt
    legal_entity: LegalEntity = strawberry.field(description="The one that pays.")
    status: PayoutStatus
    approval_status: PayoutApprovalStatus | None = strawberry.field(description="Null for keys that see only a part.")
    amount: Money = strawberry.field(description="What the bank moves.")
    gross: Money = strawberry.field(description="What the party's claim goes down by: amount, tax and agreed fee.")
    withheld: Money = strawberry.field(description="Tax.")
    fee: Money = strawberry.field(description="What the party bears of the transfer.")
    bank_fee: Money | None = strawberry.field(
        description="What the bank took besides; null for keys that see only a part."
    )
    currency: CurrencyCode
    due_date: date
    created_at: datetime
    created_by: str | None = strawberry.field(description="Null for keys that see only a part.")
    submitted_at: datetime | None
    execution_date: date | None = strawberry.field(description="The day that the bank was asked to pay on.")
    ended_at: datetime | None = strawberry.field(description="When it was paid, failed, was cancelled or came back.")
    payout_key: str = strawberry.field(description="Its name for the bank: the end-to-end id.")
    bank_reference: str | None = strawberry.field(description="Its name at the bank, to trace it there.")
    reason: str | None = strawberry.field(description="Why it failed, came back, was cancelled or is unknown.")
    tax_rule: str | None
    account: BankAccount = strawberry.field(description="Where it goes.")
    channel: str | None = strawberry.field(description="Null for keys that see only a part.")
    row: strawberry.Private[PayoutRow]

    @classmethod
    def of(cls, context: Context, row: PayoutRow) -> "Payout":
        """Make the API's payout of the ledger's."""
        shown, currency = context.viewer.sees_whole_platform, row.currency
        return cls(
            id=write_id(context, "Payout", row.payout_id),
            number=BigInt(row.payout_id),
            legal_entity=LegalEntity(reference=row.legal_entity),
            status=PayoutStatus(row.status),
            approval_status=PayoutApprovalStatus(row.approval) if shown else None,
            amount=Money.of(row.net_minor, currency),
            gross=Money.of(row.gross_minor, currency),
            withheld=Money.of(row.withheld_minor, currency),
            fee=Money.of(row.fee_minor, currency),
            bank_fee=Money.of(row.bank_fee_minor, currency) if shown else None,
            currency=CurrencyCode(currency),
            due_date=row.due_date,
            created_at=row.created_at,
            created_by=row.created_by if shown else None,
            submitted_at=row.submitted_at,
            execution_date=row.execution_date,
            ended_at=row.ended_at,
            payout_key=row.channel_key,
            bank_reference=row.bank_reference or None,
            reason=context.say(row.reason) or None,
            tax_rule=row.tax_rule or None,
            account=BankAccount(
                reference=row.account_reference,
                holder=row.account_holder,
                masked=row.account_masked,
                currency=CurrencyCode(currency),
            ),
            channel=row.channel if shown else None,
            row=row,
        )

    @strawberry.field(description="Who is paid.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="What it takes of each of its sheets; taken and withheld add up to `gross`.")
    async def sheets(self, info: Info) -> list[PayoutSheet]:
        rows = await info.context.load(payouts.list_payout_sheets, self.row.payout_id)
        return [PayoutSheet.of(row) for row in rows]

    @strawberry.field(description="Every entry that it caused, oldest first.")
    async def entries(self, info: Info) -> list[Entry]:
        context = info.context
        scope = context.viewer.scope_party_id
        key = (f"payout/{self.row.payout_id}", None)
        return [Entry.of(context, row) for row in await context.load(entries.list_document_entries, key, scope=scope)]

    @strawberry.field(description="Everything that happened to it, oldest first.")
    async def history(self, info: Info) -> list[Event]:
        context = info.context
        rows = await context.load(
            history.list_document_events, f"payout/{self.row.payout_id}", scope=context.viewer.scope_party_id
        )
        return [Event.of(row) for row in rows]

    @strawberry.field(description="The payout that failed or came back before, which this one pays again.")
    async def replaces(self, info: Info) -> "Payout | None":
        return None if self.row.replaces is None else await find_payout(info.context, self.row.replaces)

    @strawberry.field(description="The payout that pays this one again.")
    async def replaced_by(self, info: Info) -> "Payout | None":
        return None if self.row.replaced_by is None else await find_payout(info.context, self.row.replaced_by)


@strawberry.input(
    description="Which payouts; what is left out does not matter. `dueThrough` is inclusive; `replaced` says whether"
    " what failed or came back stands with another payout: one that pays it again, a later one of its sheets that"
    " failed too, or the one that it had come back from before. It does not while a sheet of it can be paid that was in"
    " none since."
)
class PayoutFilterInput:
    status: list[PayoutStatus] | None = at_most(len(PayoutStatus), default=None, description="One, or several.")
    party: str | None = None
    legal_entity: str | None = None
    due_through: date | None = None
    sheet: strawberry.ID | None = strawberry.field(default=None, description="A sheet that it pays.")
    replaced: bool | None = None


@strawberry.input(description="Which answers: those that fit no payout, unless another status, or none, is given.")
class BankAnswerFilterInput:
    status: BankAnswerStatus | None = BankAnswerStatus.UNMATCHED


@strawberry.type
class PayoutQueries:
    @strawberry.field(description="One payout, by id or by number; null when there is none that you may see.")
    async def payout(self, info: Info, id: strawberry.ID | None = None, number: BigInt | None = None) -> Payout | None:
        key = choose_key(info.context, kind="Payout", id=id, number=number)
        return None if key is None else await find_payout(info.context, key)

    @strawberry.field(description="Payouts, newest first.")
    async def payouts(
        self,
        info: Info,
        *,
        filter: PayoutFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Payout]:
        context = info.context
        given = filter or PayoutFilterInput()
        matching = PayoutFilter(
            statuses=None if given.status is None else tuple(str(status) for status in given.status),
            party=given.party,
            legal_entity=given.legal_entity,
            due_through=given.due_through,
            sheet_id=None if given.sheet is None else _read_sheet(context, given.sheet),
            is_replaced=given.replaced,
        )
        pager = context.open_list("payouts", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.read(payouts.list_payouts, scope=scope, matching=matching, span=to_span(page))
        await check_named(context, rows, party=given.party, legal_entity=given.legal_entity)
        if not rows and matching.sheet_id is not None and await load_sheet(context, matching.sheet_id) is None:
            raise SheetMissing(field=("filter", "sheet"), sheet=given.sheet)
        return pager.lay_out(
            rows, page, node=lambda row: Payout.of(context, row), position=lambda row: (row.payout_id,)
        )

    @strawberry.field(
        description="What banks said, the oldest first: by default what fits no payout and waits for a person. Nothing"
        " for keys that see only a part."
    )
    async def bank_answers(
        self,
        info: Info,
        *,
        filter: BankAnswerFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[BankAnswer]:
        given = filter or BankAnswerFilterInput()
        context = info.context
        wanted = given.status and str(given.status)
        pager = context.open_list("bank-answers", status=wanted)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[BankAnswerRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(payouts.list_bank_answers, status=wanted, span=to_span(page))
        return pager.lay_out(
            rows,
            page,
            node=BankAnswer.of,
            position=lambda row: (row.recorded_at.isoformat(), row.bank_answer_id),
        )


def _read_sheet(context: Context, text: str) -> int:
    """A sheet's number out of its id; 0, which no sheet has, for one of another platform. Refusals: IdInvalid."""
    key = read_key(context, text, kind="Sheet", field=("filter", "sheet"))
    return key if isinstance(key, int) else 0


async def find_payout(context: Context, key: int | str) -> Payout | None:
    """A payout by its number; None when it may not be seen."""
    if not isinstance(key, int):
        return None
    row = await context.load(payouts.find_payouts, key, scope=context.viewer.scope_party_id)
    return None if row is None else Payout.of(context, row)
