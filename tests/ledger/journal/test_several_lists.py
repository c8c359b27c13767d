"""However a list is cut into lists of one transaction, the book is the one of the whole list."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.journal.model import EntryDraft, EventDraft, LineDraft, Posted, Recorded, Refused
from ledger.journal.posting import Outcome, posting
from tests.ledger.journal.test_posting import MAX_AMOUNT_MINOR, codes
from tests.ledger.journal.world import ACTOR, NOW, World, open_world

# What is posted, refused and derived, by names that every platform has.
BOOK = [
    """
    SELECT e.sequence, e.idempotency_key, e.business_date, e.posting_day, e.reversal_of, l.position, a.code,
        a.party_reference, l.side, l.amount, l.version, l.debit_after, l.credit_after
    FROM entry AS e
    INNER JOIN line AS l ON l.platform_id = e.platform_id AND l.sequence = e.sequence
    INNER JOIN account AS a ON a.platform_id = e.platform_id AND a.account_id = l.account_id
    ORDER BY e.sequence, l.position
    """,
    "SELECT sequence, subject, payload FROM log_event WHERE kind = 'told' ORDER BY sequence",
    """
    SELECT p.kind, p.name, s.code, s.currency, s.posting_day, s.debit, s.credit
    FROM subtree_day AS s INNER JOIN party AS p ON p.party_id = s.party_id ORDER BY 1, 2, 3, 4, 5
    """,
    """
    SELECT a.code, a.party_reference, t.business_date, t.posting_day, t.debit, t.credit
    FROM account_late AS t INNER JOIN account AS a ON a.account_id = t.account_id ORDER BY 1, 2, 3, 4
    """,
    """
    SELECT p.kind, p.name, t.code, t.currency, t.business_date, t.posting_day, t.debit, t.credit
    FROM subtree_late AS t INNER JOIN party AS p ON p.party_id = t.party_id ORDER BY 1, 2, 3, 4, 5, 6
    """,
]
PLACES = ["2010 M1 CNY", "2010 M2 CNY", "2010 M3 CNY", "1100 CNY", "4000 CNY", "2200 M2 CNY"]

# Two places, an amount, how long ago, and the key, of which there are few.
drawn_entries = st.tuples(
    st.sampled_from(PLACES), st.sampled_from(PLACES), st.integers(0, 900), st.integers(0, 2), st.integers(1, 30)
)
drawn_lists = st.lists(st.lists(drawn_entries, max_size=12), min_size=1, max_size=5)


def draw_up(world: World, entries: Sequence[tuple[str, str, int, int, int]]) -> list[EntryDraft]:
    return [
        world.draft(f"D {debit} {amount} / C {credit} {amount}", key=f"k{key}", day=world.today - timedelta(days=age))
        for debit, credit, amount, age, key in entries
    ]


async def post_lists(world: World, lists: Sequence[Sequence[EntryDraft]]) -> list[Outcome]:
    """Post lists in one transaction, an event behind every entry; the outcomes of all."""
    outcomes: list[Outcome] = []
    async with world.database.write(world.platform_id) as conn, posting(conn, actor=ACTOR) as book:
        for drafts in lists:
            events = [
                EventDraft("told", f"entry/{draft.key}", NOW, (), "{}", entries=(place,))
                for place, draft in enumerate(drafts)
            ]
            written = await book.post(await book.take(drafts=drafts, events=events))
            outcomes += written.outcomes
            assert [isinstance(event, Recorded) for event in written.events] == [
                isinstance(outcome, Posted) and not outcome.replayed for outcome in written.outcomes
            ]
    return outcomes


async def read_book(world: World) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in await world.fetch(statement)] for statement in BOOK]


@given(drawn_lists)
async def test_lists_of_one_transaction_make_the_book_of_one_list(
    database: Database, lists: list[list[tuple[str, str, int, int, int]]]
) -> None:
    cut, whole = await open_world(database), await open_world(database)

    in_parts = await post_lists(cut, [draw_up(cut, entries) for entries in lists])
    at_once = await post_lists(whole, [draw_up(whole, [entry for entries in lists for entry in entries])])

    assert codes(in_parts) == codes(at_once)
    assert [one.sequence for one in in_parts if isinstance(one, Posted)] == [
        one.sequence for one in at_once if isinstance(one, Posted)
    ]
    assert await read_book(cut) == await read_book(whole)


async def test_an_entry_is_reversed_once_whichever_list_has_it(world: World) -> None:
    sale = world.draft("D 1100 CNY 500 / C 2010 M1 CNY 500")
    mirror = world.draft("C 1100 CNY 500 / D 2010 M1 CNY 500", source="REVERSAL")
    async with world.database.write(world.platform_id) as conn, posting(conn, actor=ACTOR) as book:
        (posted,) = (await book.post(await book.take(drafts=[sale], events=[]))).outcomes
        assert isinstance(posted, Posted)
        mirrors = [replace(mirror, key=f"mirror-{place}", reversal_of=posted.sequence) for place in range(3)]
        first, second = (await book.post(await book.take(drafts=mirrors[:2], events=[]))).outcomes
        (third,) = (await book.post(await book.take(drafts=mirrors[2:], events=[]))).outcomes

    assert codes([first, second, third]) == ["posted", "ALREADY_REVERSED", "ALREADY_REVERSED"]
    for refused in (second, third):
        assert isinstance(refused, Refused)
        assert refused.error.facts == {"entry": posted.sequence, "reversed_by": posted.sequence + 1}


async def test_the_limit_counts_what_earlier_lists_added_below_an_ancestor(world: World) -> None:
    def fill(account: str) -> EntryDraft:
        debits = (LineDraft(world.account("1100 CNY"), "D", MAX_AMOUNT_MINOR),) * 500
        credits = (LineDraft(world.account(account), "C", MAX_AMOUNT_MINOR),) * 500
        return replace(world.draft("D 1100 CNY 1 / C 4000 CNY 1"), lines=debits + credits)

    lists = [[fill("2010 M1 CNY") for _ in range(9)], [fill("2010 M3 CNY") for _ in range(8)]]
    lists += [[fill("2010 M3 CNY")], [fill("2010 M2 CNY")], [world.draft("D 2010 M1 CNY 1 / C 1100 CNY 1")]]

    assert codes(await post_lists(world, lists)) == ["posted"] * 18 + ["BALANCE_LIMIT", "posted"]


async def test_lists_on_either_side_of_midnight_are_of_the_day_that_each_is_posted_on(world: World) -> None:
    today = world.today
    sale = "D 1100 CNY 500 / C 2010 M1 CNY 500"
    async with world.database.write(world.platform_id) as conn, posting(conn, actor=ACTOR) as book:
        await book.post(await book.take(drafts=[world.draft(sale), world.draft(sale)], events=[]))
        await conn.execute("UPDATE log_head SET posted_at = posted_at + interval '1 day'")
        await book.post(await book.take(drafts=[world.draft(sale)], events=[]))

    rows = await world.fetch(
        "SELECT s.posting_day, s.credit FROM subtree_day AS s INNER JOIN party AS p ON p.party_id = s.party_id"
        " WHERE p.reference = 'A1' AND s.code = '2010' ORDER BY s.posting_day"
    )
    assert [tuple(row) for row in rows] == [(today, 1_000), (today + timedelta(days=1), 1_500)]
    rows = await world.fetch("SELECT business_date, posting_day, credit FROM account_late WHERE credit > 0")
    assert [tuple(row) for row in rows] == [(today, today + timedelta(days=1), 500)]


async def test_what_the_database_refuses_of_a_list_takes_all_of_them_back(world: World) -> None:
    before = await world.count_rows()

    async def post() -> None:
        async with world.database.write(world.platform_id) as conn, posting(conn, actor=ACTOR) as book:
            await book.post(await book.take(drafts=[world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5")], events=[]))
            await conn.send(
                "INSERT INTO posting_day (platform_id, day, last_sequence) VALUES ($1, NULL, 0)", conn.platform_id
            )
            await book.post(await book.take(drafts=[world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5")], events=[]))

    with pytest.raises(asyncpg.NotNullViolationError):
        await post()

    assert await world.count_rows() == before
    (posted,) = await world.post(world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5"))
    assert isinstance(posted, Posted)
    assert posted.balances_after[1] == (1, 0, 5)
