"""
Behind a transaction-pooling proxy every transaction may get another session: nothing may stay in one, and nothing may
be expected there.
"""

import asyncio
import getpass
import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from ledger.db.connecting import SESSION_SETTINGS, WRITER_SETTINGS, Database
from ledger.journal.model import Posted
from ledger.verify.verifying import verify
from tests.ledger.journal.world import open_world

PGBOUNCER = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")


@pytest.fixture
async def pooled(fresh_database: str) -> AsyncIterator[Database]:
    """Straight to the server, in the manner of a pooler's client."""
    database = await Database.connect(fresh_database, statement_cache_size=0, pooled_elsewhere=True)
    yield database
    await database.close()


async def test_a_transaction_takes_role_and_settings_for_itself_alone(pooled: Database) -> None:
    for opened, settings in (
        (pooled.write(None), {**SESSION_SETTINGS, **WRITER_SETTINGS}),
        (pooled.read(None), SESSION_SETTINGS),
    ):
        async with opened as conn:
            for name, value in settings.items():
                found = await conn.fetchval("SELECT current_setting($1)", name)
                assert found == {"60s": "1min"}.get(value, value), name
    async with pooled.writers.acquire() as raw:
        assert await raw.fetchval("SELECT current_user = session_user")
        assert await raw.fetchval("SHOW enable_seqscan") == "on"


async def test_long_batches_in_flight_together_are_posted_whole(pooled: Database) -> None:
    world = await open_world(pooled)
    batches = [[world.draft("D 1100 CNY 5 / C 2010 M1 CNY 5") for _ in range(900)] for _ in range(2)]

    outcomes = await asyncio.gather(*(world.post(*batch) for batch in batches))

    assert [isinstance(one, Posted) for each in outcomes for one in each] == [True] * 1_800
    async with pooled.read(world.platform_id) as conn:
        assert (await verify(conn)).agrees


@pytest.fixture
async def bouncer(fresh_database: str) -> AsyncIterator[str]:
    """The DSN of a real PgBouncer in front of the server, which pools transactions over two sessions."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed here")
    server = urlsplit(fresh_database)
    query = parse_qs(server.query)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = query["host"][0] if "host" in query else server.hostname
    at = f"host={host} port={query.get('port', [server.port or 5432])[0]} user={server.username or getpass.getuser()}"
    if server.password:
        at += f" password={server.password}"
    config = Path(tempfile.mkdtemp()) / "pgbouncer.ini"
    config.write_text(
        f"[databases]\nbehind = {at} dbname={server.path[1:]}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
    )
    # It refuses to be root. The server's own user is let into its socket folder.
    user = pwd.getpwuid(os.stat(query["host"][0]).st_uid).pw_name if "host" in query else "nobody"
    config.parent.chmod(0o755)
    process = await asyncio.create_subprocess_exec(
        PGBOUNCER, *(["-u", user] if os.geteuid() == 0 else []), "-q", str(config), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _answers(port)
        yield f"postgresql://anyone@127.0.0.1:{port}/behind"
    finally:
        process.terminate()
        await process.wait()
        shutil.rmtree(config.parent)


async def _answers(port: int) -> None:
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise AssertionError("pgbouncer does not answer")


async def test_posting_and_reading_work_through_a_transaction_pooler(bouncer: str) -> None:
    database = await Database.connect(bouncer, statement_cache_size=0, pooled_elsewhere=True)
    try:
        world = await open_world(database)
        await asyncio.gather(*(world.post_lines(f"D 1100 CNY {n} / C 2010 M1 CNY {n}") for n in range(100, 120)))
        async with database.read(world.platform_id) as conn:
            assert await conn.fetchval("SELECT count(*) FROM entry") == 20
            with pytest.raises(asyncpg.PostgresError):
                await conn.execute("UPDATE log_head SET sequence = 0")
        async with database.read(None) as conn:
            assert await conn.fetchval("SELECT count(*) FROM entry") == 0
        async with database.read(world.platform_id) as conn:
            assert (await verify(conn)).agrees
    finally:
        await database.close()
