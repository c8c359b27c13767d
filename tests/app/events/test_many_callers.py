"""Many callers at once, over real connections to a real server."""

import asyncio
from collections import Counter

from tests.app.events.served import POST, Served, make_entry
from tests.ledger.reporting.books import Book


async def count(book: Book, table: str) -> int:
    async with book.database.read(book.platform_id) as conn:
        return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))


async def test_sixty_four_clients_post_single_entries_to_one_account(book):
    async with Served.open(book) as served:

        async def post(client: int) -> list[int]:
            answers = [
                await served.send_bare(POST, entries=[make_entry(f"c{client}-{number}")]) for number in range(10)
            ]
            return [int(answer["postEntries"]["results"][0]["sequence"]) for answer in answers]

        posted = await asyncio.gather(*(post(client) for client in range(64)))
        answer = await served.ask(
            """{ accounts(filter: {legalEntity: "LE", code: "1010"}) { nodes {
                balance { amount } totals { version debit { amount } } } } }"""
        )

    places = [sequence for each in posted for sequence in each]
    assert sorted(places) == [*range(min(places), min(places) + 640)]
    assert all(each == sorted(each) for each in posted)
    assert answer["accounts"]["nodes"] == [
        {"balance": {"amount": "6400.00"}, "totals": {"version": "640", "debit": {"amount": "6400.00"}}}
    ]


async def test_a_thousand_duplicates_at_once_post_one_entry(book):
    async with Served.open(book) as served:
        answers = await asyncio.gather(*(served.send_bare(POST, entries=[make_entry("one")]) for _ in range(1_000)))

    results = [answer["postEntries"]["results"][0] for answer in answers]
    assert Counter(result["replayed"] for result in results) == {False: 1, True: 999}
    assert {result["sequence"] for result in results} == {results[0]["sequence"]}
    assert await count(book, "entry") == 1
    assert await count(book, "line") == 2


async def test_callers_with_one_key_and_different_entries_have_one_winner(book):
    async with Served.open(book) as served:
        entries = [make_entry("one", description=str(number)) for number in range(50)]
        answers = await asyncio.gather(*(served.ask(POST, entries=[entry]) for entry in entries))

    errors = [answer["postEntries"]["results"][0]["userErrors"] for answer in answers]
    assert Counter(error[0]["code"] if error else None for error in errors) == {None: 1, "IDEMPOTENCY_CONFLICT": 49}
    assert await count(book, "entry") == 1


async def test_two_processes_that_post_the_same_keys_post_each_once(book):
    async with Served.open(book) as ours, Served.open(book) as theirs:
        both = await asyncio.gather(
            *(served.post(f"k{number}") for number in range(40) for served in (ours, theirs)),
        )

    results = [result for (result,) in both]
    assert Counter(result["replayed"] for result in results) == {False: 40, True: 40}
    assert await count(book, "entry") == 40
