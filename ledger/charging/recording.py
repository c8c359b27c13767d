"""
Order events in, documents and entries out: a list at a time, each event with its own outcome.

    lock the log -> load -> apply the events in order, in memory -> post -> write the documents, and how orders differ
    from what channels say of them

Applying is pure: an order is a frozen value, and a refused event leaves the one before it in place. What applying comes
to does not depend on what was posted, so a list goes a stretch at a time: while the database writes the entries of one,
and the documents that no later event of the list is about, the next one is applied.

An order is written once, as its last event leaves it, but for one case: disputes count on suspense while it is there,
and rounding may have a later event take a unit of it. Where both are in one list the order is also written as it was
between them, as it would be if they came singly; the database judges what is counted on when it is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger.actor import Actor
from ledger.charging.channel_days.keeping import keep_differences_of_orders
from ledger.charging.channel_moves import return_fee, settle_payment, unfreeze_payment
from ledger.charging.disputed import find_overcounted
from ledger.charging.disputing import charge_order_back, defend_chargeback, lose_chargeback, win_chargeback
from ledger.charging.documents import Accepted, Documents
from ledger.charging.drafting import Source, draft_entries, draft_event
from ledger.charging.errors import BatchRefused, OrderMissing
from ledger.charging.event import (
    ChargebackDefended,
    ChargebackLost,
    ChargebackWon,
    FeeReturned,
    OrderChargedBack,
    OrderEvent,
    OrderPaid,
    OrderRefunded,
    OrderSucceeded,
    PaymentSettled,
    PaymentUnfrozen,
    RefundPaid,
    RefundRejected,
)
from ledger.charging.loading import Known, Loaded, load
from ledger.charging.moves import Step
from ledger.charging.order import Order
from ledger.charging.paying import pay_order
from ledger.charging.refunding import pay_refund, refund_order, reject_refund
from ledger.charging.splitting import split_order
from ledger.db.transacting import Connection, meanwhile
from ledger.errors import InvariantBroken, LedgerError
from ledger.journal.books import Book, resolve_books
from ledger.journal.dating import check_instant
from ledger.journal.errors import IdempotencyConflict
from ledger.journal.log import lock_log
from ledger.journal.model import EntryDraft, EventDraft, Refused
from ledger.journal.posting import Written, posting

# A stretch ends with the event that reaches this, so that applying one takes about as long as writing the one before.
ENTRIES_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that counts, and its place in the log; `replayed` when it did already."""

    event_id: str
    order: str
    sequence: int
    replayed: bool


Outcome = Recorded | Refused


async def record_order_events(
    conn: Connection, *, events: Sequence[OrderEvent], actor: Actor, now: datetime, source: Source = "API"
) -> list[Outcome]:
    """
    Record what happened to orders; one outcome per event, in order. Each sees what the ones before it did.

    A refused event changes nothing and leaves its neighbours alone; it may come again under the same id. The number of
    statements does not depend on the list, save that there are up to four more per 250 entries, and a few where orders
    are written twice (see above). Refused by the journal (BalanceLimitReached, a key taken by somebody else): raises
    BatchRefused, the transaction must be rolled back and its events run singly. With a single event the journal's
    refusal is its outcome where nothing of it was written; else it is raised.

    Refusals, first match wins: IdempotencyConflict, DateTooFarAhead, OrderMissing, then those of pay_order,
        split_order, refund_order, pay_refund, reject_refund, return_fee, unfreeze_payment, settle_payment,
        charge_order_back, defend_chargeback, win_chargeback, lose_chargeback.
    """
    if not events:
        return []
    head = await lock_log(conn)
    loaded = await load(conn, events=events, tree_version=head.tree_version, now=now)
    books = await resolve_books(conn, book_ids=_book_ids(loaded))
    batch = _Batch(events, loaded, books, source, head.sequence, now)
    refusal = await _post(conn, batch, actor=actor)
    if refusal is not None:
        return [Refused(refusal)]
    compared = batch.find_compared()
    if compared:
        await keep_differences_of_orders(conn, orders=compared)
    return batch.outcomes


@dataclass(slots=True)
class _Batch:
    """
    Orders move from value to value; outcomes and the next stretch grow side by side. The documents of an order, and its
    events, wait for being written until the last event that names it is posted: then it is `finished`.
    """

    events: Sequence[OrderEvent]
    loaded: Loaded
    books: Mapping[int, Book]
    source: Source
    sequence: int
    now: datetime
    orders: dict[str, Order] = field(init=False)
    outcomes: list[Outcome] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    _next: "_Stretch" = field(init=False)
    _told: dict[str, list[Accepted]] = field(default_factory=dict)
    _last: dict[str, int] = field(init=False)
    _zones: dict[int, ZoneInfo] = field(default_factory=dict)
    _written: dict[str, Order] = field(init=False)

    def __post_init__(self) -> None:
        self.orders = dict(self.loaded.orders)
        self._written = dict(self.loaded.orders)
        self._last = {event.order: place for place, event in enumerate(self.events)}

    def apply_stretch(self) -> "_Stretch":
        """Apply events until there are entries enough, or no more events."""
        stretch = self._next = _Stretch()
        while not self.is_applied and len(stretch.drafts) < ENTRIES_AT_ONCE:
            place = len(self.outcomes)
            event = self.events[place]
            self.outcomes.append(self._apply(event))
            if self._last[event.order] == place and event.order in self._told:
                stretch.finished.append(event.order)
        return stretch

    def take_finished(self) -> Documents:
        """The documents of finished orders, and what is told of them, to be written."""
        orders, self.finished = self.finished, []
        accepted = [each for order in orders for each in self._told[order]]
        return self._document([self.orders[order] for order in orders], accepted)

    def take_between(self, stretch: "_Stretch") -> Iterator[Documents]:
        """Orders of a stretch as they were before rounding took what disputes count on, each to be written in turn."""
        rounds: list[dict[str, Order]] = []
        for order in stretch.between:
            latest = next((each for each in rounds if order.reference not in each), None)
            if latest is None:
                rounds.append(latest := {})
            latest[order.reference] = order
        for each in rounds:
            yield self._document(list(each.values()), ())

    def _document(self, orders: Sequence[Order], accepted: Sequence[Accepted]) -> Documents:
        before = {each.reference: self._written[each.reference] for each in orders if each.reference in self._written}
        self._written |= {each.reference: each for each in orders}
        return Documents(before=before, after=orders, accepted=accepted, rates=self.loaded.world.rates)

    def find_compared(self) -> set[str]:
        """The orders of which something was booked that channels tell of, too."""
        return {
            order
            for order, told in self._told.items()
            if any(isinstance(each.event, (OrderPaid, RefundPaid, FeeReturned)) for each in told)
        }

    @property
    def is_applied(self) -> bool:
        """Whether there are no more events to apply."""
        return len(self.outcomes) == len(self.events)

    def _apply(self, event: OrderEvent) -> Outcome:
        known = self.loaded.known.get(event.event_id)
        if known is not None:
            if known.fingerprint != event.fingerprint:
                return Refused(IdempotencyConflict(field=("id",), key=event.event_id))
            return Recorded(event.event_id, known.order, known.sequence, replayed=True)
        try:
            step = self._step(event)
        except LedgerError as refusal:
            return Refused(refusal)
        return self._accept(event, step)

    def _step(self, event: OrderEvent) -> Step:
        check_instant(event.occurred_at, now=self.now, field=("occurredAt",))
        order = self.orders.get(event.order)
        if isinstance(event, OrderPaid):
            return pay_order(order, event, world=self.loaded.world, after=self.sequence)
        if order is None:
            raise OrderMissing(field=("order",), order=event.order)
        return _APPLY[type(event)](order, event, world=self.loaded.world, after=self.sequence)

    def _accept(self, event: OrderEvent, step: Step) -> Recorded:
        order = step.order
        book = self.books[order.book_id]
        stretch = self._next
        stretch.log.append(
            draft_event(
                event.kind,
                step,
                cause=event.event_id,
                occurred_at=event.occurred_at,
                parties=step.parties,
                book=book,
                first_entry=len(stretch.drafts),
            )
        )
        days = {order.book_id: self._find_day(order.book_id, event.occurred_at)}
        if order.settling_book_id is not None:
            days[order.settling_book_id] = self._find_day(order.settling_book_id, event.occurred_at)
        stretch.drafts += draft_entries(step.moves, cause=event.event_id, order=order, days=days, source=self.source)
        # The log is ours until commit, and everything accepted is written: an event takes the number after its entries.
        self.sequence += len(step.moves) + 1
        accepted = Accepted(event, self.sequence)
        stretch.accepted.append(accepted)
        self._told.setdefault(event.order, []).append(accepted)
        self._change(order)
        if isinstance(event, OrderChargedBack):
            # Its name is taken, whatever order the next one of the batch is of.
            self.loaded.world.dispute_orders[event.dispute] = event.order
        self.loaded.known[event.event_id] = Known(event.fingerprint, event.order, self.sequence)
        return Recorded(event.event_id, event.order, self.sequence, replayed=False)

    def _change(self, order: Order) -> None:
        before = self.orders.get(order.reference)
        # Nothing was counted on in this list by disputes that are not there.
        if before is not None and order.disputes and find_overcounted(order) - find_overcounted(before):
            self._next.between.append(before)
        self.orders[order.reference] = order

    def _find_day(self, book_id: int, instant: datetime) -> date:
        """The day that it was where the legal entity is."""
        zone = self._zones.get(book_id)
        if zone is None:
            zone = self._zones[book_id] = ZoneInfo(self.books[book_id].time_zone)
        return instant.astimezone(zone).date()


_APPLY: dict[type, Callable[..., Step]] = {
    OrderSucceeded: split_order,
    OrderRefunded: refund_order,
    RefundPaid: pay_refund,
    RefundRejected: reject_refund,
    FeeReturned: return_fee,
    PaymentUnfrozen: unfreeze_payment,
    PaymentSettled: settle_payment,
    OrderChargedBack: charge_order_back,
    ChargebackDefended: defend_chargeback,
    ChargebackWon: win_chargeback,
    ChargebackLost: lose_chargeback,
}


@dataclass(slots=True)
class _Stretch:
    """
    Accepted events that follow each other, with their entries and what the log says about each; the orders that no
    later event names; and those that are written as they were between two events, in order.
    """

    drafts: list[EntryDraft] = field(default_factory=list)
    log: list[EventDraft] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    between: list[Order] = field(default_factory=list)


async def _post(conn: Connection, batch: _Batch, *, actor: Actor) -> LedgerError | None:
    """
    Apply, post, and write the documents; the journal's refusal where there is a single event and nothing of it was
    written.
    """
    async with posting(conn, actor=actor) as book:
        while not batch.is_applied:
            stretch = batch.apply_stretch()
            if stretch.accepted:
                documents = batch.take_finished()
                listed = await meanwhile(book.take(drafts=stretch.drafts, events=stretch.log), documents.drawing)
                # While the documents of the stretch before are written, this one is judged.
                await documents.write(conn)
                written = await book.post(listed)
                refusal = _find_refusal(stretch, written, batch.events)
                if refusal is not None:
                    if len(batch.events) > 1:
                        raise refusal
                    if any(not isinstance(outcome, Refused) for outcome in written.outcomes):
                        raise refusal.error
                    return refusal.error
                _check_numbers(stretch, written)
                for between in batch.take_between(stretch):
                    await between.write(conn)
            batch.finished += stretch.finished
        await batch.take_finished().write(conn)
    return None


def _book_ids(loaded: Loaded) -> set[int]:
    """A legal entity's book bears its number."""
    entities = {party.party_id for party in loaded.world.parties.values() if party.kind == "LEGAL_ENTITY"}
    return entities | {
        book_id
        for order in loaded.orders.values()
        for book_id in (order.book_id, order.settling_book_id)
        if book_id is not None
    }


def _find_refusal(stretch: _Stretch, written: Written, events: Sequence[OrderEvent]) -> BatchRefused | None:
    for entry, outcome in enumerate(written.outcomes):
        if isinstance(outcome, Refused):
            accepted = next(
                each for each, log in zip(stretch.accepted, stretch.log, strict=True) if entry in log.entries
            )
            place = next(place for place, event in enumerate(events) if event is accepted.event)
            return BatchRefused(place=place, event_id=accepted.event.event_id, error=outcome.error)
    return None


def _check_numbers(stretch: _Stretch, written: Written) -> None:
    """Documents name entries and events by the numbers they were expected to take."""
    for accepted, recorded in zip(stretch.accepted, written.events, strict=True):
        if recorded is None or recorded.sequence != accepted.sequence:
            raise InvariantBroken(f"event {accepted.event.event_id} did not take number {accepted.sequence}")
