"""Balances now, at a business date, at a sequence and at both, against a sum over the lines from scratch."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.journal.balances import AsOf, Balance, balances
from tests.ledger.journal.world import World, open_world

# Days that pass, then entries: debit, credit, amount, days off.
History = list[tuple[int, list[tuple[int, int, int, int]]]]
PLACES = ("1100 CNY", "2010 M1 CNY", "2010 M2 CNY", "2041 D1 CNY")


async def read(world: World, places: tuple[str, ...] = PLACES, **as_of: object) -> list[Balance]:
    ids = await world.account_ids([world.account(place) for place in places])
    async with world.database.read(world.platform_id) as conn:
        return await balances(conn, account_ids=ids, as_of=AsOf(**as_of))  # type: ignore[arg-type]


async def add_up(world: World, sequence: int | None, day: date | None) -> list[Balance]:
    """The same from nothing but the lines."""
    found = []
    for account_id in await world.account_ids([world.account(place) for place in PLACES]):
        lines = await world.fetch("SELECT * FROM line WHERE account_id = $1", account_id)
        known = [line for line in lines if sequence is None or line["sequence"] <= sequence]
        counted = [line for line in known if day is None or line["business_date"] <= day]
        debit = sum(line["amount"] for line in counted if line["side"] == "D")
        credit = sum(line["amount"] for line in counted if line["side"] == "C")
        found.append(Balance(debit, credit, max((line["version"] for line in known), default=0)))
    return found


async def test_a_balance_is_the_last_line_of_its_account(world: World) -> None:
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    await world.post_lines("D 1100 CNY 70 / C 2010 M1 CNY 70")
    await world.post_lines("D 2010 M1 CNY 20 / C 1100 CNY 20")

    assert await read(world, ("2010 M1 CNY", "1100 CNY")) == [Balance(20, 570, 3), Balance(570, 20, 3)]


async def test_a_backdated_line_counts_on_its_day_once_it_is_known(world: World) -> None:
    yesterday, today = world.today - timedelta(days=1), world.today
    first = await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    late = await world.post_lines("D 1100 CNY 30 / C 2010 M1 CNY 30", day=yesterday)

    merchant = ("2010 M1 CNY",)
    assert await read(world, merchant, business_date=yesterday) == [Balance(0, 30, 2)]
    assert await read(world, merchant, business_date=yesterday, sequence=first.sequence) == [Balance(0, 0, 1)]
    assert await read(world, merchant, business_date=today, sequence=first.sequence) == [Balance(0, 500, 1)]
    assert await read(world, merchant, sequence=late.sequence) == [Balance(0, 530, 2)]


async def test_a_line_dated_ahead_counts_from_its_day_on(world: World) -> None:
    tomorrow = world.today + timedelta(days=1)
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500", day=tomorrow)

    assert await read(world, ("2010 M1 CNY",), business_date=world.today) == [Balance(0, 0, 1)]
    assert await read(world, ("2010 M1 CNY",), business_date=tomorrow) == [Balance(0, 500, 1)]
    assert await read(world, ("2010 M1 CNY",)) == [Balance(0, 500, 1)]


@pytest.mark.parametrize("beyond", [-1, 1])
async def test_a_sequence_that_the_log_has_not_reached_is_refused(world: World, beyond: int) -> None:
    last = (await world.post_lines("D 1100 CNY 5 / C 2010 M1 CNY 5")).sequence

    with pytest.raises(InvalidInput, match=f"The log ends at {last}"):
        await read(world, ("2010 M1 CNY",), sequence=last + 1 if beyond > 0 else -1)


async def test_an_account_that_was_never_used_stands_at_zero(world: World) -> None:
    async with world.database.read(world.platform_id) as conn:
        found = await balances(conn, account_ids=[999_999_999], as_of=AsOf(business_date=world.today))

    assert found == [Balance(0, 0, 0)]


# Per step: days that pass before it, and per entry: which accounts, how much, and how many days off it is dated.
entries = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 99), st.integers(-4, 3)), min_size=1, max_size=4
)
histories = st.lists(st.tuples(st.integers(0, 2), entries), min_size=1, max_size=6)


async def check_history(world: World, history: History) -> None:
    start = world.today
    await world.post(*(world.draft(f"D {place} 1 / C {place} 1") for place in PLACES))
    for days, batch in history:
        await world.pass_days(days)
        await world.post(
            *(
                world.draft(
                    f"D {PLACES[debit]} {amount} / C {PLACES[credit]} {amount}",
                    day=world.today + timedelta(days=off),
                )
                for debit, credit, amount, off in batch
            )
        )
    (head,) = await world.fetch("SELECT sequence FROM log_head")
    days_asked = [None, *(start + timedelta(days=n) for n in range(-5, (world.today - start).days + 5))]
    for sequence in [None, *range(0, head["sequence"] + 1, max(1, head["sequence"] // 4))]:
        for day in days_asked:
            found = await read(world, sequence=sequence, business_date=day)
            assert found == await add_up(world, sequence, day), (sequence, day)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(history=histories)
async def test_balances_at_a_date_and_a_sequence_are_sums_over_the_lines(database: Database, history: History) -> None:
    await check_history(await open_world(database), history)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories)
async def test_balances_are_sums_over_the_lines_on_many_histories(database: Database, history: History) -> None:
    await check_history(await open_world(database), history)
