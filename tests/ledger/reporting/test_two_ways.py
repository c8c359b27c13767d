"""Lists of a small scope and of a large one are found in two ways, which agree."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ledger.reporting import entries, history, log, orders
from ledger.reporting.model import EntryFilter, Span
from ledger.reporting.orders import OrderFilter
from tests.ledger.charging.market import Market
from tests.ledger.reporting.books import Book
from tests.oracle.small_world import SUCCEEDED, item, paid, plan, refunded

SPANS = [Span(50), Span(50, backward=True), Span(2), Span(2, backward=True)]


@pytest.fixture
async def busy(book: Book) -> Book:
    """Business of many, orders among it."""
    market = Market(book.database, book.platform_id)
    await market.publish(plan())
    for reference, amount in (("M1", 100), ("M2", 20), ("M3", 3), ("M1", 40)):
        await book.owe(reference, amount)
    await book.post("D 1100 90, C 2010/M3 60, C 2010/M2 20, C 4000 10")
    goods = (item("100.00", line="1"), item("50.00", line="2", merchant="M2"))
    await market.accept(paid("150.00", *goods, referrer="D2"), SUCCEEDED, refunded("r1", "40.00"))
    await market.accept(paid("7.00", item("7.00", merchant="M3"), key="p2", order="O2"))
    return book


Read = Callable[..., Awaitable[list[Any]]]


async def agree(
    book: Book, monkeypatch: pytest.MonkeyPatch, read: Read, limit: tuple[Any, str], **arguments: Any
) -> int:
    """Read each span of each scope both ways; how many rows were seen."""
    scopes = [book.ids[name] for name in ("A1", "A2", "M1", "M2", "M3", "D1", "D2", "LE-JP")]
    wanted = [{"scope": scope, "span": span, **arguments} for scope in scopes for span in SPANS]
    small = [await book.read(read, **each) for each in wanted]
    with monkeypatch.context() as patch:
        patch.setattr(limit[0], limit[1], 0)
        large = [await book.read(read, **each) for each in wanted]
    assert large == small
    return sum(len(rows) for rows in small)


@pytest.mark.parametrize("matching", [EntryFilter(), EntryFilter(kind="SPLIT"), EntryFilter(legal_entity="LE-JP")])
async def test_entries(busy: Book, monkeypatch: pytest.MonkeyPatch, matching: EntryFilter):
    seen = await agree(busy, monkeypatch, entries.list_entries, (entries, "_MOST_ACCOUNTS"), matching=matching)

    assert (seen > 0) == (matching.legal_entity is None)


async def test_entries_of_a_party(busy: Book, monkeypatch: pytest.MonkeyPatch):
    assert await agree(
        busy, monkeypatch, entries.list_entries, (entries, "_MOST_ACCOUNTS"), matching=EntryFilter(party="M1")
    )


async def test_entries_of_a_party_and_an_account(busy: Book, monkeypatch: pytest.MonkeyPatch):
    query = "SELECT account_id FROM account WHERE code = '2000'"
    async with busy.database.read(busy.platform_id) as conn:
        (account_id,) = [row["account_id"] for row in await conn.fetch(query)]
    matching = EntryFilter(party="M1", account_id=account_id)

    assert await agree(busy, monkeypatch, entries.list_entries, (entries, "_MOST_ACCOUNTS"), matching=matching)


@pytest.mark.parametrize("kinds", [None, ["ENTRY"], ["order.paid", "party.registered"]])
async def test_history(busy: Book, monkeypatch: pytest.MonkeyPatch, kinds: list[str] | None):
    assert await agree(busy, monkeypatch, history.list_history, (log, "MOST_MEMBERS"), kinds=kinds)


async def test_orders(busy: Book, monkeypatch: pytest.MonkeyPatch):
    assert await agree(busy, monkeypatch, orders.list_orders, (orders, "_MOST_MEMBERS"))


async def test_orders_of_parties_with_many_events(busy: Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(orders, "_MOST_MEMBERS", 5)
    few = await agree(busy, monkeypatch, orders.list_orders, (orders, "_LOOK_UP"))
    of_one = OrderFilter(party="M1")

    assert await agree(busy, monkeypatch, orders.list_orders, (orders, "_LOOK_UP"), matching=of_one)
    assert few


async def test_history_goes_on_from_where_a_page_ended(busy: Book):
    async def turn(backward: bool) -> list[int]:
        seen: list[int] = []
        while True:
            place = (seen[-1],) if seen else None
            span = Span(2, True, None, place) if backward else Span(2, False, place, None)
            page = await busy.read(history.list_history, scope=busy.ids["A1"], span=span)
            if not page:
                return seen
            seen += [record.sequence for record in page]

    forward = await turn(backward=False)

    assert forward == sorted(set(forward))
    assert await turn(backward=True) == forward[::-1]
