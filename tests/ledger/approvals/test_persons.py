"""Who is a person is said once, for the code and for the statements that ask the same."""

import pytest

from ledger.approvals.model import PROGRAM_NAMES, is_person
from ledger.db.connecting import Database
from tests.ledger.approvals.desk import Desk

NAMES = {
    "ann": True,
    "system": False,
    "systems": True,
    "a system": True,
    "system\n": True,
    "System": True,
    "cli:root": False,
    "cli:": False,
    "cli": True,
    "a cli:root": True,
    "ann\ncli:root": True,
    "": True,
}


@pytest.mark.parametrize("name", NAMES)
def test_programs_are_no_persons(name: str) -> None:
    assert is_person(name) is NAMES[name]


async def test_the_database_reads_the_names_of_programs_as_the_code_does(desk: Desk) -> None:
    database: Database = desk.database
    async with database.read(desk.platform_id) as conn:
        rows = await conn.fetch(
            f"SELECT k.name, k.name !~ '{PROGRAM_NAMES}' AS is_person FROM unnest($1::text[]) AS k (name)",
            list(NAMES),
        )

    assert {row["name"]: row["is_person"] for row in rows} == NAMES
