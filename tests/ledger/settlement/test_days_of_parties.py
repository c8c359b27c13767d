"""A day of a hold or of a deposit is a day where its party is: workers, laws and readers begin it at one instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from ledger.journal.model import Refused
from ledger.parties.moving import move_party
from ledger.reporting import withholding
from ledger.reporting.due_work import find_due_work
from ledger.reporting.model import Span
from ledger.reporting.work_queues import count_queues
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.parsing import parse_discharge
from ledger.settlement.deposits.releasing import release_due_slices
from ledger.settlement.deposits.retaining import retain_from_sheets
from ledger.settlement.holds.lifting import release_due_holds
from ledger.verify.verifying import verify
from tests.ledger.charging.market import ACTOR, NOW
from tests.ledger.outcomes import codes
from tests.ledger.settlement.deposits.telling import agree, agreed, agreement, bill, cash, out, receive, slices, target
from tests.ledger.settlement.holds.telling import hold, place_all
from tests.ledger.settlement.holds.test_disputes import charged_back, follow
from tests.ledger.settlement.sheets.world import SYSTEM, TESTER, World
from tests.oracle.small_world import SUCCEEDED, paid

INSTANT = timedelta(microseconds=1)
# A month before its end, so that nothing that a test does is late.
DAY = "2021-01-11"
# M1 has the zone of the operator, two levels above; what stands below A9 has that of its agent, or one of its own.
SHANGHAI, SAO_PAULO, AUCKLAND = "M1", "M8", "M9"
BEGINS = [
    (SHANGHAI, datetime(2021, 1, 10, 16, tzinfo=UTC)),
    (SAO_PAULO, datetime(2021, 1, 11, 3, tzinfo=UTC)),
    (AUCKLAND, datetime(2021, 1, 10, 11, tzinfo=UTC)),
]


@pytest.fixture
async def wide(world: World) -> World:
    """A market with parties on both sides of UTC."""
    await world.register(
        {"reference": "A9", "kind": "AGENT", "name": "Agent", "parent": "A1", "timeZone": "America/Sao_Paulo"},
        {"reference": "M8", "kind": "MERCHANT", "name": "Merchant", "parent": "A9"},
        {
            **{"reference": "M9", "kind": "MERCHANT", "name": "Merchant", "parent": "A9"},
            "timeZone": "Pacific/Auckland",
        },
    )
    return world


async def see(world: World, now: datetime) -> tuple[dict[str, datetime], set[str], int, int]:
    """What readers say at an instant: what a worker has to do, the queues, what is listed as overdue and releasable."""
    async with world.database.read(world.platform_id) as conn:
        due = {kind: since for kind, since in (await find_due_work(conn, now=now)).items() if ".release" in kind}
        queues = {each.queue for each in await count_queues(conn, now=now)} & {"HOLDS_OVERDUE", "DEPOSITS_RELEASABLE"}
        of_all: dict[str, Any] = {"party_id": None, "scope": None, "span": Span(100)}
        held = await withholding.list_holds(conn, order=None, is_open=None, overdue_at=now, **of_all)
        kept = await withholding.list_slices(conn, status=None, through=None, releasable_at=now, is_owed=None, **of_all)
    return due, queues, len(held), len(kept)


async def work(world: World, now: datetime) -> tuple[int, int]:
    """How many holds and slices a worker releases."""
    async with world.database.write(world.platform_id) as conn:
        lifted = await release_due_holds(conn, now=now, actor=SYSTEM)
        return lifted, await release_due_slices(conn, now=now, actor=SYSTEM)


async def earn(world: World, party: str) -> None:
    await world.earn(party, 10_000, "2021-01-05T12:00")


@pytest.mark.parametrize(("party", "begins"), BEGINS)
async def test_what_ends_by_itself_ends_as_its_day_begins_where_its_party_is(
    wide: World, party: str, begins: datetime
) -> None:
    await earn(wide, party)
    await place_all(wide, hold("10.00", party=party, releaseRule="ON_DATE", expectedReleaseDate=DAY))
    await agreed(wide, target("10.00", party=party, release="ON_DATE"))
    await receive(wide, cash("10.00"))

    assert await see(wide, begins - INSTANT) == ({}, set(), 0, 0)
    assert await work(wide, begins - INSTANT) == (0, 0)

    due = {"deposits.release": begins, "holds.release": begins}
    assert await see(wide, begins) == (due, {"DEPOSITS_RELEASABLE"}, 0, 1)
    assert await work(wide, begins) == (1, 1)
    assert await see(wide, begins) == ({}, set(), 0, 0)
    async with wide.database.read(wide.platform_id) as conn:
        assert (await verify(conn)).agrees


@pytest.mark.parametrize(("party", "begins"), BEGINS)
async def test_a_hold_that_a_person_lifts_is_overdue_once_its_day_is_over_where_its_party_is(
    wide: World, party: str, begins: datetime
) -> None:
    await earn(wide, party)
    await place_all(wide, hold("10.00", party=party, expectedReleaseDate=DAY))
    over = begins + timedelta(days=1)

    assert await see(wide, over - INSTANT) == ({}, set(), 0, 0)
    assert await see(wide, over) == ({}, {"HOLDS_OVERDUE"}, 1, 0)
    async with wide.database.read(wide.platform_id) as conn:
        (queue,) = [each for each in await count_queues(conn, now=over) if each.queue == "HOLDS_OVERDUE"]
    assert queue.oldest_since == begins


@pytest.mark.parametrize(("party", "begins"), BEGINS)
async def test_one_person_releases_a_slice_from_the_first_instant_of_its_day_where_its_party_is(
    wide: World, party: str, begins: datetime
) -> None:
    await agreed(wide, target("10.00", party=party, release="ON_DATE"))
    await receive(wide, cash("10.00"))
    (row,) = await wide.rows("SELECT slice_id FROM deposit_slice")
    drafts = [parse_discharge(out("RELEASED", row["slice_id"]))]

    async def release(now: datetime, *, is_granted: bool = False) -> list[str]:
        async with wide.database.write(wide.platform_id) as conn:
            return codes(await discharge_slices(conn, drafts=drafts, actor=TESTER, now=now, is_granted=is_granted))

    assert await release(begins - INSTANT) == ["DEPOSIT_NOT_RELEASABLE"]
    with pytest.raises(asyncpg.CheckViolationError, match="APPROVAL_MISSING"):
        await release(begins - INSTANT, is_granted=True)
    assert await release(begins) == [""]


@pytest.mark.parametrize(("party", "begins"), BEGINS)
async def test_a_bill_is_asked_for_to_the_last_instant_of_its_end_where_its_party_is(
    wide: World, party: str, begins: datetime
) -> None:
    await agree(wide, agreement(party=party, rate="0.1"))
    await bill(wide, cash("300.00", "B1"))

    assert await work(wide, begins - INSTANT) == (0, 0)
    assert [row[:2] for row in await slices(wide)] == [(30_000, 30_000)]
    assert (await see(wide, begins))[0] == {"deposits.release": begins}
    assert await work(wide, begins) == (0, 1)
    assert [(row[1], row[-1]) for row in await slices(wide)] == [(0, "LAPSED")]


@pytest.mark.parametrize(("party", "begins"), BEGINS)
@pytest.mark.parametrize("is_over", [False, True])
async def test_a_sheet_brings_in_a_bill_until_its_end_is_over_where_its_party_is(
    wide: World, party: str, begins: datetime, is_over: bool
) -> None:
    await agree(wide, agreement(party=party, rate="0.1"))
    await bill(wide, cash("50.00", "B1"))
    await wide.earn(party, 10_000, "2020-12-15")
    await wide.settle("2021-01-02")
    (sheet,) = await wide.sheets(party)

    async with wide.database.write(wide.platform_id) as conn:
        now = begins - INSTANT * (not is_over)
        await retain_from_sheets(conn, sheet_ids=[sheet.sheet_id], now=now, actor=SYSTEM)

    assert [row[:2] for row in await slices(wide)] == [(5_000, 5_000 if is_over else 0), (1_000, 0)]


async def test_a_party_that_moves_takes_the_days_of_its_new_place_and_what_was_said_of_older_ones_stays(
    wide: World,
) -> None:
    await earn(wide, SAO_PAULO)
    said = {"party": SAO_PAULO, "releaseRule": "ON_DATE", "expectedReleaseDate": DAY}
    await place_all(wide, hold("10.00", "before", **said))
    await agreed(wide, target("50.00", party=SAO_PAULO, release="ON_DATE"))
    await receive(wide, cash("10.00", "before"))

    async with wide.database.write(wide.platform_id) as conn:
        await move_party(conn, reference=SAO_PAULO, to="A1", actor=ACTOR, now=NOW)
    await place_all(wide, hold("10.00", "after", **said))
    await receive(wide, cash("10.00", "after"))

    for table in ("hold", "deposit_slice"):
        zones = await wide.rows(f"SELECT zone FROM {table} ORDER BY {table.removeprefix('deposit_')}_id")
        assert [row["zone"] for row in zones] == ["America/Sao_Paulo", "Asia/Shanghai"]
    (in_shanghai, in_sao_paulo) = [begins for _, begins in BEGINS[:2]]
    assert [await work(wide, now) for now in (in_shanghai - INSTANT, in_shanghai)] == [(0, 0), (1, 1)]
    assert [await work(wide, now) for now in (in_sao_paulo - INSTANT, in_sao_paulo)] == [(0, 0), (1, 1)]
    async with wide.database.read(wide.platform_id) as conn:
        assert (await verify(conn)).agrees


async def test_what_is_retained_of_a_sheet_has_the_zone_that_the_sheet_was_cut_in(wide: World) -> None:
    await agree(wide, agreement(party=SAO_PAULO, rate="0.1"))
    await wide.earn(SAO_PAULO, 10_000, "2020-12-15")
    await wide.open_sheets("2020-12-20")
    async with wide.database.write(wide.platform_id) as conn:
        await move_party(conn, reference=SAO_PAULO, to="A1", actor=ACTOR, now=NOW)
    await wide.settle("2021-01-02")
    sheet = (await wide.sheets(SAO_PAULO))[0]

    async with wide.database.write(wide.platform_id) as conn:
        await retain_from_sheets(conn, sheet_ids=[sheet.sheet_id], now=NOW, actor=SYSTEM)

    (row,) = await wide.rows("SELECT zone FROM deposit_slice")
    assert (row["zone"], sheet.zone) == ("America/Sao_Paulo", "America/Sao_Paulo")


@pytest.mark.parametrize(("moment", "day"), [("T15:59:59Z", "2025-07-01"), ("T16:00:00Z", "2025-07-02")])
async def test_the_longest_dispute_ends_on_a_day_where_its_merchant_is(world: World, moment: str, day: str) -> None:
    await world.accept(paid("100.00"), SUCCEEDED)
    await world.accept(charged_back("60.00", occurredAt=f"2025-03-03{moment}"))

    await follow(world)

    (row,) = await world.rows("SELECT expected_release_date FROM hold")
    assert row["expected_release_date"].isoformat() == day


async def test_the_zone_of_a_hold_and_of_a_slice_cannot_be_changed(wide: World) -> None:
    await earn(wide, SHANGHAI)
    await place_all(wide, hold("10.00"))
    await agreed(wide, target("10.00"))
    assert not any(isinstance(each, Refused) for each in await receive(wide, cash("10.00")))

    for table in ("hold", "deposit_slice"):
        with pytest.raises(asyncpg.CheckViolationError, match="DOCUMENT_FIXED"):
            async with wide.database.write(wide.platform_id) as conn:
                await conn.execute(f"UPDATE {table} SET zone = 'UTC'")
