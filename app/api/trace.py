"""From an order, one of its lines or an entry to everything that belongs to it, and back."""

import strawberry

from app.api.context import Context, Info
from app.api.entries import Entry, find_entry
from app.api.events import Event
from app.api.nodes import read_id
from app.api.order_lines import OrderLine, find_order_line, load_order_entries, load_order_line
from app.api.orders import Capture, Order, find_order
from ledger.errors import InvalidInput

_ORDER = "order/"


@strawberry.type(
    description="What hangs together: the order with its captures and events, the lines in question with the plan they"
    " follow, and the entries: those of the line and those of its order as a whole, such as the capture; of an order"
    " all; of an entry all that belong to the same line, itself among them."
)
class Trace:
    order: Order | None
    order_lines: list[OrderLine]
    entries: list[Entry]

    @strawberry.field(description="How the order was paid; null for keys that see only a part.")
    async def captures(self, info: Info) -> list[Capture] | None:
        return None if self.order is None else await self.order.load_captures(info.context)

    @strawberry.field(description="What happened to the order, oldest first.")
    async def events(self, info: Info) -> list[Event]:
        return [] if self.order is None else await self.order.load_events(info.context)


@strawberry.type
class TraceQueries:
    @strawberry.field(
        description="Everything that hangs together with an order, an order line or an entry, by its id; null when"
        " there is none that you may see."
    )
    async def trace(self, info: Info, id: strawberry.ID) -> Trace | None:
        context = info.context
        named = read_id(id)
        if named.platform_id != context.viewer.platform_id:
            return None
        match named.kind:
            case "Order":
                order = await find_order(context, named.key)
                return None if order is None else await _trace_order(context, order)
            case "OrderLine":
                line = await find_order_line(context, named.key)
                return None if line is None else await _trace_line(context, line)
            case "Entry":
                entry = await find_entry(context, named.key)
                return None if entry is None else await _trace_entry(context, entry)
        raise InvalidInput(field=("id",), reason="Give the id of an order, an order line or an entry.")


async def _trace_order(context: Context, order: Order) -> Trace:
    lines = await order.load_lines(context)
    return Trace(order=order, order_lines=lines, entries=await load_order_entries(context, order.reference, None))


async def _trace_line(context: Context, line: OrderLine) -> Trace:
    reference = line.row.order_reference
    whole = await load_order_entries(context, reference, "")
    own = await load_order_entries(context, reference, line.line)
    return Trace(
        order=await find_order(context, reference),
        order_lines=[line],
        entries=sorted([*whole, *own], key=lambda entry: entry.row.sequence),
    )


async def _trace_entry(context: Context, entry: Entry) -> Trace:
    document = entry.row.document
    if not document.startswith(_ORDER):
        return Trace(order=None, order_lines=[], entries=[entry])
    reference = document.removeprefix(_ORDER)
    if entry.document_line is not None:
        line = await load_order_line(context, reference, entry.document_line)
        if line is not None:
            return await _trace_line(context, line)
    order = await find_order(context, reference)
    return Trace(order=None, order_lines=[], entries=[entry]) if order is None else await _trace_order(context, order)
