"""Fee lines that came from elsewhere, the catalogue, their sources, and how they compare with what is computed here."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import strawberry

from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.entries import Entry, load_entry
from app.api.figures import Count, Cursor, PartyKind, to_span
from app.api.legal_entities import LegalEntity
from app.api.messages import say_kept
from app.api.money import Money, read_rate
from app.api.named import check_order, find_named_party
from app.api.nodes import Node, write_id
from app.api.parties import Party, load_party
from app.api.scalars import BigInt
from ledger.charging.fees import model
from ledger.charging.fees.errors import FeeItemMissing, FeeSourceMissing
from ledger.money import Rounding, format_rate
from ledger.reporting import fee_lines
from ledger.reporting.fee_lines import (
    FeeItemRow,
    FeeLineRow,
    SourceRefusalRow,
    SourceRow,
)
from ledger.reporting.model import Span


@strawberry.enum(description="Which way a fee moves its party's money: to him, or from him.")
class FeeDirection(StrEnum):
    CREDIT = "CREDIT"
    CHARGE = "CHARGE"


FEE_GRANULARITY = strawberry.enum(
    model.Granularity, name="FeeGranularity", description="What a line of an item must name; of FEE_ITEM nothing."
)
FEE_BASE = strawberry.enum(
    model.Base, name="FeeBase", description="What an item's rate is applied to; FIXED items have amounts only."
)
ROUNDING = strawberry.enum(Rounding, description="How an amount is rounded to the currency's smallest unit.")


@strawberry.enum(description="How a fee line came here.")
class FeeLineSource(StrEnum):
    SUBMITTED = "SUBMITTED"
    PASSED_THROUGH = "PASSED_THROUGH"
    PULLED = "PULLED"


@strawberry.enum(
    description="DRAFT is only compared; OPEN waits for its sheet, LOCKED is on a closed one, SETTLED is paid or"
    " netted; REVERSED was taken back whole before any sheet claimed it."
)
class FeeLineStatus(StrEnum):
    DRAFT = "DRAFT"
    OPEN = "OPEN"
    LOCKED = "LOCKED"
    SETTLED = "SETTLED"
    REVERSED = "REVERSED"


@strawberry.type(description="On which account a fee item stands for parties of one kind.")
class FeeItemAccount:
    party_kind: PartyKind
    account_code: str


@strawberry.type(description="One entry of the catalogue of fees, in the version in force.")
class FeeItem:
    code: str
    version: int
    name: str
    direction: FeeDirection
    base: model.Base
    tax_code: str | None
    tax_rate: Decimal | None = strawberry.field(description="Of the tax inside its price.")
    reversible: bool
    granularity: model.Granularity
    accounts: list[FeeItemAccount]
    contra_account_code: str = strawberry.field(description="Of the account on the other side.")
    rounding: Rounding

    @classmethod
    def of(cls, row: FeeItemRow) -> "FeeItem":
        """Make the API's item of the ledger's."""
        item: model.FeeItem = row.item
        return cls(
            code=item.code,
            version=row.version,
            name=item.name,
            direction=FeeDirection(item.direction.value),
            base=item.base,
            tax_code=item.tax_code or None,
            tax_rate=read_rate(format_rate(item.tax_inside)) if item.tax_code else None,
            reversible=item.is_reversible,
            granularity=item.granularity,
            accounts=[FeeItemAccount(party_kind=PartyKind(kind), account_code=code) for kind, code in item.accounts],
            contra_account_code=item.contra,
            rounding=item.rounding,
        )


@strawberry.type(description="A fee line that was made elsewhere. Its amount never changes; a reversal is a new line.")
class FeeLine(Node):
    line_id: str = strawberry.field(description="The id it was submitted under.")
    item: str
    item_version: int
    direction: FeeDirection
    status: FeeLineStatus
    source: FeeLineSource
    compare_only: bool
    legal_entity: LegalEntity
    account_code: str
    amount: Money = strawberry.field(description="Without a sign, tax included; the direction says which way.")
    tax: Money
    base: Money | None
    rate: Decimal | None = strawberry.field(
        description="Of a reversal: the rate that was frozen on the line it takes back."
    )
    exact: Decimal | None = strawberry.field(description="The amount in minor units before it was rounded.")
    reversed: Money = strawberry.field(description="What was taken back of it so far.")
    occurred_at: datetime
    order_reference: str | None
    line_reference: str | None
    spu: str | None
    sku: str | None
    sku_kind: str | None
    row: strawberry.Private[FeeLineRow]

    @classmethod
    def of(cls, context: Context, row: FeeLineRow) -> "FeeLine":
        """Make the API's line of the ledger's."""
        return cls(
            id=write_id(context, "FeeLine", row.reference),
            line_id=row.reference,
            item=row.item,
            item_version=row.item_version,
            direction=FeeDirection(row.direction),
            status=FeeLineStatus(row.status),
            source=FeeLineSource(row.source),
            compare_only=row.compare_only,
            legal_entity=LegalEntity(reference=row.legal_entity),
            account_code=row.account_code,
            amount=Money.of(row.amount_minor, row.currency),
            tax=Money.of(row.tax_minor, row.currency),
            base=None if row.base_minor is None else Money.of(row.base_minor, row.currency),
            rate=read_rate(row.rate),
            exact=read_rate(row.exact),
            reversed=Money.of(row.reversed_minor, row.currency),
            occurred_at=row.occurred_at,
            order_reference=row.order_reference or None,
            line_reference=row.line_reference or None,
            spu=row.spu or None,
            sku=row.sku or None,
            sku_kind=row.sku_kind or None,
            row=row,
        )

    @strawberry.field(description="Whose fee it is.")
    async def party(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.party_id)

    @strawberry.field(description="The entry that booked it; null where it is only compared.")
    async def entry(self, info: Info) -> Entry | None:
        return None if self.row.entry is None else await load_entry(info.context, self.row.entry)

    @strawberry.field(description="The line that it takes back.")
    async def reverses(self, info: Info) -> "FeeLine | None":
        return None if self.row.reverses is None else await load_fee_line(info.context, self.row.reverses)


@strawberry.type(description="A system that fee lines are pulled from.")
class FeeSource:
    name: str
    url: str
    interval_seconds: int
    active: bool
    cursor: str = strawberry.field(description="Its watermark: everything before it is in the book.")
    pulled_lines: BigInt
    refused_lines: BigInt = strawberry.field(
        description="Lines that are still refused, and tried again less and less often."
    )
    pulled_at: datetime | None
    next_pull_at: datetime
    failures: int = strawberry.field(description="How often in a row it could not be pulled.")
    row: strawberry.Private[SourceRow]

    @strawberry.field
    def last_error(self, info: Info) -> str | None:
        row = self.row
        if not row.last_error:
            return None
        return say_kept(row.last_error, code=row.last_code, facts=row.last_facts, locale=info.context.locale)

    @classmethod
    def of(cls, row: SourceRow) -> "FeeSource":
        """Make the API's source of the ledger's."""
        return cls(
            name=row.name,
            url=row.url,
            interval_seconds=row.interval_seconds,
            active=row.is_active,
            cursor=row.cursor,
            pulled_lines=BigInt(row.pulled_lines),
            refused_lines=BigInt(row.refused_lines),
            pulled_at=row.pulled_at,
            next_pull_at=row.next_pull_at,
            failures=row.failures,
            row=row,
        )


@strawberry.type(description="A line of a source that is refused so far.")
class RefusedFeeLine:
    number: BigInt = strawberry.field(description="By which `retryRefusedFeeLines` knows it.")
    source: str
    refused_at: datetime
    tries: int = strawberry.field(description="How often it was tried again since it came.")
    next_try_at: datetime = strawberry.field(description="The first pull from then on tries it again.")
    document: str = strawberry.field(description="The line as it came, to the letter.")
    code: str
    row: strawberry.Private[SourceRefusalRow]

    @strawberry.field
    def message(self, info: Info) -> str:
        row = self.row
        return say_kept(row.message, code=row.code, facts=row.facts, locale=info.context.locale)

    @classmethod
    def of(cls, row: SourceRefusalRow) -> "RefusedFeeLine":
        """Make the API's refused line of the ledger's."""
        return cls(
            number=BigInt(row.refusal),
            source=row.source,
            refused_at=row.refused_at,
            tries=row.tries,
            next_try_at=row.next_try_at,
            document=row.document,
            code=row.code,
            row=row,
        )


@strawberry.input(
    description="Which fee lines; what is left out does not matter. `party` and `order` are references, `item` a code."
)
class FeeLineFilterInput:
    party: str | None = None
    order: str | None = None
    item: str | None = None
    source: FeeLineSource | None = None
    compare_only: bool | None = None


@strawberry.input(description="Which refused lines; what is left out does not matter. `source` is a name.")
class RefusedFeeLineFilterInput:
    source: str | None = None


@strawberry.type
class FeeLineQueries:
    @strawberry.field(description="A fee line by the id that it was submitted under.")
    async def fee_line(self, info: Info, *, line_id: str) -> FeeLine | None:
        return await load_fee_line(info.context, line_id)

    @strawberry.field(description="Fee lines that were made elsewhere, the newest first.")
    async def fee_lines(
        self,
        info: Info,
        *,
        filter: FeeLineFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[FeeLine]:
        given = filter or FeeLineFilterInput()
        context = info.context
        came = given.source and str(given.source)
        pager = context.open_list(
            "fee-lines",
            party=given.party,
            order=given.order,
            item=given.item,
            source=came,
            compare_only=given.compare_only,
        )
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.read(
            fee_lines.list_fee_lines,
            party_id=await find_named_party(context, given.party),
            order=given.order,
            item=given.item,
            source=came,
            compare_only=given.compare_only,
            scope=context.viewer.scope_party_id,
            span=to_span(page),
        )
        if not rows:
            await _check_named(context, given)
        return pager.lay_out(
            rows, page, node=lambda row: FeeLine.of(context, row), position=lambda row: (row.sequence,)
        )

    @strawberry.field(description="The catalogue of fees in force, by code.")
    async def fee_items(self, info: Info) -> list[FeeItem]:
        return [FeeItem.of(row) for row in await info.context.read(fee_lines.list_fee_items)]

    @strawberry.field(description="The systems that fee lines are pulled from; none for keys that see only a part.")
    async def fee_sources(self, info: Info) -> list[FeeSource]:
        context = info.context
        if not context.viewer.sees_whole_platform:
            return []
        return [FeeSource.of(row) for row in await context.read(fee_lines.list_sources)]

    @strawberry.field(description="Pulled lines that are still refused, the oldest first.")
    async def refused_fee_lines(
        self,
        info: Info,
        *,
        filter: RefusedFeeLineFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[RefusedFeeLine]:
        given = filter or RefusedFeeLineFilterInput()
        context = info.context
        pager = context.open_list("refused-fee-lines", source=given.source)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows: list[SourceRefusalRow] = []
        if context.viewer.sees_whole_platform:
            rows = await context.read(fee_lines.list_refusals, source=given.source, span=to_span(page))
            if not rows and given.source is not None:
                await _check_source(context, given.source)
        return pager.lay_out(rows, page, node=RefusedFeeLine.of, position=lambda row: (row.refusal,))


async def _check_named(context: Context, given: FeeLineFilterInput) -> None:
    """Whether what fee lines were asked for is there. Refusals, first match wins: OrderMissing, FeeItemMissing."""
    if given.order is not None:
        # Lines to be compared may be of orders that are not here.
        of_order = await context.read(
            fee_lines.list_fee_lines,
            party_id=None,
            order=given.order,
            item=None,
            source=None,
            compare_only=None,
            scope=context.viewer.scope_party_id,
            span=Span(1),
        )
        if not of_order:
            await check_order(context, given.order)
    if given.item is not None:
        catalogue = await context.read(fee_lines.list_fee_items)
        if all(row.item.code != given.item for row in catalogue):
            raise FeeItemMissing(field=("filter", "item"), item=given.item)


async def _check_source(context: Context, name: str) -> None:
    sources = await context.read(fee_lines.list_sources)
    if all(row.name != name for row in sources):
        raise FeeSourceMissing(field=("filter", "source"), source=name)


async def load_fee_line(context: Context, reference: str) -> FeeLine | None:
    """A fee line by its id; None when it may not be seen."""
    row = await context.load(fee_lines.find_fee_lines, reference, scope=context.viewer.scope_party_id)
    return None if row is None else FeeLine.of(context, row)


async def find_fee_line(context: Context, key: int | str) -> FeeLine | None:
    """A fee line by the key of its id; None when it may not be seen."""
    return await load_fee_line(context, key) if isinstance(key, str) else None
