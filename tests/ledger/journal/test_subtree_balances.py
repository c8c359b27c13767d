"""Totals of subtrees now, at a business date and at a sequence, against a sum over the lines and the tree then."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.errors import InvalidInput
from ledger.journal.model import Posted
from ledger.journal.subtree_balances import SubtreeAtSequence, SubtreeBalance, subtree_balances
from ledger.parties.model import PartyDraft
from tests.ledger.journal.world import World, open_world
from tests.statements import gather_asked

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


async def read(
    world: World, *parties: str, day: date | None = None, sequence: int | None = None
) -> list[SubtreeBalance]:
    async with world.database.read(world.platform_id) as conn:
        ids = [world.ids[name] for name in parties]
        return await subtree_balances(conn, party_ids=ids, business_date=day, sequence=sequence)


async def credit(world: World, party: str, day: date | None = None, sequence: int | None = None) -> int:
    return sum(total.credit - total.debit for total in await read(world, party, day=day, sequence=sequence))


class History:
    """Who stood under whom at the end of each day; a party registered later counts under its first parent."""

    def __init__(self, rows: list[asyncpg.Record]) -> None:
        self.now = {row["party_id"]: row["parent_id"] for row in rows}
        self.first = dict(self.now)
        self.days: dict[date, dict[int, int]] = {}
        self.moves: list[tuple[int, dict[int, int]]] = []  # each move's place in the log, and the tree after it

    def end(self, day: date) -> None:
        self.days[day] = dict(self.now)

    def members(self, party_id: int, day: date | None) -> set[int]:
        before = [each for each in self.days if day is None or each <= day]
        tree = {**self.first, **(self.days[max(before)] if before else {})} if day else self.now
        found = {party_id}
        while more := {child for child, parent in tree.items() if parent in found} - found:
            found |= more
        return found

    def members_at(self, party_id: int, sequence: int) -> set[int]:
        tree = [after for place, after in self.moves if place <= sequence]
        return _below(party_id, tree[-1] if tree else self.first)


def _below(party_id: int, tree: dict[int, int]) -> set[int]:
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

    async with world.database.read(world.platform_id) as conn:
        with gather_asked(conn) as statements:
            totals = await subtree_balances(conn, party_ids=[world.ids["A1"], world.ids["OP"]])

    assert [total.credit for total in totals] == [2_000, 2_000]
    assert len(statements) == 1


async def test_a_total_at_a_sequence_is_what_stood_there_then(world: World) -> None:
    first = await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")
    second = await world.post_lines("D 1100 CNY 70 / C 2010 M3 CNY 70")
    await world.pass_days(1)
    third = await world.post_lines("D 2010 M1 CNY 100 / C 1100 CNY 100")
    last = await world.post_lines("D 1100 CNY 9 / C 2010 M2 CNY 9")

    at = [first.sequence - 1, first.sequence, second.sequence, third.sequence, last.sequence]
    assert [await credit(world, "A1", sequence=each) for each in at] == [0, 500, 570, 470, 470]
    assert [await credit(world, "OP", sequence=each) for each in at] == [0, 500, 570, 470, 479]
    assert [await credit(world, "M1", sequence=each) for each in at] == [0, 500, 500, 400, 400]


async def test_a_total_at_a_sequence_is_of_the_tree_as_it_stood_there(world: World) -> None:
    before = (await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")).sequence
    moved = await world.move("A11", "A2")
    after = (await world.post_lines("D 1100 CNY 30 / C 2010 M1 CNY 30")).sequence
    await world.pass_days(1)
    back = await world.move("A11", "A1")

    at = [before, moved.sequence, after, back.sequence]
    assert [await credit(world, "A1", sequence=each) for each in at] == [500, 0, 0, 530]
    assert [await credit(world, "A2", sequence=each) for each in at] == [0, 500, 530, 0]


async def test_a_day_as_known_at_a_sequence_is_without_what_came_later(world: World) -> None:
    day = world.today
    early = (await world.post_lines("D 1100 CNY 500 / C 2010 M1 CNY 500")).sequence
    await world.pass_days(2)
    late = (await world.post_lines("D 1100 CNY 30 / C 2010 M1 CNY 30", day=day)).sequence
    await world.move("A11", "A2")

    known = [await credit(world, "A1", day=day, sequence=each) for each in (early, late, late + 1)]

    assert known == [500, 530, 530]
    assert await credit(world, "A2", day=world.today, sequence=late + 1) == 530


async def test_what_would_take_too_long_at_a_sequence_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    posted = [(await world.post_lines("D 1100 CNY 5 / C 2010 M1 CNY 5")).sequence for _ in range(9)]
    monkeypatch.setattr("ledger.journal.subtree_balances.MOST_RECORDS", 2)
    monkeypatch.setattr("ledger.journal.subtree_balances.MOST_ACCOUNTS", 0)

    assert await credit(world, "A1", sequence=posted[-3]) == 35  # two from the end of the day
    with pytest.raises(SubtreeAtSequence, match="more than 2 records"):
        await read(world, "A1", sequence=posted[4])
    with pytest.raises(SubtreeAtSequence, match="more than 0 accounts"):
        await read(world, "A1", sequence=posted[4], day=world.today)
    with pytest.raises(InvalidInput, match=f"The log ends at {posted[-1]};"):
        await read(world, "A1", sequence=posted[-1] + 1)


async def test_thousands_of_members_are_no_more_statements_at_a_sequence(world: World) -> None:
    await world.register(*(PartyDraft(f"S{n}", "MERCHANT", "Shop", "A1") for n in range(500)))
    posted = await world.post(*(world.draft(f"D 1100 CNY 2 / C 2010 S{n} CNY 2") for n in range(500)))
    half = posted[249]
    assert isinstance(half, Posted)

    async with world.database.read(world.platform_id) as conn:
        with gather_asked(conn) as statements:
            ids = [world.ids["A1"], world.ids["OP"]]
            totals = await subtree_balances(conn, party_ids=ids, sequence=half.sequence)

    assert [total.credit for total in totals] == [500, 500]
    assert len(statements) == 3


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
            moved = await world.move(*what)
            history.now[world.ids[what[0]]] = world.ids[what[1]]
            if not moved.replayed:
                history.moves.append((moved.sequence, dict(history.now)))
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
    await check_sequences(world, history)


async def check_sequences(world: World, history: History) -> None:
    """Every party at places in the log, and at one of them as known of every day."""
    lines = await world.fetch(
        "SELECT a.party_id, a.code, l.* FROM line AS l INNER JOIN account AS a USING (account_id)"
    )
    rows = await world.fetch("SELECT sequence FROM log_record ORDER BY sequence DESC LIMIT 10")
    days = await world.fetch("SELECT day, last_sequence FROM posting_day ORDER BY day")
    for row in rows:
        await check_place(world, history, lines, known_at=row["sequence"])
    for day in days:
        known_at = rows[len(rows) // 2]["sequence"]
        await check_place(world, history, lines, known_at=known_at, tree_at=day["last_sequence"], day=day["day"])


async def check_place(
    world: World,
    history: History,
    lines: list[asyncpg.Record],
    *,
    known_at: int,
    tree_at: int | None = None,
    day: date | None = None,
) -> None:
    found: dict[int, Sums] = {world.ids[party]: Counter() for party in PARTIES}
    for total in await read(world, *PARTIES, day=day, sequence=known_at):
        found[total.party_id][total.code, "D"] += total.debit
        found[total.party_id][total.code, "C"] += total.credit
    for party_id, sums in found.items():
        members = history.members_at(party_id, known_at if tree_at is None else min(known_at, tree_at))
        expected: Sums = Counter()
        for line in lines:
            is_known = line["sequence"] <= known_at and (day is None or line["business_date"] <= day)
            if is_known and line["party_id"] in members:
                expected[line["code"], line["side"]] += line["amount"]
        assert +sums == expected, (party_id, known_at, day)


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
