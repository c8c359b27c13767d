"""Versions of calendars: published once, found by name, never changed."""

from dataclasses import replace
from datetime import date

import asyncpg
import pytest

from ledger.calendars.china import CN_2020
from ledger.calendars.countries import draft_country
from ledger.calendars.finding import check_calendars
from ledger.calendars.model import BUILT_IN, WEEKDAYS_ONLY, CalendarDraft
from ledger.calendars.publishing import publish_calendar
from ledger.reporting.calendars import find_calendars
from tests.ledger.calendars.agreement import ACTOR, NOW, Agreement

V1, V2 = CN_2020
UNNUMBERED = [replace(draft, version=None) for draft in CN_2020]


async def test_a_calendar_is_published_and_the_same_again_is_a_replay(agreement: Agreement):
    assert await agreement.publish(V1) == [("CN-2020", 1, False)]
    assert await agreement.publish(V1) == [("CN-2020", 1, True)]
    assert await agreement.publish(UNNUMBERED[0]) == [("CN-2020", 1, True)]

    events = await agreement.rows("SELECT subject, payload FROM log_event WHERE kind = 'calendar.published'")
    (stored,) = await agreement.rows("SELECT fingerprint FROM calendar")
    said = f'{{"calendar":"CN-2020","version":1,"sha256":"{stored["fingerprint"].hex()}"}}'
    assert [tuple(event) for event in events] == [("calendar/CN-2020", said)]


async def test_the_latest_version_counts_and_an_older_one_can_still_be_asked_for(agreement: Agreement):
    await agreement.publish(V1)
    before = (await agreement.calendars("CN-2020"))["CN-2020"]
    await agreement.publish(V2)
    after = (await agreement.calendars("CN-2020"))["CN-2020"]

    assert (before.version, before.add_working_days(date(2020, 1, 23), 2)) == (1, date(2020, 2, 1))
    assert (after.version, after.add_working_days(date(2020, 1, 23), 2)) == (2, date(2020, 2, 4))
    async with agreement.database.read(agreement.platform_id) as conn:
        older, none = await find_calendars(conn, keys=[("CN-2020", 1), ("CN-2020", 3)])
    assert older is not None
    assert (older.calendar, none) == (before, None)


async def test_an_older_content_comes_back_only_by_the_number_of_a_new_version(agreement: Agreement):
    await agreement.publish(*CN_2020)

    assert await agreement.publish(UNNUMBERED[0]) == [("CN-2020", 1, True)]
    assert await agreement.publish(replace(V1, version=3)) == [("CN-2020", 3, False)]
    assert (await agreement.calendars("CN-2020"))["CN-2020"].is_working(date(2020, 2, 1))


async def test_a_version_with_other_content_or_out_of_turn_is_refused_and_its_neighbours_are_not(agreement: Agreement):
    outcomes = await agreement.publish(
        V1, replace(V2, version=1), replace(V2, version=3), replace(V1, name=BUILT_IN, version=None), V2
    )

    assert outcomes == [
        ("CN-2020", 1, False),
        "CALENDAR_CONFLICT",
        "CALENDAR_VERSION",
        "CALENDAR_BUILT_IN",
        ("CN-2020", 2, False),
    ]
    assert len(await agreement.rows("SELECT 1 FROM calendar")) == 2


async def test_what_is_kept_of_a_country_is_what_was_drafted(agreement: Agreement):
    draft = draft_country(country="BR", years=[2016, 2017, 2018])
    await agreement.publish(draft)

    kept = (await agreement.calendars("BR"))["BR"]

    assert (kept.week, kept.days_off, kept.make_up_days) == (draft.week, draft.days_off, draft.make_up_days)
    assert (kept.first_day, kept.last_day) == (date(2016, 1, 1), date(2018, 12, 31))


async def test_a_name_that_nobody_published_is_monday_to_friday_in_version_0(agreement: Agreement):
    found = await agreement.calendars("BR", BUILT_IN)

    assert found[BUILT_IN] == WEEKDAYS_ONLY
    assert (found["BR"].version, found["BR"].week) == (0, WEEKDAYS_ONLY.week)
    async with agreement.database.read(agreement.platform_id) as conn:
        assert await check_calendars(conn, names=["BR", BUILT_IN]) == {"BR"}


async def test_the_number_of_statements_does_not_depend_on_the_list(agreement: Agreement):
    def drafts(prefix: str, count: int) -> list[CalendarDraft]:
        return [replace(V1, name=f"{prefix}{number}") for number in range(count)]

    one, many = [
        await agreement.count_statements(
            lambda conn, names=names: publish_calendar(conn, calendars=names, actor=ACTOR, now=NOW)
        )
        for names in (drafts("A", 1), drafts("B", 50))
    ]

    assert one == many


async def test_the_database_refuses_to_change_a_version_or_to_leave_one_out(agreement: Agreement):
    await agreement.publish(V1)
    insert = (
        "INSERT INTO calendar (platform_id, sequence, version, published_at, first_day, last_day, name, content,"
        " fingerprint) SELECT platform_id, sequence, $1, published_at, first_day, last_day, name, content, fingerprint"
        " FROM calendar WHERE name = 'CN-2020' AND version = 1"
    )

    for statement in ("UPDATE calendar SET content = '{}'", "DELETE FROM calendar"):
        with pytest.raises(asyncpg.PostgresError):
            await agreement.force(statement)
    with pytest.raises(asyncpg.CheckViolationError, match="CALENDAR_VERSION"):
        await agreement.force(insert, 3)
    await agreement.force(insert, 2)
