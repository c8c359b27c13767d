"""Calendars are loaded by country; calendars and terms come from files."""

import json
from pathlib import Path

import pytest

from app.cli import calendars
from tests.app.cli.commands import Commands, write_lines
from tests.journeys.gateways import run_gateway


def test_a_country_is_loaded_once_and_its_next_years_are_another_version(market: Commands):
    first = market.run("calendar", "load", "BR", "--years", "2016-2018")

    assert first.stdout == "BR, 2016-01-01 to 2018-12-31, 23 days off, 0 worked instead: is published.\n"
    assert market.ask("calendar", "load", "BR", "--years", "2016-2018") == {"calendar": "BR", "replayed": True}
    assert market.ask("calendar", "load", "BR", "--years", "2016-2019") == {"calendar": "BR", "replayed": False}


def test_the_calendar_that_ships_is_loaded_version_by_version(market: Commands):
    assert market.run("calendar", "load", "CN-2020", "--version", "1").stdout.count("is published") == 1
    second = market.run("calendar", "load", "CN-2020").stdout.splitlines()

    assert [line.rpartition(": ")[2] for line in second] == ["was there already.", "is published."]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["BR"], 2, "a country needs its years"),
        (["BR", "--years", "18"], 2, "a country needs its years"),
        (["BR", "--years", "2020-2010"], 2, "2020-2010 ends before it begins; write 2010-2020"),
        (["XX", "--years", "2018"], 1, "There are no public holidays for XX"),
        (["BR", "--years", "2018", "--name", "MON-FRI"], 1, "Calendar MON-FRI is built in"),
        (["BR", "--years", "2018", "--name", "a\x1fb"], 1, "name must be a text"),
        (["BR", "--years", "2018", "--name", ""], 1, "name must be a text"),
    ],
)
def test_what_cannot_be_loaded_is_said(market: Commands, words: list[str], code: int, said: str):
    result = market.run("calendar", "load", *words)

    assert result.exit_code == code
    assert said in (result.stderr or str(result.exception)) + repr(result.exception)


def test_calendars_are_listed_with_their_versions(market: Commands):
    market.run("calendar", "load", "BR", "--years", "2016-2018")
    market.run("calendar", "load", "CN-2020")

    rows = market.ask("calendar", "list")
    one = market.ask("calendar", "list", "--name", "CN-2020")
    table = market.run("calendar", "list").stdout

    assert [(row["calendar"], row["version"]) for row in rows] == [
        ("BR", 1),
        ("CN-2020", 1),
        ("CN-2020", 2),
        ("MON-FRI", 0),
    ]
    published = rows[0].pop("published_at")
    assert rows[0] == {
        "calendar": "BR",
        "version": 1,
        "first_day": "2016-01-01",
        "last_day": "2018-12-31",
        "week": "Mon Tue Wed Thu Fri",
        "days_off": 23,
        "worked_instead": 0,
    }
    assert published is not None
    assert rows[-1]["published_at"] is None
    assert [(row["days_off"], row["worked_instead"]) for row in one] == [(8, 2), (11, 1)]
    assert [line.split()[:2] for line in table.splitlines() if line.split()[:1] in (["BR"], ["CN-2020"])] == [
        ["BR", "1"],
        ["CN-2020", "1"],
        ["CN-2020", "2"],
    ]


def test_a_list_of_calendars_goes_on_over_pages(market: Commands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calendars, "_PAGE", 1)
    market.run("calendar", "load", "CN-2020")

    assert [row["version"] for row in market.ask("calendar", "list", "--name", "CN-2020")] == [1, 2]
    unknown = market.run("calendar", "list", "--name", "NONE")
    assert (unknown.exit_code, "There is no calendar NONE here" in unknown.stderr) == (1, True)


def test_a_gateway_lists_the_same_calendars(market: Commands, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(calendars, "_PAGE", 1)
    market.run("calendar", "load", "CN-2020")
    key = market.run("key", "create", "--role", "operator", "--name", "ann").stdout.strip()

    with run_gateway(market) as url:
        remote = market.ask("calendar", "list", "--url", url, "--key", key)
        unknown = market.run("calendar", "list", "--name", "NONE", "--url", url, "--key", key)

    assert remote == market.ask("calendar", "list")
    assert len(remote) == 3
    here = market.run("calendar", "list", "--name", "NONE")
    assert (unknown.exit_code, unknown.stderr) == (here.exit_code, here.stderr) == (1, here.stderr)


def test_files_of_calendars_and_terms_can_be_imported_twice(market: Commands, tmp_path: Path):
    calendars = write_lines(
        tmp_path / "calendars.jsonl",
        {"calendar": "X", "firstDay": "2024-01-01", "lastDay": "2024-12-31", "daysOff": []},
        {"calendar": "Y", "firstDay": "2024-01-01", "lastDay": "2023-12-31", "daysOff": []},
    )
    terms = write_lines(
        tmp_path / "terms.jsonl",
        {"role": "MERCHANT", "cycle": "T+2", "calendar": "X", "validFrom": "2020-01-01", "effect": "NOW"},
        {"party": "M", "cycle": "WEEKLY", "validFrom": "2020-01-01", "effect": "NOW"},
        {"party": "NOBODY", "cycle": "WEEKLY"},
    )

    for recorded, replayed in ((1, 0), (0, 1)):
        counts = market.run("import", "calendars", calendars, "--json")
        *refused, totals = map(json.loads, counts.stdout.splitlines())
        assert [refusal["field"] for refusal in refused] == ["lastDay"]
        assert (counts.exit_code, totals["recorded"], totals["replayed"]) == (1, recorded, replayed)
    for recorded, replayed in ((2, 0), (0, 2)):
        counts = market.run("import", "terms", terms, "--json")
        *refused, totals = map(json.loads, counts.stdout.splitlines())
        assert [refusal["code"] for refusal in refused] == ["PARTY_MISSING"]
        assert (counts.exit_code, totals["recorded"], totals["replayed"]) == (1, recorded, replayed)
