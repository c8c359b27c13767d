"""Totals of subtrees now and at a business date, against a sum over the lines and the tree as it stood."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.journal.subtree_balances import SubtreeBalance, subtree_balances
from ledger.parties.model import PartyDraft
from tests.ledger.journal.world import World, open_world

# What stands on the sides of the codes of a subtree.
Sums = Counter[tuple[str, str]]
Step = tuple[str, Any, int]
PARTIES = ("OP", "A1", "A2", "A11", "M1", "M2", "M3")
MOVES = (
    ("M1", "A1"),
    ("M1", "A2"),
    ("M1", "OP"),
    ("A11", "A2"),
    ("A11", "A1"),
    ("M3", "A11"),
    ("M2", "A11"),
    ("A1", "A2"),
)


async def read(world: World, *parties: str, day: date | None = None) -> list[SubtreeBalance]:
    async with world.database.read(world.platform_id) as conn:
        return await subtree_balances(conn, party_ids=[world.ids[name] for name in parties], business_date=day)


async def credit(world: World, party: str, day: date | None = None) -> int:
    return sum(total.credit - total.debit for total in await read(world, party, day=day))


class History:
    """Who stood under whom at the end of each day; a party registered later counts under its first parent."""

    def __init__(self, rows: list[asyncpg.Record]) -> None:
        self.now = {row["party_id"]: row["parent_id"] for row in rows}
        self.first = dict(self.now)
        self.days: dict[date, dict[int, int]] = {}

    def end(self, day: date) -> None:
        self.days[day] = dict(self.now)

    def members(self, party_id: int, day: date | None) -> set[int]:
        before = [each for each in self.days if day is None or each <= day]
        tree = {**self.first, **(self.days[max(before)] if before else {})} if day else self.now
        found = {party_id}
        while more := {child for child, parent in tree.items() if parent in found} - found:
            found |= more
        return found


async def add_up(world: World, history: History, party: str, day: date | None) -> Sums:
    members = history.members(world.ids[party], day)
    lines = await world.fetch(
        "SELECT a.party_id, a.code, a.currency, l.* FROM line AS l INNER JOIN account AS a USING (account_id)"
    )
    sums: Sums = Counter()
    for line in lines:
        if line["party_id"] in members and (day is None or line["business_date"] <= day):
            sums[line["code"], line["side"]] += line["amount"]
    return sums


async def test_a_subtree_is_the_party_and_everyone_below(world: World) -> None:
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    await world.post_lines("D 1100 CNY 7 / C 2010 M3 CNY 7")
    await world.post_lines("D 2010 M1 CNY 100 / C 1100 CNY 100")

    entity, agent, merchant = world.ids["LE"], world.ids["A1"], world.ids["M1"]
    assert await read(world, "A1", "M1", "A2") == [
        SubtreeBalance(agent, "2010", entity, "CNY", 100, 507),
        SubtreeBalance(merchant, "2010", entity, "CNY", 100, 500),
    ]


async def test_a_past_day_is_that_of_the_tree_as_it_stood(world: World) -> None:
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    before = world.today
    await world.pass_days(1)

    await world.move("A11", "A2")

    assert [await credit(world, name, before) for name in ("A1", "A2")] == [500, 0]
    assert [await credit(world, name, world.today) for name in ("A1", "A2")] == [0, 500]
    assert [await credit(world, name) for name in ("A1", "A2")] == [0, 500]


async def test_a_late_line_after_a_move_counts_where_its_party_stood(world: World) -> None:
    await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    before = world.today
    await world.pass_days(1)
    await world.move("A11", "A2")

    await world.post_lines("D 1100 CNY 30 / C 2010 M1 CNY 30", day=before)

    assert [await credit(world, name, before) for name in ("A1", "A2", "OP")] == [530, 0, 530]
    assert [await credit(world, name) for name in ("A1", "A2", "OP")] == [0, 530, 530]


async def test_a_party_registered_later_counts_under_its_first_parent(world: World) -> None:
    long_ago = world.today - timedelta(days=30)
    await world.register(PartyDraft("NEW", "MERCHANT", "New", "A1"))
    await world.post_lines("D 1100 CNY 30 / C 2010 NEW CNY 30", day=long_ago)
    await world.pass_days(1)
    await world.move("NEW", "A2")

    assert [await credit(world, name, long_ago) for name in ("A1", "A2")] == [30, 0]


async def test_thousands_of_members_are_no_more_statements(world: World) -> None:
    await world.register(*(PartyDraft(f"S{n}", "MERCHANT", "Shop", "A1") for n in range(2_000)))
    await world.post(*(world.draft(f"D 1100 CNY 2 / C 2010 S{n} CNY 2") for n in range(1_000)))
    statements: list[str] = []

    async with world.database.read(world.platform_id) as conn:
        with conn.raw.query_logger(lambda record: statements.append(record.query)):
            totals = await subtree_balances(conn, party_ids=[world.ids["A1"], world.ids["OP"]])

    assert [total.credit for total in totals] == [2_000, 2_000]
    assert len(statements) == 1


posting = st.tuples(st.just("post"), st.sampled_from(["M1", "M2", "M3", "A11"]), st.integers(-3, 2))
moving = st.tuples(st.just("move"), st.sampled_from(MOVES), st.just(0))
passing = st.tuples(st.just("day"), st.none(), st.integers(1, 2))
histories = st.lists(st.one_of(posting, posting, moving, passing), min_size=4, max_size=14)


async def check_history(world: World, steps: list[Step]) -> None:
    start = world.today
    rows = await world.fetch("SELECT party_id, parent_id FROM party")
    history = History(rows)
    for number, (verb, what, days) in enumerate(steps):
        if verb == "post":
            dated = world.today + timedelta(days=days)
            code = "2020" if what == "A11" else "2010"
            await world.post_lines(f"D 1100 CNY {2**number} / C {code} {what} CNY {2**number}", day=dated)
        elif verb == "move" and world.ids[what[1]] not in history.members(world.ids[what[0]], None):
            await world.move(*what)
            history.now[world.ids[what[0]]] = world.ids[what[1]]
        elif verb == "day":
            history.end(world.today)
            await world.pass_days(days)
    history.end(world.today)
    for day in [None, *(start + timedelta(days=n) for n in range(-4, (world.today - start).days + 4))]:
        for party in PARTIES:
            found: Sums = Counter()
            for total in await read(world, party, day=day):
                found[total.code, "D"] += total.debit
                found[total.code, "C"] += total.credit
            assert +found == await add_up(world, history, party, day), (party, day)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)
@given(steps=histories)
async def test_subtree_balances_are_sums_over_the_tree_of_the_day(database: Database, steps: list[Step]) -> None:
    await check_history(await open_world(database), steps)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=histories)
async def test_subtree_balances_are_sums_on_many_histories(database: Database, steps: list[Step]) -> None:
    await check_history(await open_world(database), steps)
