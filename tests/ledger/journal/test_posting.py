"""Posting: what is refused and that nothing is written then, replays, numbers without gaps, floors and limits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from ledger.journal.model import MAX_AMOUNT_MINOR, AccountKey, EntryDraft, LineDraft, Posted, Refused
from ledger.journal.posting import Outcome, post_entries
from tests.ledger.journal.world import ACTOR, World
from tests.statements import gather_asked

SALE = "D 1100 CNY 500 / C 2010 M1 CNY 500"


def code_of(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return outcome.error.code
    return "replayed" if outcome.replayed else "posted"


def codes(outcomes: Sequence[Outcome]) -> list[str]:
    return [code_of(outcome) for outcome in outcomes]


async def test_an_entry_is_posted_with_its_lines_and_running_balances(world: World) -> None:
    await world.post_lines(SALE)

    posted = await world.post_lines("D 2010 M1 CNY 200 / C 1100 CNY 120 / C 1100 CNY 80")

    lines = await world.fetch("SELECT * FROM line WHERE sequence = $1 ORDER BY position", posted.sequence)
    names = ("side", "amount", "version", "debit_after", "credit_after")
    figures = [tuple(line[name] for name in names) for line in lines]
    assert figures == [("D", 200, 2, 200, 500), ("C", 120, 2, 500, 120), ("C", 80, 3, 500, 200)]
    assert [tuple(after) for after in posted.balances_after] == [figure[2:] for figure in figures]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("D 1100 CNY 500", "ENTRY_MALFORMED"),
        ("D 1100 CNY 0 / C 2010 M1 CNY 0", "ENTRY_MALFORMED"),
        ("D 1100 CNY -5 / C 2010 M1 CNY -5", "ENTRY_MALFORMED"),
        (f"D 1100 CNY {MAX_AMOUNT_MINOR + 1} / C 2010 M1 CNY {MAX_AMOUNT_MINOR + 1}", "ENTRY_MALFORMED"),
        ("D 1100 CNY 500 / C 2010 M1 CNY 499", "UNBALANCED"),
        ("D 1100 CNY 500 / C 2010 M1 USD 500", "UNBALANCED"),
        ("D 9999 CNY 500 / C 2010 M1 CNY 500", "ACCOUNT_MISSING"),
        ("D 1100 M1 CNY 500 / C 2010 M1 CNY 500", "ACCOUNT_MISSING"),
        ("D 1100 CNY 500 / C 2010 CNY 500", "ACCOUNT_MISSING"),
        ("D 1100 cny 500 / C 2010 M1 cny 500", "ACCOUNT_MISSING"),
        ("D 1 CNY 500 / C 2010 M1 CNY 500", "ACCOUNT_IS_SUMMARY"),
        ("D 1100 CNY 500 / C 20 CNY 500", "ACCOUNT_IS_SUMMARY"),
        ("C 1010 CNY 500 / D 2010 M1 CNY 500", "BALANCE_FLOOR"),
    ],
)
async def test_a_refused_entry_writes_nothing(world: World, lines: str, code: str) -> None:
    assert await world.refuse(world.draft(lines)) == [code]


async def test_unknown_parties_and_books_have_no_accounts(world: World) -> None:
    sale = world.draft(SALE)
    nobody = LineDraft(AccountKey(world.ids["LE"], "2010", 999_999_999, "CNY"), "C", 500)
    nowhere = [LineDraft(line.account._replace(book_id=999_999_999), line.side, line.amount) for line in sale.lines]

    assert await world.refuse(replace(sale, lines=(sale.lines[0], nobody))) == ["ACCOUNT_MISSING"]
    assert await world.refuse(replace(sale, book_id=999_999_999, lines=tuple(nowhere))) == ["ACCOUNT_MISSING"]


async def test_an_entry_stays_in_its_book(world: World) -> None:
    elsewhere = LineDraft(world.account("2010 M1 CNY", book="LE2"), "C", 500)
    draft = world.draft(SALE)

    assert await world.refuse(replace(draft, lines=(draft.lines[0], elsewhere))) == ["ACCOUNT_OF_ANOTHER_BOOK"]


@pytest.mark.parametrize("key", ["", "x" * 601, "a\x1fb", "a\x00b", "half \ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(world: World, key: str) -> None:
    assert await world.refuse(world.draft(SALE, key=key)) == ["ENTRY_MALFORMED"]


async def test_more_than_a_thousand_lines_are_refused(world: World) -> None:
    lines = " / ".join(["D 1100 CNY 1", "C 2010 M1 CNY 1"] * 500)

    assert codes(await world.post(world.draft(lines))) == ["posted"]
    assert await world.refuse(world.draft(f"{lines} / D 1100 CNY 1 / C 1100 CNY 1")) == ["ENTRY_MALFORMED"]


async def test_the_same_input_under_a_key_is_the_first_result(world: World) -> None:
    draft = world.draft(SALE, key="once")
    (first,) = await world.post(draft)
    before = await world.count_rows()

    (again,) = await world.post(draft)

    assert isinstance(first, Posted)
    assert again == first._replace(replayed=True, balances_after=())
    assert await world.count_rows() == before


async def test_another_input_under_a_key_is_refused(world: World) -> None:
    await world.post(world.draft(SALE, key="once"))

    assert await world.refuse(world.draft("D 1100 CNY 501 / C 2010 M1 CNY 501", key="once")) == ["IDEMPOTENCY_CONFLICT"]
    assert await world.refuse(world.draft(SALE, key="once", description="other")) == ["IDEMPOTENCY_CONFLICT"]


async def test_a_key_is_judged_before_everything_that_may_have_changed_since(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    draft = world.draft(SALE, key="once", day=yesterday)
    await world.post(draft)
    await world.close(yesterday)

    assert codes(await world.post(draft)) == ["replayed"]


async def test_a_key_counts_within_its_own_batch(world: World) -> None:
    draft, other = world.draft(SALE, key="once"), world.draft("D 1100 CNY 1 / C 2010 M1 CNY 1", key="once")

    first, again, conflict = await world.post(draft, draft, other)

    assert codes([first, again, conflict]) == ["posted", "replayed", "IDEMPOTENCY_CONFLICT"]
    assert isinstance(again, Posted)
    assert again.sequence == first.sequence  # type: ignore[union-attr]


async def test_a_key_whose_entry_was_refused_is_free(world: World) -> None:
    assert await world.refuse(world.draft("D 1100 CNY 5 / C 2010 M1 CNY 4", key="once")) == ["UNBALANCED"]

    assert codes(await world.post(world.draft(SALE, key="once"))) == ["posted"]


async def test_refusals_leave_neither_gaps_nor_marks_on_their_neighbours(world: World) -> None:
    bad = world.draft("D 1100 CNY 5 / C 2010 M1 CNY 4")
    broke = world.draft("C 1010 CNY 5 / D 2010 M1 CNY 5")

    outcomes = await world.post(bad, world.draft(SALE), broke, bad, world.draft(SALE), broke)

    assert codes(outcomes) == ["UNBALANCED", "posted", "BALANCE_FLOOR", "UNBALANCED", "posted", "BALANCE_FLOOR"]
    assert outcomes[4].sequence == outcomes[1].sequence + 1  # type: ignore[union-attr]
    records = await world.fetch("SELECT sequence FROM log_record ORDER BY sequence")
    assert [record["sequence"] for record in records] == list(range(1, len(records) + 1))


async def test_a_floor_holds_after_the_entry_and_not_between_its_lines(world: World) -> None:
    below_on_the_way = "C 1010 CNY 300 / D 1010 CNY 300 / D 1010 CNY 1 / C 4040 CNY 1"

    assert codes(await world.post(world.draft(below_on_the_way))) == ["posted"]
    assert await world.refuse(world.draft("C 1010 CNY 2 / D 5040 CNY 2")) == ["BALANCE_FLOOR"]
    assert codes(await world.post(world.draft("C 1010 CNY 1 / D 5040 CNY 1"))) == ["posted"]


async def test_a_floor_sees_what_came_before_it_in_the_batch(world: World) -> None:
    inflow, outflow = "D 1010 CNY 10 / C 4040 CNY 10", "C 1010 CNY 7 / D 5040 CNY 7"

    outcomes = await world.post(*(world.draft(lines) for lines in (outflow, inflow, outflow, outflow)))

    assert codes(outcomes) == ["BALANCE_FLOOR", "posted", "posted", "BALANCE_FLOOR"]


async def test_a_floor_of_a_liability_is_on_its_credit_side(world: World) -> None:
    assert await world.refuse(world.draft("D 2210 CNY 1 / C 4040 CNY 1")) == ["BALANCE_FLOOR"]
    assert codes(await world.post(world.draft("C 2210 CNY 1 / D 1100 CNY 1"))) == ["posted"]


async def test_a_closed_period_takes_no_entry(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    await world.close(yesterday)

    assert await world.refuse(world.draft(SALE, day=yesterday)) == ["PERIOD_CLOSED"]
    assert codes(await world.post(world.draft(SALE), world.draft(SALE, book="LE2", day=yesterday))) == ["posted"] * 2


async def test_an_entry_that_may_moves_to_the_first_open_day(world: World) -> None:
    yesterday = world.today - timedelta(days=1)
    await world.close(yesterday)

    (posted,) = await world.post(world.draft(SALE, day=yesterday, moves_off_closed_day=True))

    assert isinstance(posted, Posted)
    assert posted.business_date == world.today
    (entry,) = await world.fetch("SELECT requested_date FROM entry WHERE sequence = $1", posted.sequence)
    assert entry["requested_date"] == yesterday


async def test_a_book_closed_through_the_last_day_there_is_takes_nothing_any_more(world: World) -> None:
    await world.close_as_older_stores(date.max)

    assert (await world.close(date.max)).replayed

    assert await world.refuse(world.draft("D 1010 CNY 5 / C 4040 CNY 5", moves_off_closed_day=True)) == [
        "PERIOD_CLOSED"
    ]


async def test_an_entry_is_reversed_once(world: World) -> None:
    sale = await world.post_lines(SALE)

    mirror = await world.reverse(sale.sequence, key="r")
    again = await world.reverse(sale.sequence, key="r")
    second = await world.reverse(sale.sequence, key="r2")
    nothing = await world.reverse(10_000)

    assert codes([mirror, again, second, nothing]) == ["posted", "replayed", "ALREADY_REVERSED", "ENTRY_MISSING"]
    lines = await world.fetch("SELECT side FROM line WHERE sequence = $1 ORDER BY position", mirror.sequence)  # type: ignore[union-attr]
    assert [line["side"] for line in lines] == ["C", "D"]


async def test_an_entry_is_reversed_once_within_a_batch(world: World) -> None:
    sale = await world.post_lines(SALE)
    mirrors = [
        replace(world.draft("C 1100 CNY 500 / D 2010 M1 CNY 500", source="REVERSAL"), reversal_of=sale.sequence)
        for _ in range(2)
    ]

    first, second = await world.post(*mirrors)

    assert codes([first, second]) == ["posted", "ALREADY_REVERSED"]
    assert isinstance(first, Posted)
    assert isinstance(second, Refused)
    assert second.error.facts == {"entry": sale.sequence, "reversed_by": first.sequence}


async def fill(world: World, drafts: int) -> list[Outcome]:
    """Entries of 500 debits and 500 credits of 10^15 each: 18 of them reach the limit of nine quintillions."""
    clearing, merchant = world.account("1100 CNY"), world.account("2010 M1 CNY")
    lines = (LineDraft(clearing, "D", MAX_AMOUNT_MINOR),) * 500 + (LineDraft(merchant, "C", MAX_AMOUNT_MINOR),) * 500
    entries = [EntryDraft(f"fill-{number}", world.ids["LE"], world.today, lines) for number in range(drafts)]
    return await world.post(*entries)


async def test_a_total_beyond_what_is_kept_exactly_is_refused(world: World) -> None:
    assert codes(await fill(world, 20)) == ["posted"] * 18 + ["BALANCE_LIMIT"] * 2

    # The accounts are full on these sides. Below A1 stands nobody but M1, and everybody below the operator.
    assert await world.refuse(world.draft("D 1100 CNY 1 / C 4000 CNY 1")) == ["BALANCE_LIMIT"]
    assert await world.refuse(world.draft("D 1105 CNY 1 / C 2010 M3 CNY 1")) == ["BALANCE_LIMIT"]
    assert await world.refuse(world.draft("D 1105 CNY 1 / C 2010 M2 CNY 1")) == ["BALANCE_LIMIT"]
    open_sides = ("D 2010 M1 CNY 1 / C 1100 CNY 1", "D 1105 CNY 1 / C 4000 CNY 1", "D 1105 USD 1 / C 2010 M3 USD 1")
    assert codes(await world.post(*map(world.draft, open_sides))) == ["posted"] * 3


async def test_what_a_batch_adds_below_an_ancestor_counts_against_the_limit(world: World) -> None:
    places = [("1100 CNY", "2010 M1 CNY")] * 9 + [("1100 CNY", "2010 M3 CNY")] * 9 + [("1105 CNY", "2010 M2 CNY")]
    drafts = []
    for debit, credit in places:
        draft, account, owed = world.draft("D 1100 CNY 1 / C 4000 CNY 1"), world.account(debit), world.account(credit)
        lines = (LineDraft(account, "D", MAX_AMOUNT_MINOR),) * 500 + (LineDraft(owed, "C", MAX_AMOUNT_MINOR),) * 500
        drafts.append(replace(draft, lines=lines))

    # Each account has room for its own; everybody below the operator together has not.
    assert codes(await world.post(*drafts)) == ["posted"] * 18 + ["BALANCE_LIMIT"]


async def count_statements(world: World, drafts: list[EntryDraft]) -> list[str]:
    async with world.database.write(world.platform_id) as conn:
        with gather_asked(conn) as statements:
            outcomes = await post_entries(conn, drafts=drafts, actor=ACTOR)
    assert codes(outcomes) == ["posted"] * len(drafts)
    return [statement for statement, _ in statements]


async def test_a_long_batch_takes_nine_statements_where_one_entry_takes_six(world: World) -> None:
    await world.post_lines(SALE)

    one = await count_statements(world, [world.draft(SALE)])
    short = await count_statements(world, [world.draft(SALE) for _ in range(250)])
    long = await count_statements(world, [world.draft(SALE) for _ in range(1_000)])
    longer = await count_statements(world, [world.draft(SALE) for _ in range(3_000)])

    assert len(one) <= 6
    assert short == one
    assert len(long) == len(longer) == len(one) + 3
    assert set(long) == set(longer) == set(one)
