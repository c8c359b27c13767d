"""Working days by a calendar: pure, on the examples of the domain and on random calendars."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.calendars.china import CN_2020
from ledger.calendars.countries import draft_country
from ledger.calendars.errors import CountryUnknown
from ledger.calendars.model import WEEKDAYS_ONLY, Anchor, Calendar, CalendarDraft
from ledger.calendars.parsing import parse_calendar, read_content, write_content
from ledger.errors import InvalidInput


def kept(draft: CalendarDraft) -> Calendar:
    """The draft as it comes back from the store."""
    return read_content(write_content(draft), version=draft.version or 1)


V1, V2 = map(kept, CN_2020)


def test_two_working_days_after_the_sale_of_the_story():
    assert V1.add_working_days(date(2019, 12, 19), 2) == date(2019, 12, 23)
    assert WEEKDAYS_ONLY.add_working_days(date(2019, 12, 19), 2) == date(2019, 12, 23)


def test_a_sunday_worked_instead_counts():
    assert V1.add_working_days(date(2020, 1, 17), 2) == date(2020, 1, 20)
    assert WEEKDAYS_ONLY.add_working_days(date(2020, 1, 17), 2) == date(2020, 1, 21)
    assert V1.add_working_days(date(2020, 1, 16), 2) == date(2020, 1, 19)


def test_an_extended_holiday_moves_what_was_due_on_a_make_up_day():
    assert V1.add_working_days(date(2020, 1, 23), 2) == date(2020, 2, 1)
    assert V2.add_working_days(date(2020, 1, 23), 2) == date(2020, 2, 4)


def test_rolling_first_moves_the_trade_day_to_a_working_day():
    assert V1.add_working_days(date(2020, 1, 18), 2) == date(2020, 1, 20)
    assert V1.add_working_days(date(2020, 1, 18), 2, anchor=Anchor.ROLL) == date(2020, 1, 21)


def test_no_days_at_all_is_the_day_itself_or_the_next_working_one():
    assert V1.add_working_days(date(2020, 1, 23), 0) == date(2020, 1, 23)
    assert V1.add_working_days(date(2020, 1, 24), 0) == date(2020, 1, 31)


def test_a_calendar_says_which_days_it_knows():
    assert V1.is_known(date(2020, 1, 1))
    assert V1.is_known(date(2020, 3, 31))
    assert not V1.is_known(date(2019, 12, 31))
    assert not V1.is_known(date(2020, 4, 1))
    assert WEEKDAYS_ONLY.is_known(date(2050, 1, 1))
    assert not Calendar("BR", 0).is_known(date(2020, 1, 1))


def test_the_national_days_of_brazil_are_days_off():
    brazil = draft_country(country="BR", years=[2017, 2018])

    assert (brazil.name, brazil.first_day, brazil.last_day) == ("BR", date(2017, 1, 1), date(2018, 12, 31))
    assert [day.isoformat() for day in sorted(brazil.days_off) if day.year == 2018] == [
        "2018-01-01",  # confraternização universal
        "2018-03-30",  # sexta-feira santa
        "2018-05-01",
        "2018-09-07",
        "2018-10-12",
        "2018-11-02",
        "2018-11-15",
        "2018-12-25",
    ]
    assert kept(brazil).add_working_days(date(2018, 3, 29), 2) == date(2018, 4, 3)


def test_a_country_that_works_on_weekends_instead_has_make_up_days():
    china = draft_country(country="CN", years=[2020], name="CN")

    assert date(2020, 1, 19) in china.make_up_days
    assert kept(china).is_working(date(2020, 1, 19))
    assert not kept(china).is_working(date(2020, 10, 1))


def test_a_week_may_end_on_another_day():
    israel = kept(draft_country(country="IL", years=[2024]))

    assert israel.week == {1, 2, 3, 4, 7}
    assert not israel.is_working(date(2024, 3, 1))  # a Friday
    assert israel.is_working(date(2024, 3, 3))  # a Sunday


def test_a_part_of_a_country_has_its_own_days():
    whole = draft_country(country="BR", years=[2024])
    part = draft_country(country="BR-SP", years=[2024])

    assert set(part.days_off) - set(whole.days_off) == {date(2024, 7, 9)}


@pytest.mark.parametrize("country", ["XX", "BR-XX", "", "brazil"])
def test_a_country_without_a_list_is_refused(country: str):
    with pytest.raises(CountryUnknown):
        draft_country(country=country, years=[2024])


@pytest.mark.parametrize("years", [[], [1900], [2024, 2300]])
def test_years_without_lists_are_refused(years: list[int]):
    with pytest.raises(InvalidInput):
        draft_country(country="BR", years=years)


GOOD = {
    "calendar": "X",
    "firstDay": "2024-01-01",
    "lastDay": "2024-12-31",
    "daysOff": [{"day": "2024-05-01", "name": "Labour day"}],
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lastDay": "2023-12-31"}, "lastDay"),
        ({"lastDay": "2099-12-31"}, "lastDay"),
        ({"calendar": ""}, "calendar"),
        ({"week": []}, "week"),
        ({"week": ["MON", "MON"]}, "week"),
        ({"week": ["Mo"]}, "week"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"daysOff": [{"day": "2025-01-01", "name": "late"}]}, "daysOff"),
        ({"daysOff": [{"day": "2024-05-01", "name": "a"}, {"day": "2024-05-01", "name": "b"}]}, "daysOff"),
        ({"workingDays": [{"day": "2024-05-01", "name": "both"}]}, "workingDays"),
        ({"holidays": []}, "holidays"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused_by_name(change: dict[str, object], field: str):
    with pytest.raises(InvalidInput) as refused:
        parse_calendar({**GOOD, **change})

    assert refused.value.field[0] == field


def test_a_document_without_a_week_has_monday_to_friday():
    assert parse_calendar(GOOD).week == {1, 2, 3, 4, 5}
    assert parse_calendar({**GOOD, "week": ["SUN", "MON"], "version": 3}).week == {1, 7}


FIRST = date(2020, 1, 1)
days = st.integers(0, 400).map(lambda count: FIRST + timedelta(days=count))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    off = draw(st.sets(days, max_size=60))
    made_up = draw(st.sets(days, max_size=20)) - off
    week = draw(st.sets(st.integers(1, 7), min_size=1))
    return Calendar("ANY", 1, frozenset(week), dict.fromkeys(off, "off"), dict.fromkeys(made_up, "on"))


@given(calendars(), days, st.integers(0, 12), st.sampled_from(Anchor))
def test_counting_ends_on_a_working_day_with_exactly_so_many_before_it(
    calendar: Calendar, day: date, count: int, anchor: Anchor
):
    found = calendar.add_working_days(day, count, anchor=anchor)

    begin = calendar.next_working_day(day) if anchor is Anchor.ROLL or count == 0 else day
    between = [begin + timedelta(days=step) for step in range(1, (found - begin).days + 1)]
    assert calendar.is_working(found)
    assert sum(map(calendar.is_working, between)) == count


@given(calendars(), days, days, st.integers(0, 12), st.sampled_from(Anchor))
def test_a_later_day_is_never_due_earlier(calendar: Calendar, one: date, other: date, count: int, anchor: Anchor):
    earlier, later = sorted((one, other))

    assert calendar.add_working_days(earlier, count, anchor=anchor) <= calendar.add_working_days(
        later, count, anchor=anchor
    )
