"""Deposits and warranty retentions: agreements, and their slices with dates of their own."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import WHO, Context, Info
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money, read_rate
from app.api.money_steps import MoneyStep
from app.api.named import find_named_party
from app.api.nodes import Node, choose_key, write_id
from app.api.parties import Party, load_party
from app.api.scalars import BigInt
from app.api.sheets import Sheet, load_sheet
from app.api.terms import SettlementRole
from ledger.reporting import withholding
from ledger.reporting.withholding import AgreementRow, SliceRow


@strawberry.enum(description="SECURITY is against breach, WARRANTY is kept until warranty ends.")
class DepositKind(StrEnum):
    SECURITY = "SEC"
    WARRANTY = "WAR"


@strawberry.enum(description="A rate of every positive sheet, or until a target is reached.")
class DepositBasis(StrEnum):
    PERIOD_NET = "PERIOD_NET"
    TARGET = "TARGET"


@strawberry.enum(description="What sheets do not cover of a target: it waits for the next one, or is billed.")
class DepositShortfall(StrEnum):
    WAIT = "WAIT"
    BILL = "BILL"


@strawberry.enum(description="Whether a slice goes back by itself on its date, or when a person says so.")
class DepositRelease(StrEnum):
    ON_DATE = "ON_DATE"
    BY_HAND = "BY_HAND"


@strawberry.enum(description="Where a slice stands.")
class DepositStatus(StrEnum):
    DUE = "DUE"
    HELD = "HELD"
    RELEASABLE = "RELEASABLE"
    RELEASED = "RELEASED"
    CLAIMED = "CLAIMED"
    FORFEITED = "FORFEITED"
    LAPSED = "LAPSED"


@strawberry.enum(
    description="A step of a slice. LAPSED: what was billed and had not come in by its end, or by its agreement's."
    " CLAIM_PAID: what was claimed for the buyers of an order was paid to them."
)
class DepositStepKind(StrEnum):
    BILLED = "BILLED"
    RECEIVED = "RECEIVED"
    RETAINED = "RETAINED"
    PAID = "PAID"
    OFFSET = "OFFSET"
    CLAIMED = "CLAIMED"
    CLAIM_PAID = "CLAIM_PAID"
    RELEASED = "RELEASED"
    FORFEITED = "FORFEITED"
    LAPSED = "LAPSED"


@strawberry.type(description="A step of a slice, with the entry that moved its money.")
class DepositStep(MoneyStep):
    @strawberry.field
    def kind(self) -> DepositStepKind:
        return DepositStepKind(self.row.kind)

    @strawberry.field(description="The step's key within its slice; a claim is paid by it.")
    def reference(self) -> str:
        return self.row.reference

    @strawberry.field(
        description="When a claim for buyers was paid to them; null for what was not, or is no such claim."
    )
    def paid_at(self) -> datetime | None:
        return self.row.paid_at


@strawberry.type(description="A part of a deposit with its own dates.")
class DepositSlice(Node):
    number: BigInt
    kind: DepositKind
    status: DepositStatus
    principal: Money = strawberry.field(description="What was ever put in, billed and not received included.")
    left: Money = strawberry.field(description="What it still has.")
    received: Money = strawberry.field(description="What has come in of the principal; a bill may come in by parts.")
    due: Money = strawberry.field(description="What of the principal is billed and not received.")
    claimed: Money
    released: Money
    forfeited: Money
    lapsed: Money = strawberry.field(
        description="What was billed and had not come in by its end, or by that of its agreement: it is asked for no"
        " more."
    )
    start_date: date
    end_date: date
    releasable_date: date = strawberry.field(description="From this day on it may go back.")
    time_zone: str = strawberry.field(
        description="The zone that its days are counted in: its party's when it began, or its sheet's."
    )
    opened_at: datetime
    row: strawberry.Private[SliceRow]

    @classmethod
    def of(cls, context: Context, row: SliceRow) -> "DepositSlice":
        """Make the API's slice of the ledger's."""
        return cls(
            id=write_id(context, "DepositSlice", row.slice_id),
            number=BigInt(row.slice_id),
            kind=DepositKind(row.kind),
            status=DepositStatus(row.status),
            principal=Money.of(row.principal_minor, row.currency),
            left=Money.of(row.left_minor, row.currency),
            received=Money.of(row.received_minor, row.currency),
            due=Money.of(row.due_minor, row.currency),
            claimed=Money.of(row.claimed_minor, row.currency),
            released=Money.of(row.released_minor, row.currency),
            forfeited=Money.of(row.forfeited_minor, row.currency),
            lapsed=Money.of(row.lapsed_minor, row.currency),
            start_date=row.start_date,
            end_date=row.end_date,
            releasable_date=row.releasable_date,
            time_zone=row.zone,
            opened_at=row.opened_at,
            row=row,
        )

    @strawberry.field(description="Whose money it is.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The sheet that it was retained from.")
    async def sheet(self, info: Info) -> Sheet | None:
        return None if self.row.sheet_id is None else await load_sheet(info.context, self.row.sheet_id)

    @strawberry.field(description="How it came in and went out, in the order of the log.")
    async def history(self, info: Info) -> list[DepositStep]:
        rows = await info.context.load(withholding.list_slice_steps, self.row.slice_id)
        return [DepositStep.of(info.context, row, self.row.currency) for row in rows]


@strawberry.type(description="What a party agreed to leave with us, for how long and on what ground.")
class DepositAgreement(Node):
    reference: str
    legal_entity: LegalEntity
    kind: DepositKind
    basis: DepositBasis
    role: SettlementRole = strawberry.field(description="From the sheets of this role is retained.")
    rate: Decimal | None
    base: Money | None
    target: Money | None
    cap: Money | None
    months: int
    shortfall: DepositShortfall
    release: DepositRelease
    legal_ground: str
    agreed_by: str | None = strawberry.field(description=WHO)
    agreed_at: datetime
    ended_at: datetime | None = strawberry.field(
        description="From then on it takes nothing of sheets that close, and nothing is billed under it."
    )
    ended_by: str | None = strawberry.field(description=WHO)
    end_reason: str | None
    row: strawberry.Private[AgreementRow]

    @classmethod
    def of(cls, context: Context, row: AgreementRow) -> "DepositAgreement":
        """Make the API's agreement of the ledger's."""

        def some(minor: int | None) -> Money | None:
            return None if minor is None else Money.of(minor, row.currency)

        return cls(
            id=write_id(context, "DepositAgreement", row.reference),
            reference=row.reference,
            legal_entity=LegalEntity(reference=row.legal_entity),
            kind=DepositKind(row.kind),
            basis=DepositBasis(row.basis),
            role=SettlementRole(row.role),
            rate=read_rate(row.rate),
            base=some(row.base_minor),
            target=some(row.target_minor),
            cap=some(row.cap_minor),
            months=row.months,
            shortfall=DepositShortfall(row.shortfall),
            release=DepositRelease(row.release),
            legal_ground=row.legal_ground,
            agreed_by=context.name_actor(row.agreed_by),
            agreed_at=row.agreed_at,
            ended_at=row.ended_at,
            ended_by=context.name_actor(row.ended_by),
            end_reason=row.end_reason or None,
            row=row,
        )

    @strawberry.field(description="Who agreed.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="What has come in under it, the oldest first.")
    async def slices(self, info: Info) -> list[DepositSlice]:
        rows = await info.context.load(withholding.list_slices_of, self.row.agreement_id)
        return [DepositSlice.of(info.context, row) for row in rows]


@strawberry.input(
    description="Which agreements; what is left out does not matter. `party` is a reference, `open` whether it stands."
)
class DepositAgreementFilterInput:
    party: str | None = None
    kind: DepositKind | None = None
    open: bool | None = None


@strawberry.input(
    description="Which slices; what is left out does not matter. `party` is a reference, `releasableThrough` asks for"
    " those that hold something and may go back by that day, `releasable` for those that may now, by the day in their"
    " zone; `claimsToPay` says whether something was claimed of them"
    " for buyers that is not paid."
)
class DepositSliceFilterInput:
    party: str | None = None
    status: DepositStatus | None = None
    releasable_through: date | None = None
    releasable: bool = False
    claims_to_pay: bool | None = None


@strawberry.type
class DepositQueries:
    @strawberry.field(
        description="One deposit agreement, by id or by reference; null when there is none that you may see."
    )
    async def deposit_agreement(
        self, info: Info, id: strawberry.ID | None = None, reference: str | None = None
    ) -> DepositAgreement | None:
        key = choose_key(info.context, kind="DepositAgreement", id=id, reference=reference)
        return None if key is None else await find_agreement(info.context, key)

    @strawberry.field(description="Deposit agreements with their slices, the newest first.")
    async def deposit_agreements(
        self,
        info: Info,
        *,
        filter: DepositAgreementFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[DepositAgreement]:
        given = filter or DepositAgreementFilterInput()
        context = info.context
        wanted = given.kind and str(given.kind)
        pager = context.open_list("deposit-agreements", party=given.party, kind=wanted, open=given.open)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            withholding.list_agreements,
            party_id=await find_named_party(context, given.party),
            kind=wanted,
            is_open=given.open,
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        return pager.lay_out(
            rows,
            page,
            node=lambda row: DepositAgreement.of(context, row),
            position=lambda row: (row.agreement_id,),
        )

    @strawberry.field(
        description="One slice of a deposit, by id or by number; null when there is none that you may see."
    )
    async def deposit_slice(
        self, info: Info, id: strawberry.ID | None = None, number: BigInt | None = None
    ) -> DepositSlice | None:
        key = choose_key(info.context, kind="DepositSlice", id=id, number=number)
        return None if key is None else await find_slice(info.context, key)

    @strawberry.field(description="Slices of deposits, those first that may go back first.")
    async def deposit_slices(
        self,
        info: Info,
        *,
        filter: DepositSliceFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[DepositSlice]:
        given = filter or DepositSliceFilterInput()
        context = info.context
        wanted = given.status and str(given.status)
        through = given.releasable_through and given.releasable_through.isoformat()
        pager = context.open_list(
            "deposit-slices",
            party=given.party,
            status=wanted,
            through=through,
            releasable=given.releasable,
            owed=given.claims_to_pay,
        )
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            withholding.list_slices,
            party_id=await find_named_party(context, given.party),
            status=wanted,
            through=given.releasable_through,
            releasable_at=context.services.now() if given.releasable else None,
            is_owed=given.claims_to_pay,
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        return pager.lay_out(
            rows,
            page,
            node=lambda row: DepositSlice.of(context, row),
            position=lambda row: (row.releasable_date.isoformat(), row.slice_id),
        )


async def find_agreement(context: Context, key: int | str) -> DepositAgreement | None:
    """An agreement by its reference; None when it may not be seen."""
    if not isinstance(key, str):
        return None
    row = await context.load(withholding.find_agreements, key, scope=context.viewer.scope_party_id)
    return None if row is None else DepositAgreement.of(context, row)


async def find_slice(context: Context, key: int | str) -> DepositSlice | None:
    """A slice by the key of its id; None when it may not be seen."""
    return await load_slice(context, key) if isinstance(key, int) else None


async def load_slice(context: Context, slice_id: int) -> DepositSlice | None:
    """A slice by the ledger's number; None when it may not be seen."""
    row = await context.load(withholding.find_slices, slice_id, scope=context.viewer.scope_party_id)
    return None if row is None else DepositSlice.of(context, row)
