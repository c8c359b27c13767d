"""Periods and due dates, from the rule alone."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.calendars.china import CN_2020
from ledger.calendars.model import Anchor, Calendar
from ledger.calendars.parsing import read_content, write_content
from ledger.settlement.terms.history import build_history
from ledger.settlement.terms.model import (
    NOTHING,
    OPEN_END,
    Cycle,
    Effect,
    History,
    Layer,
    Mode,
    Period,
    Terms,
    TermsVersion,
)
from ledger.settlement.terms.periods import due_date, next_period, period_of, start_of_day, terms_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MOMENT = timedelta(microseconds=1)
V1, V2 = (read_content(write_content(draft), version=draft.version or 0) for draft in CN_2020)


def always(cycle: Cycle, **said: object) -> History:
    """A party that has had this cycle since ever."""
    return build_history(registration=Layer(cycle=cycle, **said))  # type: ignore[arg-type]


def days(period: Period) -> tuple[str, str]:
    """First day, and the first day after."""
    return period.first_day.isoformat(), (period.last_day + timedelta(days=1)).isoformat()


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def of(cycle: Cycle, day: str, zone: ZoneInfo = SHANGHAI) -> tuple[str, str]:
    return days(period_of(always(cycle), at(f"{day}T12:00", zone), zone))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-02-29", ("2020-02-16", "2020-03-01")),
        ("2021-02-28", ("2021-02-16", "2021-03-01")),
        ("2024-12-31", ("2024-12-16", "2025-01-01")),
        ("2024-04-15", ("2024-04-01", "2024-04-16")),
        ("2024-04-16", ("2024-04-16", "2024-05-01")),
    ],
)
def test_the_second_half_of_a_month_ends_with_the_month(day: str, expected: tuple[str, str]):
    assert of(Cycle.SEMI_MONTHLY, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-02-10", ("2024-02-01", "2024-02-11")),
        ("2024-02-11", ("2024-02-11", "2024-02-21")),
        ("2024-02-29", ("2024-02-21", "2024-03-01")),
        ("2024-01-31", ("2024-01-21", "2024-02-01")),
    ],
)
def test_a_third_of_a_month_begins_on_1_11_and_21(day: str, expected: tuple[str, str]):
    assert of(Cycle.DECADE, day) == expected


def test_a_week_begins_on_monday_also_over_new_year():
    assert of(Cycle.WEEKLY, "2020-01-01") == ("2019-12-30", "2020-01-06")
    assert of(Cycle.WEEKLY, "2020-01-06") == ("2020-01-06", "2020-01-13")


def test_a_week_in_which_the_clocks_change_is_an_hour_shorter_or_longer():
    spring = period_of(always(Cycle.WEEKLY), at("2024-03-10T12:00", NEW_YORK), NEW_YORK)
    autumn = period_of(always(Cycle.WEEKLY), at("2024-11-03T12:00", NEW_YORK), NEW_YORK)

    assert spring.end - spring.start == timedelta(hours=167)
    assert autumn.end - autumn.start == timedelta(hours=169)


def test_an_instant_at_the_end_of_a_month_belongs_to_the_next():
    end = datetime(2024, 6, 30, 16, tzinfo=UTC)

    july = period_of(always(Cycle.MONTHLY), end, SHANGHAI)
    june = period_of(always(Cycle.MONTHLY), end - MOMENT, SHANGHAI)

    assert days(july) == ("2024-07-01", "2024-08-01")
    assert days(june) == ("2024-06-01", "2024-07-01")
    assert june.end == july.start == end


def test_one_order_falls_into_the_period_of_each_of_its_five_parties():
    paid = at("2019-12-19T20:00")
    merchant = always(Cycle.T_PLUS, due_days=2, calendar="CN-2020")

    trade_day = period_of(merchant, paid, SHANGHAI)
    assert days(trade_day) == ("2019-12-19", "2019-12-20")
    assert due_date(terms_of(merchant, trade_day), trade_day, V1) == date(2019, 12, 23)
    assert of(Cycle.WEEKLY, "2019-12-19") == ("2019-12-16", "2019-12-23")
    assert of(Cycle.SEMI_MONTHLY, "2019-12-19") == ("2019-12-16", "2020-01-01")
    assert of(Cycle.MONTHLY, "2019-12-19") == ("2019-12-01", "2020-01-01")
    assert of(Cycle.DAILY, "2019-12-19") == ("2019-12-19", "2019-12-20")


@pytest.mark.parametrize(
    ("effect", "first", "second"),
    [
        (Effect.NEXT_PERIOD, ("2024-07-01", "2024-08-01"), ("2024-08-01", "2024-08-05")),
        (Effect.NOW, ("2024-07-01", "2024-07-17"), ("2024-07-17", "2024-07-22")),
    ],
)
def test_a_change_of_cycle_begins_now_or_with_the_next_period(
    effect: Effect, first: tuple[str, str], second: tuple[str, str]
):
    weekly = TermsVersion(1, date(2024, 7, 17), effect, Layer(cycle=Cycle.WEEKLY))
    history = build_history(registration=Layer(cycle=Cycle.MONTHLY), party=[weekly])

    july = period_of(history, at("2024-07-03T12:00"), SHANGHAI)
    following = next_period(history, after=july.end, zone=SHANGHAI)

    assert days(july) == first
    assert days(following) == second
    assert days(next_period(history, after=following.end, zone=SHANGHAI))[0] == second[1]


@pytest.mark.parametrize("cycle", [cycle for cycle in Cycle if cycle is not Cycle.ON_DEMAND])
@pytest.mark.parametrize("day", ["2024-06-30", "2024-07-01", "2024-07-08", "2024-07-11", "2024-07-16", "2024-07-31"])
def test_a_change_with_the_next_period_begins_after_the_period_of_its_first_day_wherever_in_it_that_is(
    cycle: Cycle, day: str
):
    waiting = TermsVersion(1, date.fromisoformat(day), Effect.NEXT_PERIOD, Layer(netting=False))
    history = build_history(registration=Layer(cycle=cycle, due_days=1), party=[waiting])

    period = period_of(always(cycle), at(f"{day}T12:00"), SHANGHAI)

    assert terms_of(history, period).netting
    assert not terms_of(history, next_period(history, after=period.end, zone=SHANGHAI)).netting


def test_a_change_now_on_the_first_day_of_a_period_begins_with_it_and_cuts_nothing():
    weekly = TermsVersion(1, date(2024, 7, 1), Effect.NOW, Layer(cycle=Cycle.WEEKLY))
    history = build_history(registration=Layer(cycle=Cycle.MONTHLY), party=[weekly])

    assert days(period_of(history, at("2024-06-20T12:00"), SHANGHAI)) == ("2024-06-01", "2024-07-01")
    assert days(period_of(history, at("2024-07-03T12:00"), SHANGHAI)) == ("2024-07-01", "2024-07-08")


def test_periods_do_not_depend_on_when_they_are_asked_for():
    history = always(Cycle.DAILY)
    on_time = [period_of(history, at(f"2024-03-{day:02}T00:00"), SHANGHAI) for day in range(1, 6)]

    late, after = [on_time[0]], on_time[0].end
    while len(late) < 5:
        late.append(next_period(history, after=after, zone=SHANGHAI))
        after = late[-1].end

    assert late == on_time


def test_a_midnight_that_the_clocks_skip_begins_the_day_an_hour_later():
    day = period_of(always(Cycle.DAILY), at("2017-10-15T12:00", SAO_PAULO), SAO_PAULO)

    assert day.start == datetime(2017, 10, 15, 3, tzinfo=UTC)
    assert day.end - day.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("America/St_Johns", "2009-11-01T02:30:00", "2009-11-02T03:30:00"),  # at 00:01 back to 23:01
        ("America/Toronto", "1919-03-31T05:00:00", "1919-04-01T04:00:00"),  # at 23:30 on to 00:30
    ],
)
def test_where_the_clocks_change_around_midnight_the_days_still_follow_each_other(zone: str, before: str, after: str):
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (before, after))
    history = always(Cycle.DAILY)

    for minutes in range(0, 60, 5):
        within = period_of(history, begin + timedelta(minutes=minutes), ZoneInfo(zone))
        earlier = period_of(history, begin - timedelta(minutes=minutes + 1), ZoneInfo(zone))
        assert (within.start, within.end, earlier.end) == (begin, end, begin)


def test_a_day_that_never_was_has_no_period():
    apia = ZoneInfo("Pacific/Apia")
    before = period_of(always(Cycle.DAILY), at("2011-12-29T12:00", apia), apia)

    assert days(next_period(always(Cycle.DAILY), after=before.end, zone=apia)) == ("2011-12-31", "2012-01-01")


def test_a_period_on_demand_ends_when_it_is_asked_to():
    history = always(Cycle.ON_DEMAND)
    open_ended = period_of(history, at("2024-05-05T05:05"), SHANGHAI)
    assert open_ended.is_open_ended
    assert open_ended.end == OPEN_END

    following = next_period(history, after=at("2024-05-05T12:00"), zone=SHANGHAI)

    assert (following.start, following.first_day) == (at("2024-05-05T12:00"), date(2024, 5, 5))
    assert following.is_open_ended


def test_nothing_comes_after_what_has_no_end():
    with pytest.raises(AssertionError, match="nothing after it"):
        next_period(always(Cycle.ON_DEMAND), after=OPEN_END, zone=SHANGHAI)


def test_a_change_ends_what_is_settled_on_demand_on_its_day():
    weekly = TermsVersion(1, date(2024, 7, 17), Effect.NEXT_PERIOD, Layer(cycle=Cycle.WEEKLY))
    history = build_history(registration=Layer(cycle=Cycle.ON_DEMAND), party=[weekly])

    assert days(period_of(history, at("2024-07-10T12:00"), SHANGHAI)) == ("1970-01-01", "2024-07-17")
    assert days(period_of(history, at("2024-07-17T12:00"), SHANGHAI)) == ("2024-07-17", "2024-07-22")


def test_a_change_that_leaves_the_cycle_alone_cuts_nothing():
    purchase = TermsVersion(1, date(2024, 7, 17), Effect.NOW, Layer(mode=Mode.PURCHASE))
    history = build_history(registration=Layer(cycle=Cycle.MONTHLY), party=[purchase])

    july = period_of(history, at("2024-07-03T12:00"), SHANGHAI)

    assert days(july) == ("2024-07-01", "2024-08-01")
    assert terms_of(history, july).mode is Mode.PURCHASE
    assert history.terms_on(date(2024, 7, 16)).mode is Mode.AGENCY
    assert history.terms_on(date(2024, 7, 17)).mode is Mode.PURCHASE


def test_a_change_dated_back_leaves_what_is_settled_as_it_is():
    settled = period_of(always(Cycle.MONTHLY), at("2024-06-10T12:00"), SHANGHAI)
    back = TermsVersion(1, date(2024, 6, 11), Effect.NOW, Layer(cycle=Cycle.SEMI_MONTHLY))

    following = next_period(build_history(party=[back]), after=settled.end, zone=SHANGHAI)

    assert days(following) == ("2024-07-01", "2024-07-16")


def test_a_change_now_carries_one_that_had_not_begun():
    waiting = TermsVersion(1, date(2024, 7, 10), Effect.NEXT_PERIOD, Layer(cycle=Cycle.WEEKLY))
    both = TermsVersion(2, date(2024, 7, 17), Effect.NOW, Layer(cycle=Cycle.WEEKLY, netting=False))
    history = build_history(party=[waiting, both])

    assert [(segment.first_day, segment.terms.cycle) for segment in history.segments[1:]] == [
        (date(2024, 7, 17), Cycle.WEEKLY)
    ]
    assert not history.segments[1].terms.netting


def test_each_layer_speaks_for_what_the_one_above_leaves_open():
    role = TermsVersion(1, date(2024, 1, 1), Effect.NOW, Layer(cycle=Cycle.WEEKLY, due_days=1, netting=False))
    later = TermsVersion(2, date(2024, 6, 1), Effect.NOW, Layer(cycle=Cycle.WEEKLY, due_days=1, carry_cycles=5))
    own = TermsVersion(1, date(2024, 3, 1), Effect.NOW, Layer(due_days=3))

    history = build_history(role=[role, later], registration=Layer(calendar="CN-2020"), party=[own])

    assert history.terms_on(date(2023, 5, 5)) == Terms(calendar="CN-2020")
    assert history.terms_on(date(2024, 2, 1)) == Terms(
        cycle=Cycle.WEEKLY, due_days=1, calendar="CN-2020", netting=False
    )
    assert history.terms_on(date(2024, 4, 1)).due_days == 3
    assert history.terms_on(date(2024, 6, 1)) == Terms(
        cycle=Cycle.WEEKLY, due_days=3, calendar="CN-2020", carry_cycles=5
    )


def test_a_layer_that_names_a_cycle_does_not_keep_the_days_of_another():
    role = TermsVersion(1, date(2024, 1, 1), Effect.NOW, Layer(cycle=Cycle.T_PLUS, due_days=30))
    history = build_history(role=[role], registration=Layer(cycle=Cycle.WEEKLY))

    assert history.terms_on(date(2024, 2, 1)).due_days == Terms().due_days


def test_versions_of_the_second_kind_are_due_by_the_calendar_of_their_day():
    history = always(Cycle.T_PLUS, due_days=2, anchor=Anchor.ROLL)
    trade_day = period_of(history, at("2020-01-18T12:00"), SHANGHAI)

    assert due_date(terms_of(history, trade_day), trade_day, V1) == date(2020, 1, 21)


ZONES = st.sampled_from(
    [
        "UTC",
        "Asia/Shanghai",
        "America/New_York",
        "America/Sao_Paulo",
        "America/St_Johns",
        "Pacific/Apia",
        "Pacific/Kwajalein",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Cairo",
        "America/Havana",
        "Asia/Beirut",
    ]
).map(ZoneInfo)
some_days = st.dates(date(1992, 1, 1), date(2026, 12, 31))


@st.composite
def versions(draw: st.DrawFn) -> list[TermsVersion]:
    first_days = sorted(draw(st.lists(some_days, max_size=5)))
    layers = st.builds(
        Layer,
        cycle=st.none() | st.sampled_from(Cycle),
        due_days=st.integers(0, 5),
        netting=st.none() | st.booleans(),
        mode=st.none() | st.sampled_from(Mode),
    )
    return [
        TermsVersion(number, day, draw(st.sampled_from(Effect)), draw(layers))
        for number, day in enumerate(first_days, 1)
    ]


histories = st.builds(
    build_history,
    role=versions(),
    registration=st.just(NOTHING) | st.sampled_from(Cycle).map(lambda cycle: Layer(cycle=cycle)),
    party=versions(),
)
# hypothesis takes bounds without a zone
instants = st.datetimes(datetime(1993, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=300)
@given(histories, ZONES, instants)
def test_periods_tile_time(history: History, zone: ZoneInfo, instant: datetime):
    period = period_of(history, instant, zone)

    assert period.start <= instant < period.end
    assert period_of(history, period.start, zone) == period
    assert period_of(history, period.end - MOMENT, zone) == period
    if not period.is_open_ended:
        following = period_of(history, period.end, zone)
        assert following.start == period.end
        assert next_period(history, after=period.end, zone=zone) == following
        assert following.first_day > period.last_day


@settings(max_examples=200)
@given(histories, ZONES, instants, st.integers(1, 40), some_days.map(lambda day: {day: "off"}))
def test_due_dates_are_working_days_and_none_is_due_before_its_period_is_over(
    history: History, zone: ZoneInfo, instant: datetime, count: int, off: dict[date, str]
):
    calendar = Calendar("ANY", 1, days_off=off)
    periods, after = [], instant
    while len(periods) < count and (not periods or not periods[-1].is_open_ended):
        periods.append(next_period(history, after=after, zone=zone))
        after = periods[-1].end

    assert all(one.end == other.start and one.start < one.end for one, other in pairwise(periods))
    for period in periods:
        if not period.is_open_ended:
            day = due_date(terms_of(history, period), period, calendar)
            assert calendar.is_working(day)
            assert day >= period.last_day


@given(st.sampled_from([Cycle.T_PLUS, Cycle.DAILY, Cycle.WEEKLY, Cycle.DECADE]), ZONES, instants, st.integers(0, 9))
def test_under_the_same_terms_a_later_period_is_never_due_earlier(
    cycle: Cycle, zone: ZoneInfo, instant: datetime, due_days: int
):
    history = always(cycle, due_days=due_days)
    first = period_of(history, instant, zone)
    second = period_of(history, first.end, zone)

    terms = terms_of(history, first)
    assert due_date(terms, first, V2) <= due_date(terms, second, V2)


@given(ZONES, some_days)
def test_a_day_never_begins_before_the_one_before_it(zone: ZoneInfo, day: date):
    assert start_of_day(day, zone) <= start_of_day(day + timedelta(days=1), zone)
