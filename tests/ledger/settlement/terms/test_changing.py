"""Terms of roles and parties, by versions."""

from datetime import date
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from ledger.calendars.china import CN_2020
from ledger.calendars.model import Anchor
from ledger.parties.finding import find_parties
from ledger.settlement.terms.changing import change_terms
from ledger.settlement.terms.finding import find_terms
from ledger.settlement.terms.model import BUILT_IN_TERMS, Confirmation, Cycle, Mode, Role, Terms
from ledger.settlement.terms.parsing import parse_change
from ledger.settlement.terms.periods import period_of
from tests.ledger.calendars.agreement import ACTOR, NOW, Agreement, Changed

TODAY = date(2024, 7, 17)
M1, M2, M3 = (("M1", Role.MERCHANT), ("M2", Role.MERCHANT), ("M3", Role.MERCHANT))


async def test_without_a_word_a_party_settles_by_what_is_built_in_in_the_zone_of_its_ancestor(agreement: Agreement):
    merchant, distributor, agent = await agreement.terms(M1, ("D1", Role.DISTRIBUTOR), ("A1", Role.AGENT))

    assert merchant.history.terms_on(TODAY) == BUILT_IN_TERMS == Terms(Cycle.MONTHLY, 5, "MON-FRI")
    assert merchant.zone == agent.zone == ZoneInfo("America/New_York")
    assert distributor.zone == ZoneInfo("Asia/Tokyo")


async def test_what_a_party_was_registered_with_are_its_first_terms(agreement: Agreement):
    (merchant,) = await agreement.terms(M2)

    assert merchant.zone == ZoneInfo("Asia/Shanghai")
    assert merchant.history.terms_on(date(2001, 1, 1)) == Terms(Cycle.T_PLUS, 2, "CN-2020", mode=Mode.AGENCY)
    assert merchant.unreadable == ()


async def test_what_a_registration_says_in_words_we_do_not_know_is_left_open_and_named(agreement: Agreement):
    (merchant,) = await agreement.terms(M3)

    assert merchant.history.terms_on(TODAY) == Terms(calendar="CN-2020")
    assert merchant.unreadable == ("cycle",)


async def test_terms_of_a_role_are_those_of_every_party_in_it_that_says_nothing_else(agreement: Agreement):
    await agreement.publish(*CN_2020)
    change = {"role": "MERCHANT", "cycle": "weekly", "dueDays": 2, "calendar": "CN-2020", "effect": "NOW"}

    assert await agreement.change(change) == [Changed(1, "2024-07-17", False)]

    one, two = await agreement.terms(M1, M2)
    assert one.history.terms_on(date(2024, 7, 16)) == BUILT_IN_TERMS
    assert one.history.terms_on(TODAY) == Terms(Cycle.WEEKLY, 2, "CN-2020")
    assert two.history.terms_on(TODAY).cycle is Cycle.T_PLUS
    assert (await agreement.terms(("M1", Role.SUPPLIER)))[0].history.terms_on(TODAY) == BUILT_IN_TERMS


async def test_a_change_of_a_party_keeps_what_its_last_one_said(agreement: Agreement):
    await agreement.change({"party": "M1", "cycle": "T+2", "netting": False, "effect": "NOW"})
    second = {"party": "M1", "confirmation": "DEEMED", "validFrom": "2024-08-01", "effect": "NOW"}
    third = {"party": "M1", "netting": None, "anchor": "ROLL", "validFrom": "2024-09-01", "effect": "NOW"}

    assert await agreement.change(second, third) == [Changed(2, "2024-08-01", False), Changed(3, "2024-09-01", False)]

    (merchant,) = await agreement.terms(M1)
    assert merchant.history.terms_on(date(2024, 8, 1)) == Terms(
        Cycle.T_PLUS, 2, confirmation=Confirmation.DEEMED, confirmation_days=7, netting=False
    )
    assert merchant.history.terms_on(date(2024, 9, 1)) == Terms(
        Cycle.T_PLUS, 2, anchor=Anchor.ROLL, confirmation=Confirmation.DEEMED, confirmation_days=7
    )


async def test_today_is_the_partys_own_and_the_operators_for_a_role(agreement: Agreement):
    # Noon in Shanghai, midnight in New York: one hour earlier both days differ.
    assert NOW.isoformat() == "2024-07-17T04:00:00+00:00"
    changes = [parse_change({"party": "M1", "cycle": "DAILY"}), parse_change({"role": "AGENT", "cycle": "DAILY"})]
    async with agreement.database.write(agreement.platform_id) as conn:
        earlier = NOW.replace(hour=3)
        outcomes = await change_terms(conn, changes=changes, actor=ACTOR, now=earlier)

    assert [str(outcome.valid_from) for outcome in outcomes] == ["2024-07-16", "2024-07-17"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("effect", "july_ends", "next_ends"),
    [("NEXT_PERIOD", "2024-07-31", "2024-08-04"), ("NOW", "2024-07-16", "2024-07-21")],
)
async def test_monthly_becomes_weekly_now_or_with_the_next_period(
    agreement: Agreement, effect: str, july_ends: str, next_ends: str
):
    await agreement.change({"party": "M1", "cycle": "WEEKLY", "effect": effect, "validFrom": "2024-07-17"})

    (merchant,) = await agreement.terms(M1)
    july = period_of(merchant.history, NOW.replace(day=3), merchant.zone)
    following = period_of(merchant.history, july.end, merchant.zone)
    assert (july.last_day.isoformat(), following.last_day.isoformat()) == (july_ends, next_ends)


async def test_the_same_change_again_is_a_replay_and_is_no_event(agreement: Agreement):
    change = {"party": "M1", "cycle": "1/11/21", "effect": "NOW"}

    assert await agreement.change(change, change) == [Changed(1, "2024-07-17", False), Changed(1, "2024-07-17", True)]
    assert await agreement.change({**change, "validFrom": "2024-07-17"}) == [Changed(1, "2024-07-17", True)]

    events = await agreement.rows("SELECT subject, parties FROM log_event WHERE kind = 'terms.changed'")
    assert [event["subject"] for event in events] == ["party/M1"]
    assert len(events[0]["parties"]) == 1


async def test_a_whole_history_of_changes_sent_again_changes_nothing(agreement: Agreement):
    changes = [
        {"party": "M1", "cycle": "WEEKLY", "validFrom": "2024-01-01", "effect": "NOW"},
        {"party": "M1", "cycle": "DAILY", "dueDays": 1, "validFrom": "2024-02-01", "effect": "NOW"},
        {"party": "M1", "netting": False, "validFrom": "2024-02-01", "effect": "NOW"},
    ]
    first = await agreement.change(*changes)

    assert [(changed.version, changed.replayed) for changed in first] == [(1, False), (2, False), (3, False)]
    assert [(changed.version, changed.replayed) for changed in await agreement.change(*changes)] == [
        (1, True),
        (3, True),  # it says that, too
        (3, True),
    ]


async def test_refusals_name_what_is_wrong_and_leave_their_neighbours_alone(agreement: Agreement):
    outcomes = await agreement.change(
        {"cycle": "DAILY"},
        {"party": "M9", "cycle": "DAILY"},
        {"party": "LE", "cycle": "DAILY"},
        {"party": "M1", "calendar": "BR"},
        {"party": "M1", "cycle": "T+1", "effect": "NOW"},
        {"party": "M1", "dueDays": None},
        {"party": "M1", "cycle": "DAILY", "validFrom": "2024-07-16"},
    )

    assert [outcome.code for outcome in outcomes] == [
        "TERMS_ROLE_MISSING",
        "PARTY_MISSING",
        "TERMS_OF_NOBODY",
        "CALENDAR_MISSING",
        "",
        "INVALID_INPUT",
        "TERMS_NOT_FORWARD",
    ]
    assert len(await agreement.rows("SELECT 1 FROM settlement_terms")) == 1


async def test_the_number_of_statements_does_not_depend_on_the_list(agreement: Agreement):
    changes = [parse_change({"party": name, "netting": False}) for name in ("M1", "M2", "M3", "A1", "D1")]

    async with agreement.database.read(agreement.platform_id) as conn:
        parties = [p.party_id for p in (await find_parties(conn, references=["M1", "M2", "M3"])).values()]
    await agreement.change({"role": "AGENT", "netting": False})  # what a process learns once
    one = await agreement.count_statements(
        lambda conn: change_terms(conn, changes=[parse_change({"party": "A1", "netting": True})], actor=ACTOR, now=NOW)
    )
    many = await agreement.count_statements(lambda conn: change_terms(conn, changes=changes, actor=ACTOR, now=NOW))
    found = await agreement.count_statements(
        lambda conn: find_terms(conn, parties=[(party_id, Role.MERCHANT) for party_id in parties])
    )

    assert one == many
    assert found == 3


INSERT = (
    "INSERT INTO settlement_terms (platform_id, role, sequence, version, valid_from, effect, cycle, due_days,"
    " confirmation, confirmation_days) VALUES (current_platform(), 'AGENT', 1, $1, $2, 'NOW', $3, $4, $5, $6)"
)


@pytest.mark.parametrize(
    "row",
    [
        (2, TODAY, "DAILY", 1, None, None),  # no version before
        (1, TODAY, "T_PLUS", None, None, None),
        (1, TODAY, "FORTNIGHTLY", 1, None, None),
        (1, TODAY, None, None, "DEEMED", None),
        (1, TODAY, None, None, "REQUIRED", 3),
        (1, TODAY, None, 400, None, None),
    ],
)
async def test_the_database_refuses_versions_that_are_none(agreement: Agreement, row: tuple[object, ...]):
    with pytest.raises(asyncpg.CheckViolationError):
        await agreement.force(INSERT, *row)


async def test_the_database_keeps_versions_in_order_and_as_they_are(agreement: Agreement):
    await agreement.force(INSERT, 1, TODAY, "DAILY", 1, None, None)

    with pytest.raises(asyncpg.UniqueViolationError):
        await agreement.force(INSERT, 1, TODAY, "DAILY", 1, None, None)
    with pytest.raises(asyncpg.CheckViolationError, match="TERMS_VERSION"):
        await agreement.force(INSERT, 2, date(2024, 7, 16), "DAILY", 1, None, None)
    for statement in ("UPDATE settlement_terms SET netting = true", "DELETE FROM settlement_terms"):
        with pytest.raises(asyncpg.PostgresError):
            await agreement.force(statement)
