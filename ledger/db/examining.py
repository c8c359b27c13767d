"""Whether a server can be trusted with a ledger: what `splitbook doctor` asks, and every command that posts."""

from typing import Any, NamedTuple, Protocol

from ledger.db.revisions import needed_revision
from ledger.errors import Remark, Words

OLDEST_VERSION = 160_000


class Found(Words):
    """What a server and its schema are, and where that will not do, what to do."""

    SERVER_KNOWN = "PostgreSQL {version}."
    SERVER_TOO_OLD = "The server is PostgreSQL {version}; Splitbook needs 16 or newer."
    SETTING_IS = "{name} is {value}."
    SETTING_IS_OFF = "{name} is off: {danger}. Turn it on for this server, database and login."
    DATABASE_DAMAGED = "a power cut can damage the whole database"
    PAGE_DAMAGED = "a power cut in the middle of a write can damage a page beyond repair"
    ENTRY_GONE = "an entry that was confirmed can be gone after a power cut"
    IN_UTF8 = "The database is in UTF8."
    IN_ANOTHER_ENCODING = "The database is in {encoding}; create one with ENCODING 'UTF8'."
    TAKES_WRITES = "The server takes writes."
    A_STANDBY = "The server is a standby and takes no writes; use its primary."
    SCHEMA_FITS = "The schema is at revision {revision}."
    SCHEMA_BEHIND = "The schema is at revision {revision}, the program needs {needed}; run `splitbook migrate`."
    NO_SCHEMA = "The schema is not there yet, the program needs {needed}; run `splitbook migrate`."


# What each setting protects; "off" is the only value of them that gives up what was promised to a caller.
_DURABILITY = {
    "fsync": Found.DATABASE_DAMAGED,
    "full_page_writes": Found.PAGE_DAMAGED,
    "synchronous_commit": Found.ENTRY_GONE,
}


class Finding(NamedTuple):
    """One thing that was looked at. `remark` says what was found and, when it is not `passed`, what to do."""

    check: str
    passed: bool
    remark: Remark


class Asker(Protocol):
    """What can run a statement: a transaction of ours, or a bare connection with the login the store was given."""

    async def fetchrow(self, statement: str, *arguments: Any) -> Any: ...

    async def fetchval(self, statement: str, *arguments: Any) -> Any: ...


async def examine(conn: Asker) -> list[Finding]:
    """
    Look at the server and the schema; every finding that is not passed is a reason not to post.

    Looks at the connection's own settings, which a login or a database may have changed.
    """
    row = await conn.fetchrow(
        """
        SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
            current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
            current_setting('synchronous_commit') AS synchronous_commit,
            current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS is_standby
        """
    )
    return [
        _examine_version(row["number"], row["version"]),
        *(_examine_durability(name, row[name]) for name in _DURABILITY),
        _examine_encoding(row["encoding"]),
        _examine_standby(is_standby=row["is_standby"]),
        _examine_schema(await find_schema_revision(conn)),
    ]


async def find_schema_revision(conn: Asker) -> str | None:
    """The revision the schema is at; None when it was never migrated."""
    if await conn.fetchval("SELECT to_regclass('public.alembic_version')") is None:
        return None
    found: str | None = await conn.fetchval("SELECT version_num FROM alembic_version")
    return found


def _examine_version(number: int, version: str) -> Finding:
    passed = number >= OLDEST_VERSION
    words = Found.SERVER_KNOWN if passed else Found.SERVER_TOO_OLD
    return Finding("version", passed, Remark(words, version=version))


def _examine_durability(name: str, value: str) -> Finding:
    if value != "off":
        return Finding(name, True, Remark(Found.SETTING_IS, name=name, value=value))
    return Finding(name, False, Remark(Found.SETTING_IS_OFF, name=name, danger=_DURABILITY[name]))


def _examine_encoding(encoding: str) -> Finding:
    if encoding == "UTF8":
        return Finding("encoding", True, Remark(Found.IN_UTF8))
    return Finding("encoding", False, Remark(Found.IN_ANOTHER_ENCODING, encoding=encoding))


def _examine_standby(*, is_standby: bool) -> Finding:
    return Finding("standby", not is_standby, Remark(Found.A_STANDBY if is_standby else Found.TAKES_WRITES))


def _examine_schema(found: str | None) -> Finding:
    needed = needed_revision()
    if found == needed:
        return Finding("schema", True, Remark(Found.SCHEMA_FITS, revision=found))
    if found is None:
        return Finding("schema", False, Remark(Found.NO_SCHEMA, needed=needed))
    return Finding("schema", False, Remark(Found.SCHEMA_BEHIND, revision=found, needed=needed))
