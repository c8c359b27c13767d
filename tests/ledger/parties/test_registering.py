from typing import Any

import asyncpg
import pytest

from ledger.journal.model import Refused
from ledger.parties.model import PartyDraft, Registered
from ledger.parties.platforms import create_operator_platform
from ledger.parties.registering import register_parties
from tests.ledger.parties.conftest import ACTOR, NOW, TREE, Tree
from tests.statements import gather_asked


def codes(outcomes: list[Any]) -> list[str]:
    return [one.error.code if isinstance(one, Refused) else "ok" for one in outcomes]


async def test_a_list_of_parties_is_registered_with_parents_before_children(tree: Tree) -> None:
    outcomes = await tree.register(PartyDraft("A9", "AGENT", "New", "OP"), PartyDraft("M9", "MERCHANT", "Shop", "A9"))

    assert [isinstance(one, Registered) and not one.replayed for one in outcomes] == [True, True]
    assert await tree.count("party") == len(TREE) + 3


async def test_the_same_list_again_is_a_replay_and_writes_nothing(tree: Tree) -> None:
    records = await tree.count("log_record")

    outcomes = await tree.register(*TREE)

    assert all(isinstance(one, Registered) and one.replayed for one in outcomes)
    assert await tree.count("log_record") == records


async def test_a_refused_party_leaves_its_neighbours_alone(tree: Tree) -> None:
    outcomes = await tree.register(
        PartyDraft("M3", "MERCHANT", "Three", "A1"),
        PartyDraft("M1", "MERCHANT", "Another name", "A11"),
        PartyDraft("OP2", "OPERATOR", "Second root"),
        PartyDraft("M4", "MERCHANT", "Four", "NOBODY"),
        PartyDraft("M5", "MERCHANT", "Five", "D1"),
        PartyDraft("D9", "DISTRIBUTOR", "Nine", "M1"),
        PartyDraft("M6", "MERCHANT", "Six", "A1"),
    )

    assert codes(outcomes) == [
        "ok", "PARTY_CONFLICT", "SECOND_ROOT", "PARTY_MISSING", "PARENT_KIND", "PARENT_KIND", "ok",
    ]  # fmt: skip
    assert await tree.count("party") == len(TREE) + 3


async def test_a_child_of_a_refused_parent_is_refused_too(tree: Tree) -> None:
    outcomes = await tree.register(PartyDraft("A9", "AGENT", "New", "M1"), PartyDraft("M9", "MERCHANT", "Shop", "A9"))

    assert codes(outcomes) == ["PARENT_KIND", "PARTY_MISSING"]


async def test_thousands_are_registered_by_as_many_statements_as_one(tree: Tree) -> None:
    async def count_statements(*drafts: PartyDraft) -> int:
        async with tree.database.write(tree.platform_id) as conn:
            with gather_asked(conn) as asked:
                from_one = await _register(conn, drafts)
        assert all(isinstance(one, Registered) for one in from_one)
        return len(asked)

    one = await count_statements(PartyDraft("M-0", "MERCHANT", "Shop", "A1"))
    many = await count_statements(*(PartyDraft(f"M-{n}", "MERCHANT", "Shop", "A1") for n in range(1, 3_000)))

    assert many == one


async def _register(conn: Any, drafts: Any) -> Any:
    return await register_parties(conn, drafts=drafts, actor=ACTOR, now=NOW)


async def test_every_registration_is_in_the_log(tree: Tree) -> None:
    async with tree.database.read(tree.platform_id) as conn:
        kinds = await conn.fetch("SELECT DISTINCT kind FROM log_event")
        assert [row["kind"] for row in kinds] == ["party.registered"]
    assert await tree.count("log_event") == len(TREE) + 1


async def test_an_operator_whose_platform_is_there_gets_no_second_one(tree: Tree) -> None:
    operator = PartyDraft("OP", "OPERATOR", "Operator")

    platform = await create_operator_platform(tree.database, operator=operator, actor=ACTOR, now=NOW)

    assert platform is None
    assert await tree.count("party") == len(TREE) + 1


@pytest.mark.parametrize(
    ("kind", "parent"),
    [("DISTRIBUTOR", "M1"), ("MERCHANT", "LE"), ("LEGAL_ENTITY", "A1"), ("AGENT", "D1"), ("SUPPLIER", "M1")],
)
async def test_the_database_alone_refuses_a_parent_of_the_wrong_kind(tree: Tree, kind: str, parent: str) -> None:
    (parent_id,) = await tree.ids(parent)
    with pytest.raises(asyncpg.CheckViolationError, match="party_parent_kind_is_allowed"):
        async with tree.database.write(tree.platform_id) as conn:
            await conn.execute(
                "INSERT INTO party (platform_id, reference, kind, parent_id, parent_kind, name, fingerprint)"
                " SELECT $1, 'X', $2, p.party_id, p.kind, 'X', p.fingerprint FROM party AS p WHERE p.party_id = $3",
                tree.platform_id,
                kind,
                parent_id,
            )


async def test_the_database_alone_refuses_a_second_root(tree: Tree) -> None:
    with pytest.raises(asyncpg.UniqueViolationError, match="platform_has_one_root"):
        async with tree.database.write(tree.platform_id) as conn:
            await conn.execute(
                "INSERT INTO party (platform_id, reference, kind, name, fingerprint)"
                " SELECT $1, 'OP2', 'OPERATOR', 'X', fingerprint FROM party LIMIT 1",
                tree.platform_id,
            )


@pytest.mark.parametrize("change", ["reference = 'X'", "kind = 'SUPPLIER'"])
async def test_the_database_alone_refuses_a_new_identity(tree: Tree, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="PARTY_IDENTITY"):
        async with tree.database.write(tree.platform_id) as conn:
            await conn.execute(f"UPDATE party SET {change} WHERE reference = 'M1'")
