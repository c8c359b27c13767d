"""Calendars and settlement terms over GraphQL."""

from datetime import UTC, datetime
from typing import Any

from tests.app.api.gateway import Desk

CALENDAR = {
    "calendar": "TEST",
    "firstDay": "2024-01-01",
    "lastDay": "2024-12-31",
    "week": ["MON", "TUE", "WED", "THU", "FRI"],
    "daysOff": [{"day": "2024-05-01", "name": "Labour day"}],
    "workingDays": [{"day": "2024-05-04", "name": "instead"}],
}
PUBLISH = """mutation ($calendars: [JSON!]!) { publishCalendars(input: {calendars: $calendars}) {
    userErrors { code } results { replayed calendar { version } userErrors { code field message } }
} }"""
CHANGE = """mutation ($changes: [SettlementTermsInput!]!) { changeSettlementTerms(input: {changes: $changes}) {
    results { replayed role version validFrom party { reference } userErrors { code field message } }
} }"""
SETTLEMENT = """query ($party: String!) { party(reference: $party) { settlement {
    role timeZone unreadable current { validFrom cycle dueDays calendar confirmation confirmationDays mode }
    period { firstDay lastDay dueDate start end } history { validFrom cycle }
} } }"""


async def publish(desk: Desk, *calendars: dict[str, Any]) -> list[dict[str, Any]]:
    return (await desk.ask(PUBLISH, calendars=list(calendars)))["publishCalendars"]["results"]


async def change(desk: Desk, *changes: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    return (await desk.ask(CHANGE, key=key, changes=list(changes)))["changeSettlementTerms"]["results"]


async def test_a_calendar_is_published_once_and_read_by_version(desk: Desk):
    (first,) = await publish(desk, CALENDAR)
    (again,) = await publish(desk, CALENDAR)
    (second,) = await publish(desk, {**CALENDAR, "daysOff": []})

    assert (first["calendar"]["version"], first["replayed"]) == (1, False)
    assert (again["calendar"]["version"], again["replayed"]) == (1, True)
    assert second["calendar"]["version"] == 2
    answer = await desk.ask(
        """{ calendar(name: "TEST", version: 1) {
            version firstDay lastDay week daysOff { day name } workingDays { day name }
            isWorkingDay(day: "2024-05-01") addWorkingDays(day: "2024-04-30", count: 2)
        } latest: calendar(name: "TEST") { version isWorkingDay(day: "2024-05-01") }
        builtIn: calendar(name: "MON-FRI") { version daysOff { day } isWorkingDay(day: "2024-05-01") }
        none: calendar(name: "NONE") { version } calendars(first: 5) { nodes { name version } } }"""
    )
    assert answer["calendar"] == {
        "version": 1,
        "firstDay": "2024-01-01",
        "lastDay": "2024-12-31",
        "week": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"],
        "daysOff": [{"day": "2024-05-01", "name": "Labour day"}],
        "workingDays": [{"day": "2024-05-04", "name": "instead"}],
        "isWorkingDay": False,
        "addWorkingDays": "2024-05-03",
    }
    assert answer["latest"] == {"version": 2, "isWorkingDay": True}
    assert answer["builtIn"] == {"version": 0, "daysOff": [], "isWorkingDay": True}
    assert answer["none"] is None
    assert answer["calendars"]["nodes"] == [{"name": "TEST", "version": 2}, {"name": "TEST", "version": 1}]


async def test_working_days_are_counted_up_to_the_last_day_there_is(desk: Desk):
    query = """query ($day: LocalDate!, $anchor: CountFrom!) {
        calendar(name: "MON-FRI") { addWorkingDays(day: $day, count: 1, anchor: $anchor) } }"""

    last = await desk.ask(query, day="9999-12-30", anchor="COUNT_AFTER")
    answer = (await desk.send(query, day="9999-12-31", anchor="ROLL")).json()

    assert last == {"calendar": {"addWorkingDays": "9999-12-31"}}
    (error,) = answer["errors"]
    assert (error["extensions"]["reason"], error["extensions"]["field"]) == ("INVALID_INPUT", ["day"])
    assert error["message"] == "Working days are counted up to 9999-12-31."


async def test_a_calendar_that_is_refused_leaves_its_neighbours_alone(desk: Desk):
    refused, done = await publish(desk, {**CALENDAR, "lastDay": "2023-01-01"}, CALENDAR)

    assert refused["userErrors"][0]["code"] == "INVALID_INPUT"
    assert refused["userErrors"][0]["field"] == ["calendars", "0", "lastDay"]
    assert done["calendar"]["version"] == 1


async def test_a_party_is_settled_by_its_role_until_it_has_terms_of_its_own(desk: Desk):
    await publish(desk, CALENDAR)
    role, own = await change(
        desk,
        {"role": "MERCHANT", "cycle": "T+2", "calendar": "TEST", "validFrom": "2024-01-01", "effect": "NOW"},
        {"party": "M1", "cycle": "WEEKLY", "confirmation": "DEEMED", "validFrom": "2024-01-01", "effect": "NOW"},
    )

    assert (role["role"], role["version"], role["party"], role["validFrom"]) == ("MERCHANT", 1, None, "2024-01-01")
    assert (own["role"], own["version"], own["party"]) == ("MERCHANT", 1, {"reference": "M1"})
    first = (await desk.ask(SETTLEMENT, party="M1"))["party"]["settlement"]
    second = (await desk.ask(SETTLEMENT, party="M2"))["party"]["settlement"]
    assert first["current"] == {
        "validFrom": "2024-01-01",
        "cycle": "WEEKLY",
        "dueDays": 5,
        "calendar": "TEST",
        "confirmation": "DEEMED",
        "confirmationDays": 7,
        "mode": "AGENCY",
    }
    assert [(terms["validFrom"], terms["cycle"]) for terms in first["history"]] == [
        (None, "MONTHLY"),
        ("2024-01-01", "WEEKLY"),
    ]
    assert second["current"]["cycle"] == "T_PLUS"
    assert second["period"]["firstDay"] == second["period"]["lastDay"] == datetime.now(UTC).date().isoformat()
    roles = (await desk.ask("{ roleSettlements { role history { cycle } } }"))["roleSettlements"]
    assert {row["role"]: [terms["cycle"] for terms in row["history"]] for row in roles}["MERCHANT"] == [
        "MONTHLY",
        "T_PLUS",
    ]


async def test_null_goes_back_to_what_the_role_says(desk: Desk):
    await change(desk, {"party": "M1", "cycle": "DAILY", "effect": "NOW"})
    (result,) = await change(desk, {"party": "M1", "cycle": None, "effect": "NOW"})

    assert result["version"] == 2
    settlement = (await desk.ask(SETTLEMENT, party="M1"))["party"]["settlement"]
    assert settlement["current"]["cycle"] == "MONTHLY"


async def test_what_is_wrong_with_a_change_is_said_by_name(desk: Desk):
    results = await change(
        desk, {"party": "M1", "cycle": "often"}, {"party": "M1", "calendar": "MARS"}, {"netting": True}
    )

    errors = [(result["userErrors"][0]["code"], result["userErrors"][0]["field"]) for result in results]
    assert errors == [
        ("INVALID_INPUT", ["changes", "0", "cycle"]),
        ("CALENDAR_MISSING", ["changes", "1", "calendar"]),
        ("TERMS_ROLE_MISSING", ["changes", "2", "role"]),
    ]


async def test_a_partys_key_reads_its_own_terms_and_changes_nothing(desk: Desk):
    key = await desk.key_of("M1")

    assert (await desk.ask(SETTLEMENT, key=key, party="M1"))["party"]["settlement"]["current"]["cycle"] == "MONTHLY"
    assert (await desk.ask(SETTLEMENT, key=key, party="M2"))["party"] is None
    assert (await desk.ask("{ roleSettlements { role } }", key=key))["roleSettlements"] == []
    assert await desk.refused(CHANGE, key=key, changes=[{"party": "M1", "cycle": "DAILY"}]) == "FORBIDDEN"


async def test_who_is_never_paid_has_no_settlement(desk: Desk):
    assert (await desk.ask(SETTLEMENT, party=desk.operator))["party"]["settlement"] is None
