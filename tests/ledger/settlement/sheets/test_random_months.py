"""Random sales, late facts, cuts and closings: every line is on one sheet, once; totals are lines; nothing is lost."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.settlement.sheets.model import Sheet
from ledger.verify.verifying import verify
from tests.ledger.settlement.sheets.world import World

BEGIN = datetime.fromisoformat("2024-02-20T00:00:00+08:00")
PARTIES = [("M1", "2010"), ("M2", "2010"), ("M2", "2080"), ("D1", "2041"), ("D1", "2043")]
CYCLES = ["T+2", "DAILY", "WEEKLY", "DECADE", "SEMI_MONTHLY", "MONTHLY"]

# A moment of the story (in hours), and what happens there: facts that happened so many hours before it, or a closing.
facts = st.lists(
    st.tuples(st.sampled_from(PARTIES), st.integers(-500, 900).filter(bool), st.integers(0, 24 * 20)),
    min_size=1,
    max_size=6,
)
steps = st.lists(st.tuples(st.integers(1, 24 * 12), st.one_of(facts, st.just("close"))), min_size=1, max_size=10)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, cycles=st.tuples(st.sampled_from(CYCLES), st.sampled_from(CYCLES)), netting=st.booleans())
async def test_every_line_is_on_one_sheet_and_sheets_are_their_lines(
    database: Database, steps: list[tuple[int, object]], cycles: tuple[str, str], netting: bool
) -> None:
    world = await World.open(database)
    assert isinstance(world, World)
    await world.set_terms(role="MERCHANT", cycle=cycles[0], confirmation="NONE", netting=netting)
    await world.set_terms(role="DISTRIBUTOR", cycle=cycles[1], confirmation="NONE")
    instants: dict[int, datetime] = {}
    earned: Counter[str] = Counter()
    now = BEGIN
    for hours, step in steps:
        now += timedelta(hours=hours)
        if isinstance(step, list):
            told = [
                (party, amount, (now - timedelta(hours=ago)).isoformat(), code) for (party, code), amount, ago in step
            ]
            numbers = await world.earn_many(told)
            instants |= {number: datetime.fromisoformat(fact[2]) for number, fact in zip(numbers, told, strict=True)}
            for party, amount, _, _ in told:
                earned[party] += amount
        else:
            await world.settle(now.isoformat(), at_once=3)
    now += timedelta(days=70)
    await world.settle(now.isoformat())

    await check_claims(world, instants)
    await check_sums(world, earned)
    async with database.read(world.platform_id) as conn:
        assert (await verify(conn)).disagreement is None


async def check_claims(world: World, instants: dict[int, datetime]) -> None:
    """Each line on one sheet: that of its period, or a later one that says which period it is of."""
    rows = await world.rows(
        """
        SELECT c.sequence, c.original_period_start, s.period_start, s.period_end
        FROM sheet_line AS c INNER JOIN sheet AS s ON s.sheet_id = c.sheet_id WHERE NOT c.is_closing
        """
    )
    assert Counter(row["sequence"] for row in rows) == Counter(instants.keys())
    for row in rows:
        instant, original = instants[row["sequence"]], row["original_period_start"]
        assert instant < row["period_end"]
        assert (original is not None) == (instant < row["period_start"])
        assert original is None or original <= instant


async def check_sums(world: World, earned: Counter[str]) -> None:
    """A sheet's total is taken by somebody, to the cent; nobody takes what is not there."""
    sheets = await world.sheets()
    totals: Counter[str] = Counter()
    for sheet in sheets:
        totals[sheet.party] += sheet.total
        assert sheet.payable >= 0 <= sheet.owed
        assert parts(sheet) == abs(sheet.total)
    assert {party: total for party, total in totals.items() if total} == {p: n for p, n in earned.items() if n}
    positive = sum(sheet.netted for sheet in sheets if sheet.total > 0)
    assert positive == sum(sheet.netted for sheet in sheets if sheet.total < 0)
    assert await world.net("2010 M1, 2010 M2, 2080 M2, 2041 D1, 2043 D1") == [0] * 5


def parts(sheet: Sheet) -> int:
    taken = sheet.netted + sheet.retained + sheet.held + sheet.withheld + sheet.payout
    return taken + sheet.collected + sheet.written_off + sheet.payable + sheet.owed
