"""A stretch of the log as the signals that subscribers get."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ledger.db.connecting import Database
from ledger.reporting.log import LogRecord, find_log_head, read_log, read_log_of

# A page is two round trips of a few milliseconds; larger ones would only keep others waiting.
PAGE_RECORDS = 500
# Signals that go on together at most: by then what is asked once for all of them costs each of them little.
MOST_TOGETHER = 100


class SignalKind(Enum):
    """What a subscriber is told."""

    EVENT = "EVENT"
    HEARTBEAT = "HEARTBEAT"
    CAUGHT_UP = "CAUGHT_UP"
    GAP = "GAP"
    OVERFLOW = "OVERFLOW"


class Signal(NamedTuple):
    """One message of the stream; `position` is where a reader who has it goes on from."""

    kind: SignalKind
    position: int
    record: LogRecord | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscriber wants: records of these kinds (None: all) that concern somebody below each of these parties."""

    kinds: frozenset[str] | None = None
    roots: tuple[int, ...] = ()

    def admits(self, signal: Signal) -> bool:
        """Whether the subscriber is to hear of it. What is no event is about the stream and for everybody."""
        record = signal.record
        if record is None:
            return True
        if self.kinds is not None and record.kind not in self.kinds:
            return False
        return all(root in record.circle for root in self.roots)


@dataclass(frozen=True, slots=True)
class Page:
    """Signals that follow each other, up to `position`; the last page ends where the log ends."""

    signals: Sequence[Signal]
    position: int
    is_last: bool


class LogSource:
    """Reads the logs of a database, each page in a snapshot of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find_head(self, platform_id: int) -> int:
        """The last sequence of a platform's log."""
        async with self._database.read(platform_id) as conn:
            return await find_log_head(conn)

    async def read_page_of(self, platform_id: int, root_id: int, *, after: int, reach: int) -> Page | None:
        """
        What of the next `reach` places concerns a party or somebody below it, or the first of it; None where they are
        so many that walking the log is no slower. Places that are not looked at are not missed either.
        """
        async with self._database.read(platform_id) as conn:
            found = await read_log_of(conn, root_id=root_id, after=after, reach=reach, limit=PAGE_RECORDS)
        if found is None:
            return None
        signals = [Signal(SignalKind.EVENT, record.sequence, record) for record in found.records]
        return Page(signals, found.through, found.is_last)

    async def read_page(self, platform_id: int, *, after: int) -> Page:
        """The page that follows a place in a platform's log."""
        async with self._database.read(platform_id) as conn:
            records = await read_log(conn, after=after, limit=PAGE_RECORDS)
        return lay_out(records, after=after, is_last=len(records) < PAGE_RECORDS)


def lay_out(records: Sequence[LogRecord], *, after: int, is_last: bool) -> Page:
    """Make a page of records. A missing sequence, which the log's laws exclude, is said and not passed over."""
    signals = []
    position = after
    for record in records:
        if record.sequence != position + 1:
            signals.append(Signal(SignalKind.GAP, record.sequence - 1))
        position = record.sequence
        signals.append(Signal(SignalKind.EVENT, position, record))
    return Page(signals, position, is_last)
