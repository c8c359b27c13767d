"""
An order as its events so far have left it: frozen values, a new one per event. What is frozen on a line when it is paid
(chain, agent, plan version, rates) is copied from one to the next and never asked for again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from ledger.charging.model import LineState, Refund, Split
from ledger.charging.rates import FrozenRates
from ledger.journal.model import LineDraft

# Ranks of the receivers of a line; levels 1 to 3 stand between, at LEVEL_1 onwards.
MERCHANT, PLATFORM, LEVEL_1, AGENT = 0, 1, 2, 5
PAYABLE = ("2010", "4000", "2041", "2042", "2043", "2020")

ItemStatus = Literal["OPEN", "OWNER", "SPLITTER"]
RefundStatus = Literal["OPEN", "PAID", "REJECTED"]
DisputeStatus = Literal["NOTIFIED", "DEFENDED", "WON", "LOST"]


_NOTHING: Mapping[str, int] = MappingProxyType({})


class Place(NamedTuple):
    """Where the entries of an order go."""

    book_id: int
    currency: str


class Suspended(NamedTuple):
    """
    A share whose receiver could not be credited: `amount` stands in 2200 while the item is OPEN. `outside` is what of
    the share is no part of it, because its receiver has it; `given` is what the merchant was given of it before the
    item was opened again. `item` is its number, None until it is written; `times` counts how often it was opened.
    `disputed` is what open disputes count on of it, so that it is held nowhere else: others take it last.
    """

    owner_id: int
    amount: int
    reason: str
    opened_at: datetime
    deadline: datetime
    status: ItemStatus = "OPEN"
    item: int | None = None
    outside: int = 0
    times: int = 1
    given: int = 0
    disputed: int = 0


class OrderLine(NamedTuple):
    """
    One line: what is left of its money in `state`, and who gets it. `chain` has one place per level of its rates, None
    where the level is missing; `receivers` are rank and party of everybody but the platform. The `fee_*` are the
    channel's: charged and returned by the channel, recovered from the merchant and passed back to him. `suspended`
    holds the ranks that are or were in suspense. `disputed` is what of the buyer's money disputes reserve.
    """

    state: LineState
    merchant_id: int
    agent_id: int | None
    chain: tuple[int | None, ...]
    receivers: tuple[tuple[int, int], ...]
    plan_version: int
    rates: FrozenRates
    sku: str
    category: str
    quantity: int
    fee_charged: int
    fee_returned: int = 0
    fee_recovered: int = 0
    fee_passed_back: int = 0
    suspended: Mapping[int, Suspended] | None = None
    disputed: int = 0

    def seat(self, rank: int, party_id: int) -> tuple[str, int | None]:
        """Account code and party where what this rank gets now goes."""
        if self.suspended is not None and rank in self.suspended:
            status = self.suspended[rank].status
            if status == "OPEN":
                return "2200", None
            if status == "SPLITTER":
                return PAYABLE[MERCHANT], self.merchant_id
        return PAYABLE[rank], party_id

    def with_suspense(self, added: Mapping[int, int]) -> "OrderLine":
        """Add to what stands in suspense, per rank."""
        if not self.suspended:
            return self
        changed = {
            rank: item._replace(amount=item.amount + added[rank])
            for rank, item in self.suspended.items()
            if added.get(rank) and item.status == "OPEN"
        }
        return self._replace(suspended={**self.suspended, **changed}) if changed else self

    def with_disputed(self, part: int, *, waiting: int) -> "OrderLine":
        """Reserve a part for a dispute, which counts on so much of the merchant's suspense; negative: no more."""
        line = self._replace(disputed=self.disputed + part)
        if not waiting or self.suspended is None:
            return line
        item = self.suspended[MERCHANT]
        return line._replace(suspended={**self.suspended, MERCHANT: item._replace(disputed=item.disputed + waiting)})


class RefundLine(NamedTuple):
    """
    What a refund took back of one line; `entry` is its entry's place in the log, None where nothing moved, and `lines`
    that entry's. `suspended` are the ranks that gave of what stood in suspense.
    """

    refund: Refund
    entry: int | None
    lines: tuple[LineDraft, ...]
    suspended: tuple[int, ...] = ()


class OrderRefund(NamedTuple):
    """A refund; `payable` is what the buyer gets. `lines` is empty where nobody asked for them."""

    payable: int
    status: RefundStatus
    reason: str
    sequence: int
    lines: Mapping[str, RefundLine]


class Dispute(NamedTuple):
    """
    A buyer's money that his bank took back, or wants to; `liability` is "" until it is lost. `lines` say how much of
    each line. `waiting` says, by line, what of the merchant's share of it is in suspense and counted on there while
    the dispute is open; the rest of that share is held. `defended_at` is None where it was not defended.
    """

    amount: int
    fee: int
    status: DisputeStatus
    liability: str
    sequence: int
    lines: Mapping[str, int]
    waiting: Mapping[str, int] = _NOTHING
    defended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet."""
        return self.status in ("NOTIFIED", "DEFENDED")

    @property
    def reserves(self) -> bool:
        """Whether nobody else may take its money back: while it is open, and when the platform has paid it."""
        return self.is_open or self.liability == "PLATFORM"


class InternalSplit(NamedTuple):
    """
    The channel could not split the order any more, so it was split here: `amount` is what others than the merchant got,
    which has to come from his balance or be collected.
    """

    amount: int
    frozen_until: datetime
    opened_at: datetime
    reason: str


class Capture(NamedTuple):
    """A payment after an order's first: the channel that it came over, when, and the lines that it brought."""

    channel: str
    captured_at: datetime
    lines: tuple[str, ...]


_NO_DISPUTES: Mapping[str, Dispute] = MappingProxyType({})


class Order(NamedTuple):
    """
    `held` is what the order has in 2000, `frozen` what it has in 1100. `refunds` and `disputes` are those that the
    events name. `sequence` is the place of its first event in the log, `parties` are all that it concerns.
    `settling_book_id` is the legal entity that owes the parties where it is another than the one that collects;
    `settled` is what the channel has paid out to the bank. `internal_split` is there from the event that made it on.
    `channel` and `paid_at` are of the first payment; `captures` are the further ones, there where the order is split.
    """

    reference: str
    book_id: int
    currency: str
    channel: str
    channel_transaction: str
    paid_at: datetime
    sequence: int
    lines: Mapping[str, OrderLine]
    refunds: Mapping[str, OrderRefund]
    parties: tuple[int, ...]
    held: int
    frozen: int
    is_split: bool = False
    is_unfrozen: bool = False
    settling_book_id: int | None = None
    settled: int = 0
    disputes: Mapping[str, Dispute] = _NO_DISPUTES
    internal_split: InternalSplit | None = None
    captures: tuple[Capture, ...] = ()

    @property
    def open_disputes(self) -> list[tuple[str, Dispute]]:
        """Its disputes that are not decided, by reference, the oldest first; all of them where they were loaded."""
        return sorted(
            ((reference, dispute) for reference, dispute in self.disputes.items() if dispute.is_open),
            key=lambda each: each[1].sequence,
        )

    @property
    def place(self) -> Place:
        """Where the order's entries go: the entity that collects."""
        return Place(self.book_id, self.currency)

    @property
    def owing_place(self) -> Place:
        """Where the entries with its parties go: the entity that owes them."""
        return Place(self.settling_book_id or self.book_id, self.currency)

    @property
    def funds_code(self) -> str:
        """Where the owing entity has the order's money from: its own order funds, or the collecting entity."""
        return "2000" if self.settling_book_id is None else "1900"


def list_receivers(merchant_id: int, chain: Iterable[int | None], agent_id: int | None) -> tuple[tuple[int, int], ...]:
    """Rank and party of everybody but the platform, in rank order."""
    levels = tuple((rank, party_id) for rank, party_id in enumerate(chain, start=LEVEL_1) if party_id is not None)
    agent = ((AGENT, agent_id),) if agent_id is not None else ()
    return ((MERCHANT, merchant_id), *levels, *agent)


def status_of(order: Order) -> str:
    """Where an order stands in its life, the most pressing first."""
    refunded = clawed_back = suspended = False
    emptied = True
    for line in order.lines.values():
        state = line.state
        if state.refunded_goods or state.refunded_delivery:
            refunded = True
            clawed_back = clawed_back or _is_clawed_back(state.returned)
        if state.refunded_goods < state.goods or state.refunded_delivery < state.delivery:
            emptied = False
        if line.suspended:
            suspended = suspended or any(item.status == "OPEN" and item.amount for item in line.suspended.values())
    if not order.is_split:
        return "REFUNDED" if emptied else "PARTIALLY_REFUNDED" if refunded else "FROZEN"
    if suspended:
        return "SPLIT_PARTIAL"
    if clawed_back:
        return "CLAWED_BACK_FULL" if emptied else "CLAWED_BACK_PARTIAL"
    return "FINISHED" if order.is_unfrozen else "SPLIT_DONE"


def _is_clawed_back(returned: Split | None) -> bool:
    return returned is not None and bool(
        returned.merchant or returned.commission or any(returned.levels) or returned.agent
    )


def list_parties(book_id: int, lines: Iterable[OrderLine], *, settling: int | None = None) -> tuple[int, ...]:
    """All parties that an order of these lines concerns: the legal entities and every receiver, each once."""
    concerned = {book_id: None} if settling is None else {book_id: None, settling: None}
    for line in lines:
        for _, party_id in line.receivers:
            concerned[party_id] = None
    return tuple(concerned)
