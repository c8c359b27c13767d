"""Lines of orders: who got what of them, by which plan."""

import json
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import orders as order_types
from app.api.context import Context, Info
from app.api.entries import Entry
from app.api.money import Money
from app.api.nodes import Node, read_names, write_id
from app.api.parties import Party, load_party
from app.api.scalars import JSON, BigInt
from ledger.compact_json import write_json
from ledger.reporting import entries, orders
from ledger.reporting.orders import OrderLineRow, ShareRow

if TYPE_CHECKING:
    from app.api.orders import Order

AnOrder = Annotated["Order", strawberry.lazy("app.api.orders")]


@strawberry.enum(description="As what somebody receives a share of a line.")
class ShareRole(StrEnum):
    MERCHANT = "MERCHANT"
    PLATFORM = "PLATFORM"
    LEVEL_1 = "LEVEL_1"
    LEVEL_2 = "LEVEL_2"
    LEVEL_3 = "LEVEL_3"
    AGENT = "AGENT"


@strawberry.enum(description="Where a share's money is: with its receiver, in suspense, or back with the merchant.")
class ShareStanding(StrEnum):
    PARTY = "PARTY"
    SUSPENSE = "SUSPENSE"
    SPLITTER = "SPLITTER"


_ROLES = tuple(ShareRole)


@strawberry.type(description="What one receiver got of a line.")
class Share:
    role: ShareRole
    account_code: str = strawberry.field(description="The code of the account it was credited to.")
    amount: Money = strawberry.field(description="At the split; the platform's includes tax.")
    tax: Money
    returned: Money = strawberry.field(description="What refunds took back of it since.")
    remaining: Money
    standing: ShareStanding
    row: strawberry.Private[ShareRow]

    @classmethod
    def of(cls, row: ShareRow) -> "Share":
        """Make the API's share of the ledger's."""
        return cls(
            role=_ROLES[row.rank],
            account_code=row.account_code,
            amount=Money.of(row.amount_minor, row.currency),
            tax=Money.of(row.tax_minor, row.currency),
            returned=Money.of(row.returned_minor, row.currency),
            remaining=Money.of(row.amount_minor - row.returned_minor, row.currency),
            standing=ShareStanding(row.stands),
            row=row,
        )

    @strawberry.field(description="Null for the platform itself.")
    async def receiver(self, info: Info) -> Party | None:
        return None if self.row.party_id is None else await load_party(info.context, self.row.party_id)


@strawberry.type(description="How a line was divided.")
class Split:
    shares: list[Share] = strawberry.field(description="In rank order; for a party's key those of its subtree.")


@strawberry.type(description="The version of a fee plan that a line follows for good.")
class PlanVersion:
    name: str
    valid_from: date
    version: int
    rates: JSON = strawberry.field(description="What the plan said for the line's category when it was paid.")


@strawberry.type(description="The channel's fee on a line.")
class ChannelFee:
    charged: Money
    returned: Money
    recovered: Money = strawberry.field(description="Passed on to the merchant.")
    passed_back: Money = strawberry.field(description="Given back to the merchant.")


@strawberry.type(description="One line of an order, with all that was frozen on it when it was paid.")
class OrderLine(Node):
    reference: str = strawberry.field(description="Unique in its order.")
    sku: str
    category: str
    quantity: BigInt
    is_split: bool
    goods: Money
    refunded_goods: Money
    delivery: Money | None = strawberry.field(description="Null for keys that do not see the line's merchant.")
    refunded_delivery: Money | None
    platform_discount: Money | None
    merchant_discount: Money | None
    channel_fee: ChannelFee | None
    plan: PlanVersion | None = strawberry.field(description="Null for keys that see only a part.")
    row: strawberry.Private[OrderLineRow]

    @classmethod
    def of(cls, context: Context, row: OrderLineRow) -> "OrderLine":
        """Make the API's line of the ledger's."""

        def money(minor_units: int) -> Money:
            return Money.of(minor_units, row.currency)

        def merchants(minor_units: int) -> Money | None:
            return money(minor_units) if row.is_merchants else None

        fee = ChannelFee(
            charged=money(row.fee_charged_minor),
            returned=money(row.fee_returned_minor),
            recovered=money(row.fee_recovered_minor),
            passed_back=money(row.fee_passed_back_minor),
        )
        plan = PlanVersion(
            name=row.plan, valid_from=row.valid_from, version=row.plan_version, rates=JSON(json.loads(row.rates))
        )
        return cls(
            id=write_id(context, "OrderLine", _write_key(row.order_reference, row.line_reference)),
            reference=row.line_reference,
            sku=row.sku,
            category=row.category,
            quantity=BigInt(row.quantity),
            is_split=row.is_split,
            goods=money(row.goods_minor),
            refunded_goods=money(row.refunded_goods_minor),
            delivery=merchants(row.delivery_minor),
            refunded_delivery=merchants(row.refunded_delivery_minor),
            platform_discount=merchants(row.platform_discount_minor),
            merchant_discount=merchants(row.merchant_discount_minor),
            channel_fee=fee if row.is_merchants else None,
            plan=plan if context.viewer.sees_whole_platform else None,
            row=row,
        )

    @strawberry.field
    async def order(self, info: Info) -> AnOrder:
        order = await order_types.find_order(info.context, self.row.order_reference)
        assert order is not None, "a line that is seen shows that its order is"
        return order

    @strawberry.field(description="Null for keys that may not see it.")
    async def merchant(self, info: Info) -> Party | None:
        return await load_party(info.context, self.row.merchant_id)

    @strawberry.field(description="The merchant's nearest agent when the line was paid.")
    async def agent(self, info: Info) -> Party | None:
        return None if self.row.agent_id is None else await load_party(info.context, self.row.agent_id)

    @strawberry.field(description="The distributors by level, as they stood when the line was paid; null is missing.")
    async def distributors(self, info: Info) -> list[Party | None]:
        return [None if each is None else await load_party(info.context, each) for each in self.row.chain]

    @strawberry.field(description="Null until the order has succeeded.")
    async def split(self, info: Info) -> Split | None:
        if not self.is_split:
            return None
        scope = info.context.viewer.scope_party_id
        key = (self.row.order_reference, self.row.line_reference)
        rows = await info.context.load(orders.list_shares, key, scope=scope)
        return Split(shares=[Share.of(row) for row in rows])

    @strawberry.field(description="Every entry that this line caused, oldest first.")
    async def entries(self, info: Info) -> list[Entry]:
        return await load_order_entries(info.context, self.row.order_reference, self.row.line_reference)


async def find_order_line(context: Context, key: int | str) -> OrderLine | None:
    """A line by the key of its id; None when it may not be seen."""
    named = _read_key(key)
    if named is None:
        return None
    row = await context.load(orders.find_order_lines, named, scope=context.viewer.scope_party_id)
    return None if row is None else OrderLine.of(context, row)


async def load_order_line(context: Context, order: str, line: str) -> OrderLine | None:
    """A line by its names; None when it may not be seen."""
    row = await context.load(orders.find_order_lines, (order, line), scope=context.viewer.scope_party_id)
    return None if row is None else OrderLine.of(context, row)


async def load_order_entries(context: Context, order: str, line: str | None) -> list[Entry]:
    """The entries of an order, or of one line of it."""
    scope = context.viewer.scope_party_id
    rows = await context.load(entries.list_document_entries, (f"order/{order}", line), scope=scope)
    return [Entry.of(context, row) for row in rows]


def _write_key(order: str, line: str) -> str:
    return write_json([order, line])


def _read_key(key: int | str) -> tuple[str, str] | None:
    match read_names(key):
        case [str(order), str(line)]:
            return order, line
    return None
