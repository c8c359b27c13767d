"""splitbook calendar load | list."""

import json
import re
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.errors import Said
from app.cli.exits import Exit
from app.cli.language import choose_language, say_refusal, tell
from app.cli.options import JsonOption, KeyOption, PlatformOption, UrlOption
from app.cli.output import print_json, print_line, print_rows, say
from app.cli.remote import run_on_server
from app.cli.running import command_actor, reporting_errors, run_on_store
from app.cli.usage import CommandLineWrong, Usage
from app.client import Client
from app.importing import remote
from app.importing.batches import Parsed
from app.importing.outcomes import Refusal
from app.importing.terms import make_calendar_writer
from app.importing.writers import Outcome
from app.platforms import choose_platform
from app.store import Store
from ledger.calendars import china
from ledger.calendars.countries import draft_country
from ledger.calendars.errors import CalendarMissing
from ledger.calendars.model import BUILT_IN, Calendar, CalendarDraft
from ledger.calendars.parsing import write_content
from ledger.errors import Count, Remark
from ledger.reporting.calendars import CalendarRow, find_calendars, list_calendars
from ledger.reporting.model import Span

commands = typer.Typer(help="Calendars of working days.", no_args_is_help=True)

_YEARS = re.compile(r"([0-9]{4})(?:-([0-9]{4}))?")

# What a list shows of each version, and the same as the API's fields.
_COLUMNS = ("calendar", "version", "first_day", "last_day", "week", "days_off", "worked_instead", "published_at")
_SHOWN = "name version firstDay lastDay week daysOff { day } workingDays { day } publishedAt"
_BUILT_IN = f'query {{ calendar(name: "{BUILT_IN}") {{ {_SHOWN} }} }}'
_LIST = f"""query ($name: String, $first: Int!, $after: String) {{
    calendars(filter: {{name: $name}}, first: $first, after: $after) {{
        nodes {{ {_SHOWN} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
_PAGE = 100
_WEEK = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

Row = dict[str, Any]


@commands.command("load")
def load_calendar(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY", help=f"A code such as BR, or BR-SP; or {china.NAME}, which ships.")
    ],
    years: Annotated[str | None, typer.Option("--years", metavar="2016-2018", help="A year, or a span.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="What to call it; else as the code.")] = None,
    version: Annotated[
        int | None, typer.Option("--version", help=f"Of {china.NAME}: only through this version.", min=1)
    ] = None,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    Publish the public holidays of a country as a version of a calendar.

    Loading the same again changes nothing; other years, or a newer list, make the next version.
    """
    drafts = _draft(country, years=years, name=name, version=version)
    parsed = [Parsed(place, draft, _to_document(draft)) for place, draft in enumerate(drafts, 1)]

    async def on_store(store: Store) -> list[Outcome]:
        chosen = await choose_platform(store.database, platform)
        return await make_calendar_writer(store.database, chosen.platform_id, actor=command_actor()).send(parsed)

    async def on_server(client: Client) -> list[Outcome]:
        return await remote.write_calendars(client).send(parsed)

    outcomes = run_on_store(on_store) if url is None else run_on_server(on_server, url, key, platform, as_json=as_json)
    for draft, outcome in zip(drafts, outcomes, strict=True):
        _tell(draft, outcome, as_json=as_json)
    if any(isinstance(outcome, Refusal) for outcome in outcomes):
        raise typer.Exit(Exit.REFUSED)


@commands.command("list")
def show_calendars(
    name: Annotated[str | None, typer.Option("--name", help="Only the versions of this calendar.")] = None,
    *,
    platform: PlatformOption = None,
    url: UrlOption = None,
    key: KeyOption = None,
    as_json: JsonOption = False,
) -> None:
    """
    List calendars by name, each with its versions.

    The calendar that is built in has no holidays and is version 0.
    """

    async def on_store(store: Store) -> list[Row]:
        chosen = await choose_platform(store.database, platform)
        async with store.database.read(chosen.platform_id) as conn:
            (built_in,) = await find_calendars(conn, keys=[(BUILT_IN, 0)])
            found: list[CalendarRow] = []
            place: tuple[int] | None = None
            while page := await list_calendars(conn, name=name, span=Span(_PAGE, after=place)):
                found += page
                place = (page[-1].sequence,)
        if not found and name not in (None, BUILT_IN):
            raise CalendarMissing(calendar=name)
        assert built_in is not None, "the built-in calendar is always there"
        return [_describe(row) for row in (built_in, *found)]

    async def on_server(client: Client) -> list[Row]:
        built_in = (await client.run(_BUILT_IN, {}))["calendar"]
        found: list[Row] = [built_in]
        page: Row = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            wanted = {"name": name, "first": _PAGE, "after": page["endCursor"]}
            calendars = (await client.run(_LIST, wanted))["calendars"]
            found += calendars["nodes"]
            page = calendars["pageInfo"]
        return [_describe_answer(node) for node in found]

    rows = run_on_store(on_store) if url is None else run_on_server(on_server, url, key, platform, as_json=as_json)
    rows = sorted((row for row in rows if name in (None, row["calendar"])), key=_order)
    print_rows(rows, as_json=as_json, columns=_COLUMNS)


def _order(row: Row) -> tuple[str, int]:
    return row["calendar"], row["version"]


def _describe(row: CalendarRow) -> Row:
    found: Calendar = row.calendar
    week = [_WEEK[day - 1] for day in sorted(found.week)]
    values = (found.name, found.version, found.first_day, found.last_day, _write_week(week))
    counts = (len(found.days_off), len(found.make_up_days), row.published_at)
    return dict(zip(_COLUMNS, (*values, *counts), strict=True))


def _describe_answer(node: Row) -> Row:
    values = (node["name"], node["version"], node["firstDay"], node["lastDay"], _write_week(node["week"]))
    published_at = node["publishedAt"] and datetime.fromisoformat(node["publishedAt"])
    counts = (len(node["daysOff"]), len(node["workingDays"]), published_at)
    return dict(zip(_COLUMNS, (*values, *counts), strict=True))


def _write_week(days: list[str]) -> str:
    return " ".join(day[:3].capitalize() for day in days)


def _draft(country: str, *, years: str | None, name: str | None, version: int | None) -> list[CalendarDraft]:
    if country == china.NAME:
        return [draft for draft in china.CN_2020 if version is None or (draft.version or 0) <= version]
    found = _YEARS.fullmatch(years or "")
    if found is None:
        raise CommandLineWrong(Remark(Usage.YEARS_NEEDED), option="--years")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        wrong = Remark(Usage.YEARS_REVERSED, years=years, first=first, last=last)
        raise CommandLineWrong(wrong, option="--years")
    with reporting_errors():
        return [draft_country(country=country, years=[first, last], name=name)]


def _to_document(draft: CalendarDraft) -> dict[str, object]:
    document: dict[str, object] = json.loads(write_content(draft))
    return document if draft.version is None else {**document, "version": draft.version}


def _tell(draft: CalendarDraft, outcome: Outcome, *, as_json: bool) -> None:
    refused = outcome if isinstance(outcome, Refusal) else None
    if as_json:
        result = {"code": refused.code, "message": refused.message} if refused else {"replayed": _replayed(outcome)}
        print_json({"calendar": draft.name, **result})
    elif refused:
        say(f"{say_refusal(refused, locale=choose_language())} [{refused.code}]")
    else:
        known = Said.CALENDAR_THERE if _replayed(outcome) else Said.CALENDAR_PUBLISHED
        off, worked = Count(len(draft.days_off)), Count(len(draft.make_up_days))
        span = {"calendar": draft.name, "first": draft.first_day, "last": draft.last_day}
        print_line(tell(Remark(known, **span, off=off, worked=worked)))


def _replayed(outcome: Outcome) -> bool:
    return not isinstance(outcome, Refusal) and outcome.replayed
