"""
Every due source of every platform, page by page.

A page is fetched outside any transaction, then posted with its watermark in one. Whoever is killed anywhere leaves a
watermark behind which everything counts once; the next pull goes on from there. Several workers may pull at once: only
one of them finds the watermark where its page began.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import structlog

from app.platforms import list_all_platforms
from app.sources.pages import Page, SourceUnusable, Wrong, fetch_page
from ledger.actor import Actor
from ledger.charging.fees.errors import LineBroken
from ledger.charging.fees.refusals import find_due_refusals, keep_refusals, put_off_refusals, retry_refused
from ledger.charging.fees.sources import (
    PageTaken,
    Source,
    end_pull,
    find_due_sources,
    take_page,
)
from ledger.db.connecting import Database
from ledger.errors import InvariantBroken, Remark

TIMEOUT_S = 30.0
# A source with more than this waits for its next turn, so that one cannot keep the others waiting for ever.
PAGES_AT_ONCE = 1_000
# Refused lines that one transaction tries again, and that one pull does. What is left is due still, and comes first.
RETRIED_AT_ONCE = 500
RETRIED_A_PULL = 5_000

log = structlog.get_logger(__name__)

# The program or a law of the database failed: what it was of is done line by line.
_BUGS = (InvariantBroken, asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)


@dataclass(slots=True)
class Pulled:
    """What one round of pulling did."""

    sources: int = 0
    failed: int = 0
    accepted: int = 0
    replayed: int = 0
    refused: int = 0
    resolved: int = 0

    def add(self, page: PageTaken) -> None:
        """Count a page."""
        self.accepted += page.accepted
        self.replayed += page.replayed
        self.refused += page.refused


async def pull_sources(
    database: Database, *, now: datetime, actor: Actor, environment: Mapping[str, str], platform_id: int | None = None
) -> Pulled:
    """
    Pull every source that is due at `now`, of one platform or of all. One that fails is put off and leaves the
    others alone.

    `environment` holds the sources' credentials under the names that they were registered with.
    """
    pulled = Pulled()
    async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as http:
        for number in await _list_platforms(database, platform_id):
            async with database.read(number) as conn:
                due = await find_due_sources(conn, now=now)
            for source in due:
                pull = _Pull(database, number, http, now, actor, environment, pulled)
                await pull.run(source)
    return pulled


async def _list_platforms(database: Database, platform_id: int | None) -> list[int]:
    if platform_id is not None:
        return [platform_id]
    return [platform.platform_id for platform in await list_all_platforms(database)]


@dataclass(slots=True)
class _Pull:
    """One source's turn."""

    database: Database
    platform_id: int
    http: httpx.AsyncClient
    now: datetime
    actor: Actor
    environment: Mapping[str, str]
    pulled: Pulled

    async def run(self, source: Source) -> None:
        self.pulled.sources += 1
        try:
            await self._take_pages(source)
            await self._retry(source)
            error = None
        except SourceUnusable as unusable:
            self.pulled.failed += 1
            error = unusable
        async with self.database.write(self.platform_id) as conn:
            await end_pull(conn, source=source, now=self.now, error=error)

    async def _take_pages(self, source: Source) -> None:
        token = ""
        if source.credential_variable:
            token = self.environment.get(source.credential_variable, "")
            if not token:
                reason = Remark(Wrong.NO_CREDENTIAL, variable=source.credential_variable)
                raise SourceUnusable(source=source.name, reason=reason)
        for _ in range(PAGES_AT_ONCE):
            page = await fetch_page(self.http, source=source, token=token)
            if page.cursor == source.cursor:
                return
            taken = await self._take(source, page)
            if not taken.moved:
                return  # another worker is at it
            self.pulled.add(taken)
            source = replace(source, cursor=page.cursor)
            if not page.has_more:
                return

    async def _retry(self, source: Source) -> None:
        """The refused lines whose next try has come, part by part, the longest overdue first."""
        left = RETRIED_A_PULL
        while left:
            async with self.database.read(self.platform_id) as conn:
                due = await find_due_refusals(conn, source=source.name, now=self.now, limit=min(RETRIED_AT_ONCE, left))
            if not due:
                return
            left -= len(due)
            sound = [refusal for refusal, met_bug in due if not met_bug]
            try:
                await self._retry_part(sound)
            except _BUGS:
                await self._retry_singly(source, sound)
            await self._retry_singly(source, [refusal for refusal, met_bug in due if met_bug])

    async def _retry_singly(self, source: Source, refused: list[int]) -> None:
        """A law of the database refused the part: each line for itself. One that breaks it alone stays refused."""
        for number in refused:
            try:
                await self._retry_part([number])
            except _BUGS as failure:
                log.exception("source.line_broken", source=source.name, refusal=number)
                async with self.database.write(self.platform_id) as conn:
                    broken = [(number, _name_bug(failure))]
                    await put_off_refusals(conn, refused=broken, actor=self.actor, now=self.now)

    async def _retry_part(self, refused: list[int]) -> None:
        if not refused:
            return
        async with self.database.write(self.platform_id) as conn:
            retried = await retry_refused(conn, refusals=refused, actor=self.actor, now=self.now)
        self.pulled.resolved += retried.resolved

    async def _take(self, source: Source, page: Page) -> PageTaken:
        try:
            return await self._post(source, page.lines, page.cursor)
        except _BUGS:
            return await self._take_singly(source, page)

    async def _take_singly(self, source: Source, page: Page) -> PageTaken:
        """A law of the database refused the page: each line for itself, then the watermark."""
        pulled = Pulled()
        for line in page.lines:
            try:
                # The watermark stays where it is until all of them are through; what is through by then is a replay.
                taken = await self._post(source, [line], source.cursor)
                if not taken.moved:
                    return taken
                pulled.add(taken)
            except _BUGS as failure:
                pulled.refused += 1
                async with self.database.write(self.platform_id) as conn:
                    refused = [(line, _name_bug(failure))]
                    await keep_refusals(conn, source=source.name, refused=refused, actor=self.actor, now=self.now)
        moved = await self._post(source, [], page.cursor)
        return replace(moved, accepted=pulled.accepted, replayed=pulled.replayed, refused=pulled.refused)

    async def _post(self, source: Source, lines: list[Any], next_cursor: str) -> PageTaken:
        async with self.database.write(self.platform_id) as conn:
            return await take_page(
                conn,
                source=source.name,
                cursor=source.cursor,
                documents=lines,
                next_cursor=next_cursor,
                actor=self.actor,
                now=self.now,
            )


def _name_bug(failure: Exception) -> LineBroken:
    return LineBroken(failure=f"{type(failure).__name__}: {failure}".partition("\n")[0])
