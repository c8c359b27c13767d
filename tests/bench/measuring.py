"""Effort, and figures of several runs: median and spread."""

import gc
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.memory import settle_memory
from ledger.db import transacting

RUNS = 5
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Effort:
    """How large the measured worlds are, as a share of full size, and how often each thing is measured."""

    scale: float = 1.0
    runs: int = RUNS

    def size(self, full: int, *, least: int = 1) -> int:
        return max(least, round(full * self.scale))


def read_effort() -> Effort:
    """Full size, or what BENCH_SCALE says."""
    return Effort(scale=float(os.environ.get("BENCH_SCALE") or 1))


@dataclass(frozen=True, slots=True)
class Figures:
    """One value a run."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took: wall time, processor time of this process, and of the database's sessions where it shows."""

    seconds: float
    own_cpu_s: float
    server_cpu_s: float

    def rate(self, count: int) -> float:
        return count / self.seconds


Run = Callable[[], Awaitable[Taken]]


async def alternate(runs: int, *measured: Run) -> list[list[Taken]]:
    """Run each in turn, `runs` times over: what disturbs the machine then disturbs all of them."""
    taken: list[list[Taken]] = [[] for _ in measured]
    for _ in range(runs):
        for run, results in zip(measured, taken, strict=True):
            results.append(await run())
    return taken


def rates(taken: Sequence[Taken], count: int) -> Figures:
    """Items per second of each run."""
    return Figures(tuple(each.rate(count) for each in taken))


def cpu_per_item(taken: Sequence[Taken], count: int) -> dict[str, float]:
    """Processor time per item in microseconds: what stays true on a busy machine."""
    own = statistics.median(each.own_cpu_s for each in taken)
    server = statistics.median(each.server_cpu_s for each in taken)
    return {"own CPU µs": own / count * 1e6, "server CPU µs": server / count * 1e6}


class Clock:
    """Measures one stretch; `backends` are the process ids of the database's sessions."""

    def __init__(self, backends: Sequence[int]) -> None:
        self._backends = backends
        self._began = (time.perf_counter(), time.process_time(), _cpu_of(backends))

    def read(self) -> Taken:
        wall, own, server = self._began
        return Taken(time.perf_counter() - wall, time.process_time() - own, max(0.0, _cpu_of(self._backends) - server))


async def list_backends(conn: asyncpg.Connection) -> list[int]:
    """The process ids of all sessions of this database."""
    rows = await conn.fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    return [row["pid"] for row in rows]


async def check_durable(conn: asyncpg.Connection | transacting.Connection) -> None:
    """Fail where a commit that was answered could be lost: such figures say nothing."""
    for name in DURABLE:
        assert await conn.fetchval(f"SHOW {name}") == "on", f"{name} is off"


@contextmanager
def settled() -> Iterator[None]:
    """
    Have the collector look as rarely, and at as little, as it does in the server after its start.

    What it no longer looks at stays so: all that a run of tests has loaded would else be walked before each measuring,
    and by whatever comes after.
    """
    thresholds = gc.get_threshold()
    settle_memory()
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share lies; `ordered` ascending."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _cpu_of(pids: Sequence[int]) -> float:
    return sum(map(_cpu_of_process, pids))


def _cpu_of_process(pid: int) -> float:
    try:
        # Fields 14 and 15 are user and system time; the command's name before them may contain spaces.
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # another system than Linux, or a session that has ended
        return 0.0
    return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S
