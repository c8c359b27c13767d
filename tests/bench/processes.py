"""A real `splitbook serve` on loopback, and the load generator beside it."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from ledger.access import keys
from ledger.access.model import Role
from tests.bench.marketplaces import Marketplace
from tests.bench.measuring import Clock, Taken, list_backends

ROOT = Path(__file__).parents[2]
_SECRET = "a secret of the benchmarks, long enough"
_STARTS_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What the load generator says of a run."""

    taken: Taken
    count: int
    p50_ms: float
    p99_ms: float


@dataclass(slots=True)
class Served:
    """A gateway over the marketplace's database. `key` is an operator's."""

    market: Marketplace
    port: int
    process_id: int
    key: str
    runs: int = 0

    async def load(
        self, body: dict[str, Any], *, clients: int, count: int, expect: str, fills: Sequence[str] = ()
    ) -> Answered:
        """Send `count` requests over that many connections, and fail if an answer is not as expected."""
        self.runs += 1
        warm_up = min(count, 4 * clients)
        job = {
            "port": self.port,
            "key": self.key,
            "body": json.dumps(body),
            "clients": clients,
            "count": count,
            "warm_up": warm_up,
            "expect": expect,
            "fills": list(fills),
            "run": self.runs,
        }
        own, server = Clock([self.process_id]), Clock(await list_backends(self.market.admin))
        found = await _generate(job)
        assert not found["unexpected"], found["first_unexpected"]
        share = count / (count + warm_up)  # the warm-up is in the processor times, and not in the seconds
        taken = Taken(found["seconds"], own.read().server_cpu_s * share, server.read().server_cpu_s * share)
        return Answered(taken, count, found["p50_ms"], found["p99_ms"])


@asynccontextmanager
async def serve(market: Marketplace, folder: Path) -> AsyncIterator[Served]:
    """Run the program over the marketplace's database; its log goes to a file in `folder`, as it would."""
    async with market.database.write(market.platform_id) as conn:
        key = await keys.create_key(
            conn, role=Role.OPERATOR, name="bench", pepper=_SECRET.encode(), now=datetime.now(UTC)
        )
    port = _find_free_port()
    environment = {
        **os.environ,
        "SPLITBOOK_DATABASE_URL": market.dsn,
        "SPLITBOOK_SECRET": _SECRET,
        "SPLITBOOK_HOME": str(folder),
        "PORT": str(port),
    }
    with (folder / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *_command("app.cli.root"), "serve", "--no-demo", env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        assert await _becomes_ready(port, process), (folder / "serve.log").read_text()
        yield Served(market, port, process.pid, key.text)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _generate(job: dict[str, Any]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *_command("tests.bench.load"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, complaints = await process.communicate(json.dumps(job).encode())
    assert process.returncode == 0, complaints.decode()
    found: dict[str, Any] = json.loads(written)
    return found


def _command(module: str) -> list[str]:
    return [sys.executable, "-c", f"import {module} as program; program.main()"]


async def _becomes_ready(port: int, process: asyncio.subprocess.Process) -> bool:
    give_up_at = asyncio.get_running_loop().time() + _STARTS_WITHIN_S
    async with httpx.AsyncClient() as client:
        while process.returncode is None and asyncio.get_running_loop().time() < give_up_at:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return True
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    return False


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
