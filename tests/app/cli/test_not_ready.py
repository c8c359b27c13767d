"""A database that is starting or in recovery while a command begins: one sentence that says to try again."""

import asyncio
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from tests.app.cli.commands import Commands, write_lines
from tests.waiting import HANGS_S

_SSL_REQUEST = 80877103
_COMMANDS = (
    ("migrate",),
    ("doctor",),
    ("verify",),
    ("key", "create", "--role", "auditor"),
    ("export", "balances"),
    ("export", "entries"),
    ("import", "parties", "FILE"),
    ("import", "events", "FILE"),
    ("close",),
    ("close", "--preview"),
    ("worker", "--once"),
    ("payout", "run"),
    ("payout", "run", "--preview"),
    ("payout", "files"),
    ("calendar", "list"),
    ("demo", "--orders", "1"),
)


class Turnstile:
    """Lets so many connections through to the database, and tells all others what a server in recovery tells."""

    def __init__(self, dsn: str, word: str) -> None:
        self._host = parse_qs(urlsplit(dsn).query)["host"][0]
        self._port = parse_qs(urlsplit(dsn).query)["port"][0]
        self._word = word
        self.passes = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            if self.passes > 0:
                self.passes -= 1
                await self._pass(reader, writer)
            else:
                await self._turn_away(reader, writer)
        await _close(writer)

    async def _turn_away(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length, code = struct.unpack("!ii", await reader.readexactly(8))
            if code != _SSL_REQUEST:
                break
            writer.write(b"N")
        await reader.readexactly(length - 8)
        said = f"SFATAL\0VFATAL\0C57P03\0M{self._word}\0\0".encode()
        writer.write(b"E" + struct.pack("!i", len(said) + 4) + said)
        await writer.drain()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asked = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        await asyncio.gather(_copy(reader, asked), _copy(answers, writer), return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@contextmanager
def turning(turnstile: Turnstile) -> Iterator[int]:
    """Stand in front of the database on a port of its own, in a thread: commands run here to their end."""
    opened: Future[int] = Future()
    closing = threading.Event()

    async def stand() -> None:
        visitors: set[asyncio.Task[None]] = set()

        def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visitors.add(asyncio.ensure_future(turnstile.meet(reader, writer)))

        async with await asyncio.start_server(meet, "127.0.0.1", 0) as server:
            opened.set_result(server.sockets[0].getsockname()[1])
            await asyncio.to_thread(closing.wait)
            await asyncio.gather(*visitors)

    thread = threading.Thread(target=lambda: asyncio.run(stand()))
    thread.start()
    try:
        yield opened.result(timeout=HANGS_S)
    finally:
        closing.set()
        thread.join()


def test_every_command_that_begins_while_the_database_recovers_says_to_try_again(
    commands: Commands, tmp_path: Path
) -> None:
    file = str(write_lines(tmp_path / "file.jsonl", {}))
    dsn = commands.environment["SPLITBOOK_DATABASE_URL"]
    turnstile = Turnstile(dsn, "the database system is in recovery mode")
    parts = urlsplit(dsn)
    name, login = parts.path.strip("/"), quote(parts.username or "", safe="")

    with turning(turnstile) as port:
        commands.environment["SPLITBOOK_DATABASE_URL"] = f"postgresql://{login}@127.0.0.1:{port}/{name}"
        for words in _COMMANDS:
            # Whoever only looks at the store has one connection; all others open both pools after it.
            for passes in range(1 if words[0] in ("migrate", "doctor") else 3):
                turnstile.passes = passes
                result = commands.run(*(file if word == "FILE" else word for word in words))
                told = result.stderr.strip()
                assert result.exit_code == 3, (words, passes, told, result.exception)
                assert told == (
                    f"The database at 127.0.0.1:{port}/{name} is not ready (the database system is in recovery mode);"
                    " nothing was written. Try again in a moment."
                )
                assert (turnstile.passes, result.stdout) == (0, ""), (words, passes)
