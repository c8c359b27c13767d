"""
A marketplace from its files to money in the bank: agents monthly, merchants two working days after each sale,
distributors weekly. The real one by Brazil's calendar, where it lies beside the repository; a made-up one everywhere.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.demo.files import write_files
from app.demo.marketplace import Marketplace
from tests.app.cli.commands import Commands, write_lines
from tests.journeys import marketplaces
from tests.journeys.gateways import run_gateway
from tests.journeys.marketplaces import Files, find_olist_files
from tests.journeys.settled_bank import JourneyBank, fetch, open_accounts, run_bank, run_on
from tests.journeys.settled_checks import check_balances, check_payouts, check_sheets, check_traces
from tests.journeys.settled_files import SettledMarket, cut_files, list_holders, make_terms, tell_cash
from tests.oracle.settlement_oracle import Earned, Period
from tests.waiting import HANGS_S

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SHORT = 40  # orders of the short form


# In the gate everything is tried on a made-up market, and the real one in short twice over and whole under workers that
# are killed; the slow pack does the rest.
SLOW_OLIST = pytest.param("olist", marks=pytest.mark.slow)
SLOW_WHOLE = pytest.param("whole olist", marks=pytest.mark.slow)
TWICE = pytest.mark.parametrize("market", ["made up", "olist", SLOW_WHOLE], indirect=True)
KILLED = pytest.mark.parametrize("market", ["made up", SLOW_OLIST, "whole olist"], indirect=True)
MADE_UP = pytest.mark.parametrize("market", ["made up", SLOW_OLIST, SLOW_WHOLE], indirect=True)


@pytest.fixture(scope="module")
def market(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SettledMarket:
    folder = tmp_path_factory.mktemp("settled")
    if request.param == "made up":
        written = write_files(folder, Marketplace(orders=SHORT, seed=64))
        files = Files("demo", written.parties, written.fee_plans, written.events)
        told = tell_cash(files, folder)
        terms = make_terms("CN", since="2024-01-01")
        return SettledMarket(told, ("CN", "--years", "2024-2026"), terms, datetime(2026, 4, 1, tzinfo=UTC))
    told = tell_cash(find_olist_files(), folder, orders=None if request.param == "whole olist" else SHORT)
    terms = make_terms("BR", since="2016-01-01")
    return SettledMarket(told, ("BR", "--years", "2016-2019"), terms, datetime(2018, 12, 31, tzinfo=UTC))


@pytest.fixture(scope="module")
def expected(market: SettledMarket) -> dict[Period, Earned]:
    return market.work_out()


@pytest.fixture
def bank(commands: Commands, tmp_path: Path) -> Iterator[JourneyBank]:
    with run_bank(commands, tmp_path) as bank:
        yield bank


@TWICE
def test_settled_in_one_go_and_once_more_it_is_the_oracles_book_once(
    commands: Commands, bank: JourneyBank, market: SettledMarket, expected: dict[Period, Earned], tmp_path: Path
) -> None:
    bring_in(commands, market, expected, tmp_path)

    settle(commands, bank, market.end)

    check_all(commands, bank, market, expected)
    exports = [commands.run("export", kind).stdout for kind in ("balances", "entries")]
    bring_in(commands, market, expected, tmp_path)
    settle(commands, bank, market.end)
    assert [commands.run("export", kind).stdout for kind in ("balances", "entries")] == exports
    check_payouts(commands, bank)


@MADE_UP
@pytest.mark.parametrize("days", [pytest.param(45, marks=pytest.mark.slow), 120])
def test_settled_as_time_goes_by_it_has_the_same_sheets(  # noqa: PLR0917 -- fixtures are named
    commands: Commands,
    bank: JourneyBank,
    market: SettledMarket,
    expected: dict[Period, Earned],
    tmp_path: Path,
    days: int,
) -> None:
    bring_in(commands, market, expected, tmp_path, events=False)
    first, *_, last = (event["occurredAt"] for event in marketplaces.read_lines(market.files.events))
    now = datetime.fromisoformat(first) + days * DAY
    nows = [now]
    while nows[-1] <= datetime.fromisoformat(last):
        nows.append(nows[-1] + days * DAY)

    for now, events in zip(nows, cut_files(market.files, tmp_path, cuts=nows), strict=True):
        assert commands.ask("import", "events", events)["refused"] == 0
        settle(commands, bank, now)
    settle(commands, bank, max(nows[-1], market.end))

    check_all(commands, bank, market, expected)


@KILLED
def test_settled_by_workers_that_are_killed_it_is_the_same_book(
    commands: Commands, bank: JourneyBank, market: SettledMarket, expected: dict[Period, Earned], tmp_path: Path
) -> None:
    bring_in(commands, market, expected, tmp_path)

    killed = [kill_at_work(commands, market.end) for _ in range(4)]
    settle(commands, bank, market.end + 10 * MINUTE)

    assert any(killed)
    check_all(commands, bank, market, expected)


@MADE_UP
def test_silence_confirms_it_after_seven_days_and_then_it_is_paid(
    commands: Commands, bank: JourneyBank, market: SettledMarket, expected: dict[Period, Earned], tmp_path: Path
) -> None:
    market = market.with_terms(confirmation="DEEMED", confirmationDays=7)
    bring_in(commands, market, expected, tmp_path)

    for days in (0, 6):
        settle(commands, bank, market.end + days * DAY)
        assert fetch(commands, "SELECT 1 FROM payout") == []
        assert fetch(commands, "SELECT DISTINCT status FROM sheet WHERE total_minor <> 0") == [("CONFIRM_PENDING",)]
    settle(commands, bank, market.end + 8 * DAY)

    confirmed = "SELECT DISTINCT actor FROM sheet_history WHERE status = 'CONFIRMED'"
    assert [actor.upper() for (actor,) in fetch(commands, confirmed)] == ["SYSTEM"]
    check_all(commands, bank, market, expected)


@MADE_UP
def test_over_the_api_every_payout_leads_to_its_captures_and_back(
    commands: Commands, bank: JourneyBank, market: SettledMarket, expected: dict[Period, Earned], tmp_path: Path
) -> None:
    bring_in(commands, market, expected, tmp_path)
    settle(commands, bank, market.end)
    key = commands.ask("key", "create", "--role", "auditor")["key"]

    with run_gateway(commands) as url:

        def ask(query: str, **variables: Any) -> dict[str, Any]:
            said = {"query": query, "variables": variables}
            answer = httpx.post(
                f"{url}/graphql", json=said, headers={"Authorization": f"Bearer {key}"}, timeout=HANGS_S
            )
            assert "errors" not in answer.json(), answer.text
            found: dict[str, Any] = answer.json()["data"]
            return found

        check_traces(ask, payouts=15)


def bring_in(
    commands: Commands,
    market: SettledMarket,
    expected: dict[Period, Earned],
    folder: Path,
    *,
    events: bool = True,
) -> None:
    """Everything that a user brings along; the same again changes nothing."""
    *head, last = market.files.steps
    for kind, path in [*head, last] if events else head:
        assert commands.ask("import", kind, path).get("refused", 0) == 0
    assert commands.run("calendar", "load", *market.calendar).exit_code == 0
    assert commands.ask("import", "terms", write_lines(folder / "terms.jsonl", *market.terms))["refused"] == 0
    holders = list_holders(marketplaces.read_lines(market.files.parties), expected)
    open_accounts(commands, {(each.entity, each.currency) for each in expected}, holders.items())


def settle(commands: Commands, bank: JourneyBank, now: datetime) -> None:
    """A worker does what is due, the bank pays, and a worker hears of it."""
    for minutes in (0, 10):
        tally = commands.ask("worker", "--once", "--now", (now + minutes * MINUTE).isoformat())
        assert tally["failed"] == 0, tally
        bank.pay_everything()
    assert commands.ask("worker", "--once", "--now", (now + 20 * MINUTE).isoformat())["failed"] == 0


def check_all(commands: Commands, bank: JourneyBank, market: SettledMarket, expected: dict[Period, Earned]) -> None:
    check_sheets(commands, market, expected)
    check_payouts(commands, bank)
    check_balances(commands, expected)


def kill_at_work(commands: Commands, now: datetime) -> bool:
    """Start a worker and kill it at some moment while it has a job; False when it was done before."""
    process = commands.start("worker", "--once", "--now", now.isoformat())
    try:
        while process.poll() is None:
            if fetch(commands, "SELECT 1 FROM job WHERE lease_until > clock_timestamp()"):
                time.sleep(random.uniform(0, 0.5))
                return process.poll() is None
            time.sleep(0.02)  # the worker needs the processor, too
        return False
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        # The time passes that a lease takes.
        run_on(commands, "UPDATE job SET lease_until = clock_timestamp() WHERE lease_until IS NOT NULL")
