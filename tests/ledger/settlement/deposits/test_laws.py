"""What the database alone refuses of deposits, whoever asks."""

import asyncpg
import pytest

from tests.ledger.settlement.deposits.telling import agreed, bill, cash, discharge, out, received, target
from tests.ledger.settlement.sheets.world import World

MOVE = """
    INSERT INTO deposit_movement (
        platform_id, slice_id, sequence, sheet_id, amount_minor, moved_at, kind, reference, reason, actor
    )
    SELECT platform_id, slice_id, {sequence}, {sheet}, 1, now(), '{kind}', 'x', 'x', 'x' FROM deposit_slice
    WHERE due_minor = 0
"""
LAWS = [
    (
        "only_claims_name_an_order",
        MOVE.format(sequence=1, sheet="NULL", kind="RELEASED")
        .replace("reason, actor", "reason, actor, order_reference")
        .replace("'x' FROM", "'x', 'O1' FROM"),
    ),
    ("slice_gives_at_most_what_it_holds", "UPDATE deposit_slice SET claimed_minor = 1 WHERE due_minor > 0"),
    ("slice_stands_where_its_money_stands", "UPDATE deposit_slice SET status = 'RELEASED'"),
    ("slice_stands_where_its_money_stands", "UPDATE deposit_slice SET status = 'HELD' WHERE due_minor > 0"),
    ("SLICE_UNEVEN", "UPDATE deposit_slice SET released_minor = 1 WHERE due_minor = 0"),
    ("SLICE_UNEVEN", "UPDATE deposit_slice SET due_minor = due_minor - 1 WHERE due_minor > 0"),
    ("DOCUMENT_FIXED", "UPDATE deposit_slice SET releasable_date = '2020-01-01', end_date = '2019-12-31'"),
    ("DOCUMENT_FIXED", "UPDATE deposit_slice SET principal_minor = principal_minor + 1"),
    ("permission denied", "UPDATE deposit_agreement SET months = 1"),
    ("permission denied", "UPDATE deposit_movement SET amount_minor = 1"),
    ("permission denied", "DELETE FROM deposit_slice"),
    ("DEPOSIT_NOT_POSTED", MOVE.format(sequence=1, sheet="NULL", kind="CLAIMED")),
    ("retained_money_has_its_sheet", MOVE.format(sequence=1, sheet="NULL", kind="RETAINED")),
    ("violates check", MOVE.format(sequence=1, sheet="NULL", kind="GIVEN")),
]


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_what_the_program_would_not_write(world: World, law: str, statement: str) -> None:
    await agreed(world, target("1000.00"))
    slice_id = await received(world, cash("100.00"))
    await bill(world, cash("50.00", "B1"))
    await discharge(world, out("CLAIMED", slice_id, "1.00"))

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


async def test_a_follower_of_the_log_never_goes_back(world: World) -> None:
    script = """
        INSERT INTO log_follower (platform_id, sequence, name) SELECT platform_id, 5, 'x' FROM platform;
        UPDATE log_follower SET sequence = 4
    """

    async with world.database.write(world.platform_id) as conn:
        with pytest.raises(asyncpg.PostgresError, match="FOLLOWER_GOES_FORWARD"):
            await conn.execute(script)
