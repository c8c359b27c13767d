"""A platform that is new since the last ANALYZE is looked through by the right indexes, as the first one is."""

import json

import asyncpg

from ledger.db.connecting import Database
from ledger.parties.model import PartyDraft
from ledger.parties.registering import register_parties
from tests.ledger.journal.world import ACTOR, NOW, World, open_world

# What is looked up on the way of every posting, and the index that does it.
LOOK_UPS = [
    ("key_posts_once", "SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.idempotency_key = 'k1'"),
    ("entry_pkey", "SELECT * FROM entry AS o WHERE o.platform_id = $1 AND o.sequence = 7"),
    (
        "line_by_account",
        "SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.account_id = 7"
        " ORDER BY o.sequence DESC, o.version DESC",
    ),
    ("line_pkey", "SELECT * FROM line AS o WHERE o.platform_id = $1 AND o.sequence = 7 ORDER BY o.position"),
    ("party_reference_is_unique", "SELECT * FROM party AS o WHERE o.platform_id = $1 AND o.reference = 'M1'"),
    (
        "account_by_party",
        "SELECT * FROM account AS o WHERE o.platform_id = $1 AND o.book_id = 7 AND o.code = '2010' AND o.party_id = 7"
        " AND o.currency = 'CNY'",
    ),
]


async def fill(world: World) -> None:
    """A platform with enough of everything for ANALYZE to have something to say."""
    async with world.database.write(world.platform_id) as conn:
        parties = [PartyDraft(f"P{number}", "MERCHANT", "Other", "OP") for number in range(1_000)]
        await register_parties(conn, drafts=parties, actor=ACTOR, now=NOW)
    for _ in range(3):
        await world.post(*[world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5") for _ in range(1_000)])


async def find_wrong_choices(dsn: str) -> dict[str, set[str]]:
    """By the index that should be used, those that are, on a platform that ANALYZE has not seen beside one it has."""
    database = await Database.connect(dsn)
    try:
        await fill(await open_world(database))
        admin = await asyncpg.connect(dsn)
        await admin.execute("ANALYZE")
        await admin.close()
        newcomer = await open_world(database)
        async with database.write(newcomer.platform_id) as conn:
            chosen = {}
            for index, statement in LOOK_UPS:
                asked = f"EXPLAIN (FORMAT JSON) {statement} LIMIT 1".replace("$1", str(newcomer.platform_id))
                chosen[index] = list_indexes(json.loads(await conn.fetchval(asked)))
    finally:
        await database.close()
    return {index: used for index, used in chosen.items() if used != {index}}


async def test_a_new_platform_is_looked_through_by_the_right_indexes(fresh_database: str) -> None:
    assert await find_wrong_choices(fresh_database) == {}


async def test_so_it_is_in_the_tables_that_grow_on_the_oldest_version(fresh_database_16: str) -> None:
    wrong = await find_wrong_choices(fresh_database_16)

    # A thousand parties are few there: one row in 200 is expected of a platform, whatever index is read.
    assert wrong.keys() <= {"party_reference_is_unique"}


def list_indexes(plan: object) -> set[str]:
    if isinstance(plan, list):
        return set().union(*map(list_indexes, plan))
    if isinstance(plan, dict):
        own = {plan["Index Name"]} if plan.get("Relation Name") in ("entry", "line", "party", "account") else set()
        return own.union(*map(list_indexes, plan.values()))
    return set()


async def test_laws_that_compare_two_lists_do_it_by_hash(database: Database) -> None:
    # The plan of a law is kept from the first list that it sees. In a nested loop a thousand rows are a million pairs.
    async with database.read(None) as conn:
        laws = await conn.fetch(
            r"SELECT proname, proconfig FROM pg_proc"
            r" WHERE prosrc ~ 'JOIN (fresh|stale)\y' AND prorettype = 'trigger'::regtype"
        )
    wanted = {"enable_hashjoin=on", "enable_nestloop=off"}
    assert "check_closed_sheet" in {law["proname"] for law in laws}
    assert [law["proname"] for law in laws if not wanted <= set(law["proconfig"] or ())] == []
