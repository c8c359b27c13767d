"""
A process that posts one batch and says so, to be killed at a chosen statement.

    python -m tests.faults.poster DSN PLATFORM BOOK PARTY DAY
"""

import asyncio
import sys
from datetime import date

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import Outcome, post_entries

KEYS = ("killed-1", "killed-2")


def batch(*, book: int, party: int, day: date) -> list[EntryDraft]:
    """Two entries, one of them backdated, so that every statement of a posting is run."""
    lines = (
        LineDraft(AccountKey(book, "1100", None, "CNY"), "D", 500),
        LineDraft(AccountKey(book, "2010", party, "CNY"), "C", 500),
    )
    days = (day, day.replace(year=day.year - 1, day=1))
    return [EntryDraft(key, book, day, lines) for key, day in zip(KEYS, days, strict=True)]


async def post(database: Database, platform: int, drafts: list[EntryDraft]) -> list[Outcome]:
    async with database.write(platform) as conn:
        return await post_entries(conn, drafts=drafts, actor=Actor("poster"))


async def main(dsn: str, platform: int, book: int, party: int, day: date) -> None:
    database = await Database.connect(dsn, writers=1, readers=1)
    print("connected", flush=True)
    sys.stdin.readline()
    outcomes = await post(database, platform, batch(book=book, party=party, day=day))
    assert all(isinstance(outcome, Posted) for outcome in outcomes)
    print("posted", flush=True)
    await database.close()


if __name__ == "__main__":
    platform, book, party = map(int, sys.argv[2:5])
    asyncio.run(main(sys.argv[1], platform, book, party, date.fromisoformat(sys.argv[5])))
