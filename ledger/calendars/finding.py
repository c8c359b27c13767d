"""Calendars by name. A version never changes, so a process reads each once."""

from collections.abc import Iterable, Mapping

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
        found |= {calendar.name: calendar for calendar in (await _read(conn, latest)).values()}
    return found


async def check_calendars(conn: Connection, *, names: Iterable[str]) -> set[str]:
    """Those of these names that are neither built in nor published; one statement."""
    wanted = {name for name in names if name != BUILT_IN}
    if not wanted:
        return set()
    return wanted - {row["name"] for row in await sql.find_latest(conn, names=sorted(wanted))}


async def _read(conn: Connection, versions: Mapping[str, int]) -> dict[tuple[str, int], Calendar]:
    remembered: dict[tuple[str, int], Calendar] = conn.memory.setdefault("calendars", {})
    missing = [(name, version) for name, version in versions.items() if (name, version) not in remembered]
    if not missing:
        return {key: remembered[key] for key in versions.items()}
    rows = await sql.find_contents(
        conn, names=[name for name, _ in missing], versions=[version for _, version in missing]
    )
    fresh = {(row["name"], row["version"]): read_content(row["content"], version=row["version"]) for row in rows}
    conn.after_commit(lambda: remembered.update(fresh))
    return {key: remembered.get(key) or fresh[key] for key in versions.items() if key in remembered or key in fresh}
