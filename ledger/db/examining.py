"""Whether a server can be trusted with a ledger: what `splitbook doctor` asks, and every command that posts."""

from typing import Any, NamedTuple, Protocol

from ledger.db.migrating import needed_revision

OLDEST_VERSION = 160_000

# What each setting protects; "off" is the only value of them that gives up what was promised to a caller.
_DURABILITY = {
    "fsync": "a power cut can damage the whole database",
    "full_page_writes": "a power cut in the middle of a write can damage a page beyond repair",
    "synchronous_commit": "an entry that was confirmed can be gone after a power cut",
}


class Finding(NamedTuple):
    """One thing that was looked at. `sentence` says what was found and, when it is not `passed`, what to do."""

    check: str
    passed: bool
    sentence: str


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
    if number >= OLDEST_VERSION:
        return Finding("version", True, f"PostgreSQL {version}.")
    return Finding("version", False, f"The server is PostgreSQL {version}; Splitbook needs 16 or newer.")


def _examine_durability(name: str, value: str) -> Finding:
    if value != "off":
        return Finding(name, True, f"{name} is {value}.")
    return Finding(name, False, f"{name} is off: {_DURABILITY[name]}. Turn it on for this server, database and login.")


def _examine_encoding(encoding: str) -> Finding:
    if encoding == "UTF8":
        return Finding("encoding", True, "The database is in UTF8.")
    return Finding("encoding", False, f"The database is in {encoding}; create one with ENCODING 'UTF8'.")


def _examine_standby(*, is_standby: bool) -> Finding:
    if not is_standby:
        return Finding("standby", True, "The server takes writes.")
    return Finding("standby", False, "The server is a standby and takes no writes; use its primary.")


def _examine_schema(found: str | None) -> Finding:
    needed = needed_revision()
    if found == needed:
        return Finding("schema", True, f"The schema is at revision {found}.")
    state = f"at revision {found}" if found else "not there yet"
    return Finding("schema", False, f"The schema is {state}, the program needs {needed}; run `splitbook migrate`.")
