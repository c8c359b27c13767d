import asyncio
from typing import Any

import asyncpg
import pytest

from ledger.errors import LedgerError
from ledger.parties.model import Moved, PartyDraft
from ledger.parties.moving import move_party
from ledger.parties.status import close_party
from tests.ledger.parties.conftest import ACTOR, NOW, TREE, Tree


async def move(tree: Tree, reference: str, to: str) -> Moved:
    async with tree.database.write(tree.platform_id) as conn:
        return await move_party(conn, reference=reference, to=to, actor=ACTOR, now=NOW)


async def test_a_subtree_moves_with_its_totals(tree: Tree) -> None:
    await tree.owe("M1", 700)
    await tree.owe("M2", 50)

    await move(tree, "A11", "A2")

    totals = {name: await tree.below(name) for name in ("OP", "A1", "A11", "A2", "M1")}
    assert totals == {"OP": 750, "A1": 0, "A11": 700, "A2": 750, "M1": 700}


async def test_what_is_posted_after_a_move_counts_for_the_new_ancestors(tree: Tree) -> None:
    await tree.owe("M1", 700)
    await move(tree, "A11", "A2")

    await tree.owe("M1", 1)

    assert {name: await tree.below(name) for name in ("OP", "A1", "A2")} == {"OP": 701, "A1": 0, "A2": 701}


async def test_a_party_that_already_stands_there_is_a_replay(tree: Tree) -> None:
    await move(tree, "M1", "A2")
    records = await tree.count("log_record")

    again = await move(tree, "M1", "A2")

    assert again.replayed
    assert await tree.count("log_record") == records


@pytest.mark.parametrize(
    ("reference", "to", "code"),
    [
        ("D1", "D3", "PARTY_LOOP"),
        ("D1", "D1", "PARTY_LOOP"),
        ("A1", "A11", "PARTY_LOOP"),
        ("OP", "A1", "ROOT_STAYS"),
        ("M1", "D1", "PARENT_KIND"),
        ("M1", "M2", "PARENT_KIND"),
        ("NOBODY", "A1", "PARTY_MISSING"),
        ("M1", "NOBODY", "PARTY_MISSING"),
    ],
)
async def test_a_move_that_breaks_the_tree_is_refused(tree: Tree, reference: str, to: str, code: str) -> None:
    records = await tree.count("log_record")

    with pytest.raises(LedgerError) as refused:
        await move(tree, reference, to)

    assert refused.value.code == code
    assert await tree.count("log_record") == records


async def test_a_closed_party_neither_moves_nor_receives(tree: Tree) -> None:
    async with tree.database.write(tree.platform_id) as conn:
        await close_party(conn, reference="A2", reason="gone", actor=ACTOR, now=NOW)

    for reference, to in (("A2", "A1"), ("M1", "A2")):
        with pytest.raises(LedgerError, match="A2 is CLOSED"):
            await move(tree, reference, to)


async def test_crossing_moves_at_once_never_close_a_loop(tree: Tree) -> None:
    await tree.register(*(PartyDraft(f"X{n}", "DISTRIBUTOR", "x", "OP") for n in range(6)))
    pairs = [(f"X{a}", f"X{b}") for a in range(6) for b in range(6) if a != b]

    async def attempt(pair: tuple[str, str]) -> Any:
        try:
            return await move(tree, *pair)
        except LedgerError as refusal:
            return refusal.code

    outcomes = await asyncio.gather(*map(attempt, pairs))

    assert {one for one in outcomes if isinstance(one, str)} <= {"PARTY_LOOP"}
    async with tree.database.read(tree.platform_id) as conn:
        rooted = await conn.fetchval(
            "SELECT count(*) FROM find_holders($1, (SELECT array_agg(party_id) FROM party))", tree.platform_id
        )
    assert rooted == len(TREE) + 1 + 6


async def test_the_database_alone_refuses_a_loop(tree: Tree) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="PARTY_LOOP"):
        async with tree.database.write(tree.platform_id) as conn:
            await conn.execute(
                "UPDATE party AS p SET parent_id = c.party_id, parent_kind = c.kind FROM party AS c"
                " WHERE p.reference = 'D1' AND c.reference = 'D3'"
            )


async def test_the_database_alone_keeps_parties_and_moves(tree: Tree) -> None:
    await move(tree, "M1", "A2")
    for statement in ("DELETE FROM party_move", "TRUNCATE party_move", "DELETE FROM party"):
        with pytest.raises(asyncpg.PostgresError, match="permission denied"):
            async with tree.database.write(tree.platform_id) as conn:
                await conn.execute(statement)
