"""Orders: what was sold, who got what of it, and what came back."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import order_lines as line_types
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.disputes import Dispute
from app.api.entries import Entry, load_entry
from app.api.errors import Why
from app.api.events import Event
from app.api.figures import Count, Cursor, to_span
from app.api.legal_entities import LegalEntity
from app.api.money import Money
from app.api.named import check_named
from app.api.nodes import Node, choose_key, write_id
from app.api.scalars import CurrencyCode
from ledger.errors import InvalidInput
from ledger.reporting import fee_lines, history, orders
from ledger.reporting.orders import OrderFilter, OrderRow, RefundLineRow, RefundRow, SplittableRow

if TYPE_CHECKING:
    from app.api.order_lines import OrderLine

ALine = Annotated["OrderLine", strawberry.lazy("app.api.order_lines")]


@strawberry.enum(description="How far an order is.")
class OrderStatus(StrEnum):
    FROZEN = "FROZEN"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    SPLIT_DONE = "SPLIT_DONE"
    SPLIT_PARTIAL = "SPLIT_PARTIAL"
    FINISHED = "FINISHED"
    CLAWED_BACK_PARTIAL = "CLAWED_BACK_PARTIAL"
    CLAWED_BACK_FULL = "CLAWED_BACK_FULL"


@strawberry.enum(description="How far a refund is.")
class RefundStatus(StrEnum):
    OPEN = "OPEN"
    PAID = "PAID"
    REJECTED = "REJECTED"


@strawberry.type(description="What a refund took back of one line.")
class RefundLine:
    line_reference: str
    amount: Money = strawberry.field(description="Of goods, discounts included.")
    delivery: Money | None = strawberry.field(description="Null for keys that do not see the line's merchant.")
    cash: Money | None = strawberry.field(description="What of the goods the customer gets back.")
    row: strawberry.Private[RefundLineRow]

    @classmethod
    def of(cls, row: RefundLineRow) -> "RefundLine":
        """Make the API's line of the ledger's."""
        return cls(
            line_reference=row.line_reference,
            amount=Money.of(row.goods_minor, row.currency),
            delivery=Money.of(row.delivery_minor, row.currency) if row.is_merchants else None,
            cash=Money.of(row.cash_minor, row.currency) if row.is_merchants else None,
            row=row,
        )

    @strawberry.field(description="The entry that took it back; null where nothing moved.")
    async def entry(self, info: Info) -> Entry | None:
        return None if self.row.entry is None else await load_entry(info.context, self.row.entry)


@strawberry.type(description="One refund of an order.")
class Refund:
    reference: str
    status: RefundStatus
    reason: str
    payable: Money | None = strawberry.field(
        description="What the customer gets in all; null for keys that see only a part."
    )
    row: strawberry.Private[RefundRow]

    @classmethod
    def of(cls, context: Context, row: RefundRow) -> "Refund":
        """Make the API's refund of the ledger's."""
        shown = context.viewer.sees_whole_platform
        return cls(
            reference=row.refund_reference,
            status=RefundStatus(row.status),
            reason=row.reason,
            payable=Money.of(row.payable_minor, row.currency) if shown else None,
            row=row,
        )

    @strawberry.field
    async def lines(self, info: Info) -> list[RefundLine]:
        scope = info.context.viewer.scope_party_id
        key = (self.row.order_reference, self.row.refund_reference)
        return [RefundLine.of(row) for row in await info.context.load(orders.list_refund_lines, key, scope=scope)]


@strawberry.type(description="One payment of an order.")
class Capture:
    event_id: str
    channel: str
    channel_transaction: str
    occurred_at: datetime


@strawberry.type(
    description="What is left of a payment after refunds, disputes, the channel's fee and what was split before, and no"
    " more than the channel's part of the whole."
)
class Splittable:
    amount: Money = strawberry.field(description="Nothing of what its channel has let go of.")
    frozen_until: datetime | None = strawberry.field(
        description="When the channel lets go of the money by itself, of several payments of the first of them;"
        " null where it never does."
    )

    @classmethod
    def of(cls, row: SplittableRow, *, now: datetime) -> "Splittable":
        """Make the API's answer of the ledger's."""
        stands = row.stand(now)
        return cls(amount=Money.of(stands.amount_minor, row.currency), frozen_until=stands.until)


@strawberry.type(description="An order as it stands. A party's key sees the lines in which its subtree has a part.")
class Order(Node):
    reference: str
    legal_entity: LegalEntity
    currency: CurrencyCode
    channel: str
    occurred_at: datetime = strawberry.field(description="When it was paid.")
    status: OrderStatus | None = strawberry.field(description="Of all its lines; null for keys that see only a part.")
    held: Money | None = strawberry.field(description="Not split yet; null for keys that see only a part.")
    row: strawberry.Private[OrderRow]

    @classmethod
    def of(cls, context: Context, row: OrderRow) -> "Order":
        """Make the API's order of the ledger's."""
        shown = context.viewer.sees_whole_platform
        return cls(
            id=write_id(context, "Order", row.reference),
            reference=row.reference,
            legal_entity=LegalEntity(reference=row.book_reference),
            currency=CurrencyCode(row.currency),
            channel=row.channel,
            occurred_at=row.paid_at,
            status=OrderStatus(row.status) if shown else None,
            held=Money.of(row.held_minor, row.currency) if shown else None,
            row=row,
        )

    @strawberry.field
    async def lines(self, info: Info) -> list[ALine]:
        return await self.load_lines(info.context)

    @strawberry.field(description="In the order they came.")
    async def refunds(self, info: Info) -> list[Refund]:
        context = info.context
        rows = await context.load(orders.list_refunds, self.reference, scope=context.viewer.scope_party_id)
        return [Refund.of(context, row) for row in rows]

    @strawberry.field(description="In the order they came; null for keys that see only a part.")
    async def disputes(self, info: Info) -> list[Dispute] | None:
        if not info.context.viewer.sees_whole_platform:
            return None
        return [Dispute.of(row) for row in await info.context.load(fee_lines.list_disputes, self.reference)]

    @strawberry.field(
        description="What the channel still lets be split off the payment, and until when; null for keys that see only"
        " a part."
    )
    async def splittable(self, info: Info) -> Splittable | None:
        context = info.context
        if not context.viewer.sees_whole_platform:
            return None
        row = await context.load(orders.find_splittables, self.reference)
        return None if row is None else Splittable.of(row, now=context.services.now())

    @strawberry.field(description="How it was paid; null for keys that see only a part.")
    async def captures(self, info: Info) -> list[Capture] | None:
        return await self.load_captures(info.context)

    @strawberry.field(description="What happened to it, oldest first.")
    async def events(self, info: Info) -> list[Event]:
        return await self.load_events(info.context)

    @strawberry.field(
        description="Every entry that it caused, oldest first; its trace also has those of what only names it."
    )
    async def entries(self, info: Info) -> list[Entry]:
        return await line_types.load_order_entries(info.context, self.reference, None)

    async def load_lines(self, context: Context) -> "list[OrderLine]":
        """The lines that may be seen."""
        rows = await context.load(orders.list_order_lines, self.reference, scope=context.viewer.scope_party_id)
        return [line_types.OrderLine.of(context, row) for row in rows]

    async def load_captures(self, context: Context) -> list[Capture] | None:
        """How it was paid, for who sees the whole platform."""
        if not context.viewer.sees_whole_platform:
            return None
        rows = await context.load(orders.list_order_events, self.reference)
        return [
            Capture(
                event_id=row.event_id,
                channel=row.channel or "",
                channel_transaction=row.channel_transaction or "",
                occurred_at=row.occurred_at,
            )
            for row in rows
            if row.kind == "order.paid"
        ]

    async def load_events(self, context: Context) -> list[Event]:
        """What happened to it, as far as it may be seen."""
        scope = context.viewer.scope_party_id
        rows = await context.load(history.list_document_events, f"order/{self.reference}", scope=scope)
        return [Event.of(row) for row in rows]


@strawberry.enum(
    description="What an order waits for: SPLIT of its funds, UNFREEZING by its channel, a REFUND to be paid, a DISPUTE"
    " to be decided."
)
class OrderWaitsFor(StrEnum):
    SPLIT = "SPLIT"
    UNFREEZING = "UNFREEZING"
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"


@strawberry.input(description="Which orders; what is left out does not matter. `paidTo` is exclusive.")
class OrderFilterInput:
    legal_entity: str | None = None
    status: OrderStatus | None = strawberry.field(default=None, description="Not for keys that see only a part.")
    party: str | None = strawberry.field(default=None, description="Merchant, agent or distributor of a line.")
    paid_from: datetime | None = None
    paid_to: datetime | None = None
    waits_for: OrderWaitsFor | None = strawberry.field(
        default=None,
        description="Not for keys that see only a part. A page from the end, with `last`, is of the oldest.",
    )


@strawberry.type
class OrderQueries:
    @strawberry.field(description="One order, by id or by reference; null when there is none that you may see.")
    async def order(self, info: Info, id: strawberry.ID | None = None, reference: str | None = None) -> Order | None:
        key = choose_key(info.context, kind="Order", id=id, reference=reference)
        return None if key is None else await find_order(info.context, key)

    @strawberry.field(description="Orders, newest first.")
    async def orders(
        self,
        info: Info,
        *,
        filter: OrderFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Order]:
        context = info.context
        given = filter or OrderFilterInput()
        if given.status is not None and not context.viewer.sees_whole_platform:
            raise InvalidInput(field=("filter", "status"), reason=Why.STATUS_HIDDEN)
        if given.waits_for is not None and not context.viewer.sees_whole_platform:
            raise InvalidInput(field=("filter", "waitsFor"), reason=Why.WAITING_HIDDEN)
        matching = OrderFilter(
            legal_entity=given.legal_entity,
            status=given.status and str(given.status),
            party=given.party,
            paid_from=given.paid_from,
            paid_to=given.paid_to,
            waits_for=given.waits_for and str(given.waits_for),
        )
        pager = context.open_list("orders", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.read(orders.list_orders, scope=scope, matching=matching, span=to_span(page))
        await check_named(context, rows, party=given.party, legal_entity=given.legal_entity)
        return pager.lay_out(rows, page, node=lambda row: Order.of(context, row), position=lambda row: (row.sequence,))


async def find_order(context: Context, key: int | str) -> Order | None:
    """An order by its reference; None when it may not be seen."""
    if not isinstance(key, str):
        return None
    row = await context.load(orders.find_orders, key, scope=context.viewer.scope_party_id)
    return None if row is None else Order.of(context, row)
