"""How far a store has come with a marketplace of ours, as its book says: for who finds it there and did not load it."""

from datetime import datetime
from enum import StrEnum

from app.demo.marketplace import Marketplace
from app.demo.settlement import SETTLED_AT
from ledger.db.connecting import Database
from ledger.reporting import orders, sheets
from ledger.reporting.model import Span

# More sheets than the year of a newcomer's marketplace has.
_MOST_SHEETS = 20_000


class DemoStanding(StrEnum):
    """OTHER is a marketplace that is not this one; EMPTY has no order, so that nobody can tell which it was to be."""

    OTHER = "OTHER"
    EMPTY = "EMPTY"
    PARTIAL = "PARTIAL"
    LOADED = "LOADED"
    PARTLY_SETTLED = "PARTLY_SETTLED"
    SETTLED = "SETTLED"


async def find_standing(database: Database, marketplace: Marketplace, *, platform_id: int) -> DemoStanding:
    """Compare what a platform has with the marketplace; nothing is written. Its events are made once and kept."""
    events = list(marketplace.generate_events())
    paid: dict[str, datetime] = {}
    for event in events:
        if event["event"] == "order.paid":
            paid.setdefault(event["order"], datetime.fromisoformat(event["occurredAt"]))
    async with database.read(platform_id) as conn:
        found = await orders.list_orders(conn, scope=None, span=Span(len(paid) + 1))
        if not found:
            return DemoStanding.EMPTY
        # When an order is paid depends on how many there are, and on the seed.
        if any(paid.get(each.reference) != each.paid_at for each in found):
            return DemoStanding.OTHER
        told = await orders.list_order_events(conn, keys=list(paid))
        listed = await sheets.list_sheets(conn, party_id=None, scope=None, span=Span(_MOST_SHEETS))
    known = {each.event_id for order in told for each in order}
    if any(event["id"] not in known for event in events):
        return DemoStanding.PARTIAL
    closed = [each.closed_at for each in listed if each.closed_at is not None]
    if not closed:
        return DemoStanding.LOADED
    return DemoStanding.SETTLED if max(closed) >= SETTLED_AT[-1] else DemoStanding.PARTLY_SETTLED
