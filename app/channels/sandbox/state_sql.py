"""
What the sandbox remembers: transfers, payments, and how it is told to behave. Kept in one SQLite file, so that it
survives being killed and nothing it ever accepted is accepted twice.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS transfer (
    key TEXT PRIMARY KEY, number INTEGER NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    holder TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, reference TEXT NOT NULL,
    fee INTEGER NOT NULL, times INTEGER NOT NULL, told INTEGER NOT NULL, changed_at TEXT NOT NULL,
    account TEXT NOT NULL DEFAULT '', charge INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS behaviour (place INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (place INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS movement (
    place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, entity TEXT NOT NULL, currency TEXT NOT NULL,
    order_reference TEXT NOT NULL, name TEXT NOT NULL, amount INTEGER NOT NULL, fee INTEGER NOT NULL,
    occurred_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS file (
    name TEXT PRIMARY KEY, content BLOB NOT NULL, fetched INTEGER NOT NULL DEFAULT 0
);
"""


class Transfer(NamedTuple):
    """
    A transfer as the sandbox has it; `amount` and `fee` in minor units, `times` how often it was sent to it, `account`
    where it goes, `charge` what of it did not come back. `told`: 0 nothing, 1 as it is, 2 that it was paid before it
    came back.
    """

    key: str
    number: int
    amount: int
    currency: str
    holder: str
    status: str
    reason: str
    reference: str
    fee: int
    times: int
    told: int
    changed_at: str
    account: str = ""
    charge: int = 0


class Movement(NamedTuple):
    """
    What the payment side captured (CAPTURE) or gave back to a buyer (REFUND); `name` is its transaction, or the
    refund's reference, and `fee` what it kept, or gave back. Amounts in minor units.
    """

    kind: str
    entity: str
    currency: str
    order: str
    name: str
    amount: int
    fee: int
    occurred_at: str
    place: int = 0


class SandboxState:
    """One file of memory. Every method is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._file.executescript(_SCHEMA)
        known = {row[1] for row in self._file.execute("PRAGMA table_info(transfer)")}
        for name, kind in (("account", "TEXT NOT NULL DEFAULT ''"), ("charge", "INTEGER NOT NULL DEFAULT 0")):
            if name not in known:  # an older memory
                self._file.execute(f"ALTER TABLE transfer ADD COLUMN {name} {kind}")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def script(self, behaviours: Sequence[Mapping[str, Any]]) -> None:
        """Say how the next submissions are treated, one behaviour each, after those that were said before."""
        rows = [(json.dumps(behaviour),) for behaviour in behaviours]
        self._file.executemany("INSERT INTO behaviour (document) VALUES (?)", rows)

    def next_behaviour(self) -> dict[str, Any]:
        """The behaviour for a submission; accepting everything once nothing is said any more."""
        row = self._file.execute(
            "DELETE FROM behaviour WHERE place = (SELECT min(place) FROM behaviour) RETURNING document"
        ).fetchone()
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def take(self, transfer: Mapping[str, Any], *, status: str, reason: str = "", fee: int = 0) -> Transfer:
        """Take a transfer, once by its key: whoever sends it again gets what became of it the first time."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            number = self._file.execute("SELECT count(*) + 1 FROM transfer").fetchone()[0]
            self._file.execute(
                """
                INSERT INTO transfer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, 0)
                ON CONFLICT (key) DO UPDATE SET times = times + 1
                """,
                (
                    transfer["key"],
                    number,
                    int(transfer["amountMinor"]),
                    transfer["currency"],
                    transfer["holder"],
                    status,
                    reason,
                    f"BANK{number:08d}",
                    fee,
                    _now(),
                    transfer.get("account", ""),
                ),
            )
            self._file.execute("COMMIT")
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        found = self.find(transfer["key"])
        assert found is not None, "what was taken is there"
        return found

    def bar(self, key: str) -> Transfer:
        """Promise that a transfer that was never received never will be: it is refused should it still come."""
        self._file.execute(
            """
            INSERT INTO transfer VALUES (?, 0, 0, '', '', 'REFUSED', 'never received', '', 0, 0, 0, ?, '', 0)
            ON CONFLICT (key) DO NOTHING
            """,
            (key, _now()),
        )
        found = self.find(key)
        assert found is not None, "what was barred is there"
        return found

    def find(self, key: str) -> Transfer | None:
        """One transfer by its key."""
        row = self._file.execute("SELECT * FROM transfer WHERE key = ?", (key,)).fetchone()
        return Transfer(*row) if row else None

    def list_transfers(self, *, status: str | None = None) -> list[Transfer]:
        """Transfers in the order they came."""
        rows = self._file.execute(
            "SELECT * FROM transfer WHERE ? IS NULL OR status = ? ORDER BY number, key", (status, status)
        )
        return [Transfer(*row) for row in rows.fetchall()]

    def move(
        self, key: str, *, status: str, reason: str = "", fee: int | None = None, charge: int = 0
    ) -> Transfer | None:
        """Change what became of a transfer; it is told anew."""
        self._file.execute(
            """
            UPDATE transfer SET status = ?, reason = ?, fee = coalesce(?, fee), charge = ?, changed_at = ?,
                told = CASE WHEN ? = 'RETURNED' AND told = 1 THEN 2 ELSE 0 END
            WHERE key = ?
            """,
            (status, reason, fee, charge, _now(), status, key),
        )
        return self.find(key)

    def mark_told(self, keys: Sequence[str]) -> None:
        """These have been on a statement or report as they are."""
        self._file.executemany("UPDATE transfer SET told = 1 WHERE key = ?", [(key,) for key in keys])

    def put_file(self, name: str, content: bytes) -> None:
        """Leave a file to be fetched."""
        self._file.execute("INSERT OR REPLACE INTO file (name, content) VALUES (?, ?)", (name, content))

    def waiting_files(self) -> dict[str, bytes]:
        """The files that nobody has put away yet."""
        return dict(self._file.execute("SELECT name, content FROM file WHERE fetched = 0 ORDER BY name").fetchall())

    def count_files(self) -> int:
        """How many files there ever were; the next one is named by it."""
        count: int = self._file.execute("SELECT count(*) FROM file").fetchone()[0]
        return count

    def put_file_away(self, name: str) -> None:
        """Somebody has read it."""
        self._file.execute("UPDATE file SET fetched = 1 WHERE name = ?", (name,))

    def list_movements(self, *, order: str | None = None) -> list[Movement]:
        """What the payment side moved, of an order or at all, in the order in which it happened here."""
        rows = self._file.execute(
            """
            SELECT kind, entity, currency, order_reference, name, amount, fee, occurred_at, place FROM movement
            WHERE ? IS NULL OR order_reference = ? ORDER BY place
            """,
            (order, order),
        )
        return [Movement(*row) for row in rows.fetchall()]

    def add_events(self, documents: Sequence[Mapping[str, Any]], *, movement: Movement | None = None) -> None:
        """Order events that the payment side has to tell, with the money that it moved."""
        self._file.execute("BEGIN IMMEDIATE")
        try:
            self._file.executemany(
                "INSERT INTO event (document) VALUES (?)", [(json.dumps(document),) for document in documents]
            )
            if movement is not None:
                self._file.execute(
                    """
                    INSERT INTO movement (kind, entity, currency, order_reference, name, amount, fee, occurred_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    movement[:-1],
                )
            self._file.execute("COMMIT")
        except BaseException:
            self._file.execute("ROLLBACK")
            raise

    def events_after(self, place: int) -> list[tuple[int, dict[str, Any]]]:
        """Order events after a place, in order."""
        rows = self._file.execute("SELECT place, document FROM event WHERE place > ? ORDER BY place", (place,))
        return [(row[0], json.loads(row[1])) for row in rows.fetchall()]


def _now() -> str:
    return datetime.now(UTC).isoformat()
