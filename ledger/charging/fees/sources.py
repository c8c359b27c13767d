"""
What is pulled from other systems. The ledger keeps the sources and their watermarks; whoever fetches is elsewhere.

A page is posted and its watermark moved in one transaction, so a page counts once whoever is killed when. A line that
is refused does not hold up those behind it: it is kept whole, and tried again (refusals).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.actor import Actor
from ledger.charging.fees import sql
from ledger.charging.fees.errors import FeeSourceMissing, SourceConflict, Why
from ledger.charging.fees.refusals import keep_refusals, submit_documents, tell_of_source
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput, LedgerError
from ledger.journal.log import lock_log
from ledger.journal.model import Refused
from ledger.keeping import keep_facts

MAX_INTERVAL = timedelta(days=7)
# A source that fails is asked less and less often, up to this.
LONGEST_PAUSE = timedelta(hours=1)

_URL = re.compile(r"https?://[^\s@/]+(/[^\s]*)?")
# Nobody who may name a variable gets to send the program's other secrets somewhere.
_VARIABLE = re.compile(r"SPLITBOOK_SOURCE_[A-Z0-9_]{1,100}")


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it stands; `cursor` is its watermark, "" before the first page."""

    name: str
    url: str
    credential_variable: str
    interval: timedelta
    cursor: str
    failures: int


@dataclass(frozen=True, slots=True)
class SourceRegistered:
    """`replayed` when the source was there with the same address."""

    name: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class PageTaken:
    """What became of a page; `moved` is False where somebody else had moved the watermark, and nothing was done."""

    moved: bool
    accepted: int = 0
    replayed: int = 0
    refused: int = 0


async def register_source(
    conn: Connection,
    *,
    name: str,
    url: str,
    credential_variable: str = "",
    interval: timedelta,
    is_active: bool = True,
    actor: Actor,
    now: datetime,
) -> SourceRegistered:
    """
    Register a source to be pulled every `interval`, from now on; again to change the interval or to stop it. Each is an
    event, where it changes something.

    `credential_variable` names the variable of the environment that holds the bearer token: SPLITBOOK_SOURCE_…, or ""
    for a source that asks for none.

    Refusals, first match wins: InvalidInput (url, credentialVariable, interval), SourceConflict.
    """
    if _URL.fullmatch(url) is None:
        raise InvalidInput(field=("url",), reason=Why.SOURCE_URL)
    if credential_variable and _VARIABLE.fullmatch(credential_variable) is None:
        raise InvalidInput(field=("credentialVariable",), reason=Why.CREDENTIAL_VARIABLE)
    if not timedelta(seconds=1) <= interval <= MAX_INTERVAL:
        raise InvalidInput(field=("interval",), reason=Why.SOURCE_INTERVAL)
    await lock_log(conn)
    known = await sql.find_source(conn, name=name)
    seconds = int(interval.total_seconds())
    if known is None:
        await sql.insert_source(
            conn,
            name=name,
            url=url,
            credential_variable=credential_variable,
            interval_seconds=seconds,
            is_active=is_active,
            next_pull_at=now,
        )
    elif (known["url"], known["credential_variable"]) != (url, credential_variable):
        raise SourceConflict(field=("name",), source=name)
    elif (known["interval_seconds"], known["is_active"]) == (seconds, is_active):
        return SourceRegistered(name, replayed=True)
    else:
        await sql.change_source(conn, name=name, interval_seconds=seconds, is_active=is_active)
    said = {
        "source": name,
        "url": url,
        "credentialVariable": credential_variable,
        "intervalSeconds": seconds,
        "active": is_active,
        "cursor": known["cursor"] if known else "",
    }
    await tell_of_source(conn, "source.registered", name, said, actor=actor, now=now)
    return SourceRegistered(name, replayed=known is not None)


async def find_due_sources(conn: Connection, *, now: datetime) -> list[Source]:
    """The sources whose time has come, the longest overdue first."""
    return [_read_source(row) for row in await sql.find_due_sources(conn, now=now)]


async def take_page(
    conn: Connection,
    *,
    source: str,
    cursor: str,
    documents: Sequence[object],
    next_cursor: str,
    actor: Actor,
    now: datetime,
) -> PageTaken:
    """
    Post a page that was fetched behind `cursor`, and move the watermark to `next_cursor`. Lines that are refused are
    kept, to be tried again.

    Refusals: FeeSourceMissing.
    """
    await lock_log(conn)
    known = await sql.find_source(conn, name=source)
    if known is None:
        raise FeeSourceMissing(field=("source",), source=source)
    if known["cursor"] != cursor:
        return PageTaken(moved=False)
    outcomes = await submit_documents(conn, documents, actor=actor, now=now)
    refused = [
        (document, outcome.error)
        for document, outcome in zip(documents, outcomes, strict=True)
        if isinstance(outcome, Refused)
    ]
    if refused:
        await keep_refusals(conn, source=source, refused=refused, actor=actor, now=now)
    counted = [outcome for outcome in outcomes if not isinstance(outcome, Refused)]
    replayed = sum(outcome.replayed for outcome in counted)
    await sql.move_watermark(conn, name=source, cursor=next_cursor, lines=len(documents), now=now)
    if documents or next_cursor != cursor:
        said = {"source": source, "lines": len(documents), "refused": len(refused), "after": cursor}
        await tell_of_source(conn, "source.pulled", source, {**said, "cursor": next_cursor}, actor=actor, now=now)
    return PageTaken(True, len(counted) - replayed, replayed, len(refused))


async def end_pull(conn: Connection, *, source: Source, now: datetime, error: LedgerError | None = None) -> None:
    """Say when the source is asked next: after its interval, later and later while it fails."""
    failures = 0 if error is None else source.failures + 1
    pause = source.interval
    if failures:
        pause = max(pause, min(LONGEST_PAUSE, pause * 2 ** min(failures - 1, 20)))
    kept = ("", "", None) if error is None else (str(error), error.code, keep_facts(error))
    await sql.schedule_source(conn, name=source.name, next_pull_at=now + pause, failures=failures, last_error=kept)


def _read_source(row: sql.Row) -> Source:
    return Source(
        name=row["name"],
        url=row["url"],
        credential_variable=row["credential_variable"],
        interval=timedelta(seconds=row["interval_seconds"]),
        cursor=row["cursor"],
        failures=row["failures"],
    )
