"""Calendars by name. A version never changes, so a process reads each once."""

from collections.abc import Collection, Iterable

from ledger.calendars import sql
from ledger.calendars.model import BUILT_IN, WEEKDAYS_ONLY, Calendar
from ledger.calendars.parsing import read_content
from ledger.db.transacting import Connection


async def find_calendars(conn: Connection, *, names: Iterable[str]) -> dict[str, Calendar]:
    """
    The latest version of each of these calendars; at most two statements.

    A name that nobody has published is there too, in version 0: Monday to Friday, to be dated anew once it is.
    """
    wanted = {name for name in names if name != BUILT_IN}
    found = {BUILT_IN: WEEKDAYS_ONLY} | {name: Calendar(name, 0) for name in wanted}
    if wanted:
        latest = {row["name"]: row["version"] for row in await sql.find_latest(conn, names=sorted(wanted))}
        found |= {name: calendar for (name, _), calendar in (await _read(conn, latest.items())).items()}
    return found


async def find_calendar_versions(conn: Connection, *, name: str, versions: Iterable[int]) -> dict[int, Calendar]:
    """Versions of a calendar by number, those that what was dated by it before names; at most one statement."""
    found = {0: WEEKDAYS_ONLY if name == BUILT_IN else Calendar(name, 0)}
    wanted = {(name, version) for version in versions if version not in found}
    return found | {version: calendar for (_, version), calendar in (await _read(conn, wanted)).items()}


async def check_calendars(conn: Connection, *, names: Iterable[str]) -> set[str]:
    """Those of these names that are neither built in nor published; one statement."""
    wanted = {name for name in names if name != BUILT_IN}
    if not wanted:
        return set()
    return wanted - {row["name"] for row in await sql.find_latest(conn, names=sorted(wanted))}


async def _read(conn: Connection, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], Calendar]:
    remembered: dict[tuple[str, int], Calendar] = conn.memory.setdefault("calendars", {})
    missing = [key for key in wanted if key not in remembered]
    if not missing:
        return {key: remembered[key] for key in wanted}
    rows = await sql.find_contents(
        conn, names=[name for name, _ in missing], versions=[version for _, version in missing]
    )
    fresh = {(row["name"], row["version"]): read_content(row["content"], version=row["version"]) for row in rows}
    conn.after_commit(lambda: remembered.update(fresh))
    return {key: remembered.get(key) or fresh[key] for key in wanted if key in remembered or key in fresh}
