"""A version of a calendar is published once and never changes; what comes later is the next one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.actor import Actor
from ledger.calendars import sql
from ledger.calendars.errors import CalendarConflict, CalendarIsBuiltIn, CalendarVersionSkipped
from ledger.calendars.model import BUILT_IN, CalendarDraft, PublishedCalendar
from ledger.calendars.parsing import write_content
from ledger.compact_json import write_json
from ledger.db.columns import transpose
from ledger.db.transacting import Connection
from ledger.errors import LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import EventDraft, Refused
from ledger.journal.telling import log_events

Outcome = PublishedCalendar | Refused


async def publish_calendar(
    conn: Connection, *, calendars: Sequence[CalendarDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    Publish versions of calendars; one outcome per draft, in order.

    A draft without a version replays the version that has its content, else becomes the next one. A draft with a
    version is that very version: so an old content can come back, by name. Each new version is an event,
    calendar.published. Statements: at most five and those of posting, whatever the number of drafts.

    Refusals, first match wins: CalendarIsBuiltIn, CalendarConflict, CalendarVersionSkipped.
    """
    await lock_log(conn)
    shelf = _Shelf()
    for row in await sql.find_versions(conn, names=sorted({draft.name for draft in calendars})):
        shelf.known.setdefault(row["name"], []).append(_Known(row["version"], row["fingerprint"], row["sequence"]))
    placed = [shelf.admit(draft) for draft in calendars]
    await _write(conn, shelf.admitted, actor=actor, now=now)
    return [place if isinstance(place, Refused) else _to_published(*place) for place in placed]


@dataclass(slots=True)
class _Known:
    """A version that is there, or will be: then `draft` is what it says and the sequence comes last."""

    version: int
    fingerprint: bytes
    sequence: int = 0
    draft: CalendarDraft | None = None
    content: str = ""


@dataclass(slots=True)
class _Shelf:
    """The versions of the names in the list, the latest first, moved forward draft by draft."""

    known: dict[str, list[_Known]] = field(default_factory=dict)
    admitted: list[_Known] = field(default_factory=list)

    def admit(self, draft: CalendarDraft) -> Refused | tuple[str, _Known, bool]:
        if draft.name == BUILT_IN:
            return Refused(CalendarIsBuiltIn(field=("calendar",), calendar=draft.name))
        content = write_content(draft)
        mark = hashlib.sha256(content.encode()).digest()
        versions = self.known.setdefault(draft.name, [])
        for known in versions:
            if draft.version in (None, known.version) and known.fingerprint == mark:
                return draft.name, known, True
        refusal = _refuse(draft, latest=versions[0].version if versions else 0)
        if refusal is not None:
            return Refused(refusal)
        fresh = _Known(versions[0].version + 1 if versions else 1, mark, draft=draft, content=content)
        versions.insert(0, fresh)
        self.admitted.append(fresh)
        return draft.name, fresh, False


def _refuse(draft: CalendarDraft, *, latest: int) -> LedgerError | None:
    if draft.version is None or draft.version == latest + 1:
        return None
    name, version = draft.name, draft.version
    if version <= latest:
        return CalendarConflict(field=("version",), calendar=name, version=version)
    return CalendarVersionSkipped(field=("version",), calendar=name, version=version, next_version=latest + 1)


async def _write(conn: Connection, admitted: Sequence[_Known], *, actor: Actor, now: datetime) -> None:
    if not admitted:
        return
    drafts = [(known, known.draft) for known in admitted if known.draft is not None]
    events = [
        EventDraft(
            kind="calendar.published",
            subject=f"calendar/{draft.name}",
            occurred_at=now,
            parties=(),
            payload=write_json({"calendar": draft.name, "version": known.version, "sha256": known.fingerprint.hex()}),
        )
        for known, draft in drafts
    ]
    recorded = await log_events(conn, events=events, actor=actor)
    for (known, _), event in zip(drafts, recorded, strict=True):
        known.sequence = event.sequence
    rows = [
        (
            draft.name,
            known.version,
            draft.first_day,
            draft.last_day,
            known.content,
            known.fingerprint,
            known.sequence,
        )
        for known, draft in drafts
    ]
    await sql.insert_versions(conn, published_at=now, columns=transpose(rows))


def _to_published(name: str, known: _Known, replayed: bool) -> PublishedCalendar:
    return PublishedCalendar(name, known.version, known.sequence, replayed)
