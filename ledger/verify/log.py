"""
Time zones, and the log: one sequence without a gap, each place an entry or an event, days that only go forward, and
its head.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledger.journal.encoding import event_hashes
from ledger.journal.model import EventDraft
from ledger.verify import sql
from ledger.verify.model import Disagreement
from ledger.verify.snapshot import Row, Snapshot

SEQUENCE, DAYS, CLOSED, HEAD = "the log's sequence", "posting days", "closed periods", "the log's head"
PARTIES, ZONES = "events of parties", "time zones"


async def check_zones(snapshot: Snapshot) -> Disagreement | None:
    """
    Every time zone is one that the program and the database know, as without one no day can be told; the platform's is
    its operator's.
    """
    for row in await sql.find_zones(snapshot.conn):
        key = {row["kept_in"]: row["name"]}
        if not await _is_zone(snapshot, row["time_zone"]):
            return Disagreement(ZONES, row["kept_in"], key, {"time_zone": row["time_zone"]}, "a time zone")
        if row["expected"] is not None and row["time_zone"] != row["expected"]:
            found, expected = {"time_zone": row["time_zone"]}, {"time_zone": row["expected"]}
            return Disagreement(ZONES, row["kept_in"], key, found, expected)
    return None


async def _is_zone(snapshot: Snapshot, name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return await sql.knows_zone(snapshot.conn, name=name)


async def check_sequence(snapshot: Snapshot) -> Disagreement | None:
    """Records follow one another, each is an entry or an event with its hash, and time does not run backwards."""
    last, last_at, last_day = 0, datetime.min.replace(tzinfo=UTC), date.min
    async for row in sql.stream_log(snapshot):
        sequence = row["sequence"]
        wrong = _check_place(row, expected=last + 1) or _check_event(row, snapshot.platform)
        if wrong is not None:
            return wrong
        posted_at = row["entry_posted_at"] or row["event_posted_at"]
        table = "log_event" if row["entry_posted_at"] is None else "entry"
        if last and posted_at < last_at:
            expected = {"posted_at": f"{last_at} or later"}
            return Disagreement(SEQUENCE, table, {"sequence": sequence}, {"posted_at": posted_at}, expected)
        day = max(last_day, row["zone_day"])
        if row["entry_day"] is not None and row["entry_day"] != day:
            found, right = {"posting_day": row["entry_day"]}, {"posting_day": day}
            return Disagreement(SEQUENCE, table, {"sequence": sequence}, found, right)
        if day != last_day:
            snapshot.days.append((sequence, day))
        snapshot.days[-1] = (sequence, day)
        last, last_at, last_day = sequence, posted_at, day
    return None


async def check_posting_days(snapshot: Snapshot) -> Disagreement | None:
    """The last sequence of each posting day is the one that the log says."""
    expected = {day: last for last, day in snapshot.days}
    found = {row["day"]: row["last_sequence"] for row in await sql.find_posting_days(snapshot.conn)}
    for day in sorted(expected.keys() | found.keys()):
        if expected.get(day) != found.get(day):
            return Disagreement(DAYS, "posting_day", {"day": day}, _last(found.get(day)), _last(expected.get(day)))
    return None


async def check_parties(snapshot: Snapshot) -> Disagreement | None:
    """Each event is found once by each party that it concerns, and by nobody else."""
    async for row in sql.stream_misfiled_events(snapshot):
        key = {"party": row["party_id"], "sequence": row["sequence"]}
        return Disagreement(PARTIES, "party_event", key, {"times": row["times"]}, {"times": row["expected"]})
    return None


async def check_closed_periods(snapshot: Snapshot) -> Disagreement | None:
    """Each book is closed through the day that the log says last."""
    async for row in sql.stream_closings(snapshot):
        through = row["through"] or date.min
        if row["closed_through"] != through:
            found, expected = {"closed_through": row["closed_through"]}, {"closed_through": through}
            return Disagreement(CLOSED, "book", {"book": row["reference"]}, found, expected)
    return None


async def check_head(snapshot: Snapshot) -> Disagreement | None:
    """
    The head stands at the log's end, at its instant and day, with the sum of all debits and the number of moves; who
    follows the log is not ahead of it.
    """
    head = await sql.find_platform(snapshot.conn)
    assert head is not None, "verify has found it before"
    last, day = snapshot.days[-1] if snapshot.days else (0, head["posting_day"])
    facts: tuple[tuple[str, object, object], ...] = (
        ("sequence", head["sequence"], last),
        ("volume", int(head["volume"]), await sql.find_volume(snapshot.conn)),
        ("posting_day", head["posting_day"], day),
        ("posted_at", head["posted_at"], await sql.find_last_instant(snapshot.conn) or head["posted_at"]),
        ("tree_version", head["tree_version"], await sql.count_moves(snapshot.conn)),
    )
    for name, found, expected in facts:
        if found != expected:
            return Disagreement(HEAD, "log_head", {"platform": snapshot.platform}, {name: found}, {name: expected})
    async for row in sql.stream_followers(snapshot):
        expected = {"sequence": f"{last} or before"}
        return Disagreement(HEAD, "log_follower", {"name": row["name"]}, {"sequence": row["sequence"]}, expected)
    return None


def _last(sequence: int | None) -> dict[str, int] | None:
    return None if sequence is None else {"last_sequence": sequence}


def _check_place(row: Row, *, expected: int) -> Disagreement | None:
    """The next place of the log, taken by one entry or one event."""
    if row["sequence"] != expected:
        return Disagreement(SEQUENCE, "log_record", {"sequence": expected}, None, "an entry or an event")
    if row["entry_posted_at"] is not None and row["event_posted_at"] is not None:
        return Disagreement(SEQUENCE, "log_record", {"sequence": expected}, "an entry and an event", "one of them")
    return None


def _check_event(row: Row, platform: str) -> Disagreement | None:
    if row["event_posted_at"] is None:
        return None
    draft = EventDraft(row["event_kind"], row["subject"], row["occurred_at"], tuple(row["parties"]), row["payload"])
    (expected,) = event_hashes(
        [(row["sequence"], draft, row["payload"])],
        platform=platform,
        posted_at=row["event_posted_at"],
        actor=row["actor"],
    )
    if row["content_hash"] == expected:
        return None
    found = {"content_hash": row["content_hash"]}
    return Disagreement(SEQUENCE, "log_event", {"sequence": row["sequence"]}, found, {"content_hash": expected})
