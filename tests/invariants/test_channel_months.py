"""What is kept of how a channel's days differ from the book is what a fresh look finds, whatever came when."""

from collections.abc import Sequence

from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.invariants.months import Months
from tests.invariants.story import HOUR

# All that may happen to a channel's day, and all that may come of it.
EVERYTHING = {
    *("late", "twice", "more", "corrected", "set aside", "taken up", "gone", "waiting"),
    *("BOOK_MISSING", "CHANNEL_MISSING", "TOLD_TWICE", "ENTITY_DIFF", "CURRENCY_DIFF", "AMOUNT_DIFF", "FEE_DIFF"),
}


async def live_through(database: Database, *, seeds: Sequence[int], steps: int) -> set[str]:
    """Months in which little but orders and channels happens; what was heard in them."""
    heard: set[str] = set()
    for seed in seeds:
        months = await Months.open(database, seed=seed)
        months.faithful = 1
        try:
            for step in range(1, steps + 1):
                months.now += months.chance.randint(1, 12) * HOUR
                months.told.append(months.now.isoformat())
                await months.random.choice([*[months.sell] * 3, *[months.tell_of_order] * 5, months.repeat])()
                await months.hear_channel(chance=0.9)
                if step % 20 == 0:
                    await months.check_channel_days()
            async with database.read(months.platform_id) as conn:
                assert (await verify(conn)).disagreement is None
        except BaseException:
            print(f"seed {seed}:", *months.told, sep="\n  ")
            raise
        heard |= {what for what, count in months.heard.items() if count}
    return heard


async def test_what_is_kept_of_channel_days_is_what_a_fresh_look_finds(database: Database) -> None:
    assert await live_through(database, seeds=(2, 3), steps=120) == EVERYTHING
