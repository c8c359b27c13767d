"""The store of one command: its server, its pools, its secret, and everything closed again."""

import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from app.embedded.errors import StoreError
from app.embedded.lease import acquire
from app.interrupts import keeping_interrupts
from app.settings import Settings
from app.system_words import quote_failure, say_failure
from ledger.db.connecting import Database
from ledger.db.errors import DatabaseUnavailable
from ledger.db.examining import Finding, examine, find_schema_revision
from ledger.db.revisions import Report, needed_revision
from ledger.db.rights import find_missing_rights
from ledger.db.transacting import ENDED
from ledger.errors import Remark, Words

# `showing(total)`: what shows how far something of so many steps is.
Showing = Callable[[int], AbstractContextManager[Report]]


def _show_nothing(total: int) -> AbstractContextManager[Report]:
    return nullcontext(lambda done: None)


# A host that does not answer at all would otherwise keep a person waiting for minutes.
CONNECT_WITHIN_S = 15.0
SECRET_FILE = "secret"
# Instead of the place, where any part of what stands there may be the password.
_UNNAMED = "SPLITBOOK_DATABASE_URL"


class Why(Words):
    """Where a database is, and why it cannot be used."""

    NO_DATABASE_ADDRESS = (
        "it is no address such as postgresql://user:password@host:5432/database, in which %40, %3A, %2F, %3F, %23 and "
        "%25 stand for @, :, /, ?, # and % of a name or password"
    )
    NO_ANSWER_WITHIN = "it did not answer within {seconds} seconds"
    LOCAL_SOCKET = "the local socket{rest}"


class StoreUnreachable(StoreError):
    """The server of SPLITBOOK_DATABASE_URL does not let us in."""

    code = "STORE_UNREACHABLE"
    sentence = "The database at {place} cannot be used: {reason}."


class StoreNotReady(StoreError):
    """The database is starting, recovers from a crash, or is about to stop: it will be there again by itself."""

    code = "STORE_NOT_READY"
    sentence = "The database at {place} is not ready ({reason}); nothing was written. Try again in a moment."


class SchemaUnknown(StoreError):
    """A newer program has migrated the store."""

    code = "SCHEMA_UNKNOWN"
    sentence = "The store's schema is at revision {found}, which this program does not know: use a newer one."


class RightsMissing(StoreError):
    """The login of SPLITBOOK_DATABASE_URL may not make the schema, or the roles that the program works as."""

    code = "RIGHTS_MISSING"
    sentence = (
        "The login {login} may not migrate the database at {place}. {findings} Let a superuser run this there, and then"
        " `splitbook migrate` again:\n\n{statements}"
    )


class StoreUnfit(StoreError):
    """The doctor found reasons not to post here."""

    code = "STORE_UNFIT"
    sentence = "{findings}"


@dataclass(frozen=True)
class Store:
    """An open store. `dsn` is the login it was given, `database` works as splitbook_app."""

    settings: Settings
    dsn: str
    database: Database

    @property
    def is_embedded(self) -> bool:
        return self.settings.database_url is None

    def read_pepper(self) -> bytes:
        """Return what keys are hashed with: SPLITBOOK_SECRET, else a file in the home, made on first use."""
        if self.settings.secret is not None:
            return self.settings.secret.get_secret_value().encode()
        return _read_or_make_secret(self.settings.home / SECRET_FILE)


@contextmanager
def open_server(settings: Settings) -> Iterator[str]:
    """
    Hold a share in the embedded server for as long as the block runs, or nothing for a server of the user's own.

    No interrupt comes out of nowhere from before the server is started until it is stopped: between two steps of that
    nobody would know of it, and it would run on. In the block they are for whoever lets them be handed to him.

    Yields the DSN of the login. Errors: StoreError.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with keeping_interrupts(), acquire(settings.home) as lease:
        yield lease.dsn


@asynccontextmanager
async def open_store(
    settings: Settings, dsn: str, *, posting: bool = False, showing: Showing = _show_nothing
) -> AsyncIterator[Store]:
    """
    Open the pools on a schema that fits: the embedded store is migrated as needed, any other only by `migrate`.

    With `posting` the server is examined first, as the doctor does it. `showing` as for migrate_store.

    Errors: StoreUnreachable, StoreNotReady, SchemaUnknown, StoreUnfit.
    """
    if settings.database_url is None:
        await migrate_store(settings, dsn, showing=showing)
    findings = await examine_store(settings, dsn)
    failed = tuple(each.remark for each in findings if not each.passed and (posting or each.check == "schema"))
    if failed:
        raise StoreUnfit(findings=failed)
    with _naming_the_place(settings):
        database = await Database.connect(
            dsn,
            statement_cache_size=0 if settings.pooled else settings.statement_cache_size,
            pooled_elsewhere=settings.pooled,
        )
    try:
        yield Store(settings, dsn, database)
    finally:
        await database.close()


async def examine_store(settings: Settings, dsn: str) -> list[Finding]:
    """Ask the doctor, with the login the store was given. Errors: StoreUnreachable, StoreNotReady."""
    async with _login(settings, dsn) as connection:
        return await examine(connection)


async def migrate_store(settings: Settings, dsn: str, *, showing: Showing = _show_nothing) -> tuple[str | None, str]:
    """
    Bring the schema up to this program's; the revision before and after. `showing` hears how many revisions there are
    to take, and then of each.

    Errors: StoreUnreachable, StoreNotReady, RightsMissing, SchemaUnknown.
    """
    async with _login(settings, dsn) as connection:
        found = await find_schema_revision(connection)
        if found == needed_revision():
            return found, found
        lacking = await find_missing_rights(connection)
    if lacking is not None:
        login, findings, statements = lacking
        told = "\n".join(f"  {statement}" for statement in statements)
        raise RightsMissing(login=login, place=_place(settings), findings=findings, statements=told)
    from alembic.util import CommandError  # noqa: PLC0415 -- loading it takes longer than most commands work

    from ledger.db import migrating  # noqa: PLC0415 -- the same

    with _naming_the_place(settings):
        try:
            with showing(migrating.count_pending(found)) as report:
                return found, await migrating.migrate(dsn, report=report)
        except CommandError:
            raise SchemaUnknown(found=found) from None


@asynccontextmanager
async def _login(settings: Settings, dsn: str) -> AsyncIterator[asyncpg.Connection]:
    with _naming_the_place(settings):
        connection = await asyncpg.connect(dsn, timeout=CONNECT_WITHIN_S, statement_cache_size=0)
    try:
        with _naming_the_place(settings):
            yield connection
    finally:
        await connection.close(timeout=2)


@contextmanager
def _naming_the_place(settings: Settings) -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as error:
        cause = error.__cause__ or error
        kind = StoreNotReady if isinstance(cause, ENDED) else StoreUnreachable
        raise kind(place=_place(settings), reason=_reason(cause)) from error
    except ENDED as error:
        raise StoreNotReady(place=_place(settings), reason=_reason(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        place = _place(settings)
        # What is no address is quoted in the driver's words, and any part of it may be the password.
        is_hidden = place == _UNNAMED and isinstance(error, asyncpg.InterfaceError)
        reason = Why.NO_DATABASE_ADDRESS if is_hidden else _reason(error)
        raise StoreUnreachable(place=place, reason=reason) from error


def _reason(error: BaseException) -> Words | Remark:
    if isinstance(error, TimeoutError):
        return Remark(Why.NO_ANSWER_WITHIN, seconds=f"{CONNECT_WITHIN_S:.0f}")
    if isinstance(error, ValueError) and not isinstance(error, asyncpg.InterfaceError | UnicodeError):
        # In its own words it quotes what stands in the place of the port, which may be a password.
        return Why.NO_DATABASE_ADDRESS
    return say_failure(error) if isinstance(error, OSError) else quote_failure(error)


def _place(settings: Settings) -> str | Remark:
    """Name the database without its password."""
    if settings.database_url is None:
        return str(settings.home.absolute())
    try:
        parts = urlsplit(settings.database_url)
        # Where an address begins otherwise, or a name or password is not escaped in it, any part may be the password.
        if "://" not in settings.database_url or "@" in f"{parts.path}{parts.query}{parts.fragment}":
            return _UNNAMED
        rest = f"{f':{parts.port}' if parts.port else ''}{parts.path}"
        return f"{parts.hostname}{rest}" if parts.hostname else Remark(Why.LOCAL_SOCKET, rest=rest)
    except ValueError:
        return _UNNAMED


def _read_or_make_secret(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, secrets.token_hex(32), replace=False)
    return path.read_bytes()


def write_private(path: Path, text: str, *, replace: bool = True) -> None:
    """
    Write a file that only this user can read, whole or not at all.

    Without `replace` a file that is already there stays: of two commands that make it at once, one wins for both.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        elif not path.exists():
            os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
