"""Every topic at full size, or at BENCH_SCALE of it: `make bench`."""

import os
from pathlib import Path

import pytest

from tests.bench import drivers, http_posting, http_reading, order_events, pgledger, posting, subtrees
from tests.bench.measuring import Effort
from tests.bench.tables import show

pytestmark = pytest.mark.bench


async def test_posting(fresh_database: str, effort: Effort) -> None:
    show(await posting.measure(fresh_database, effort), effort)


async def test_order_events(fresh_database: str, effort: Effort, tmp_path: Path) -> None:
    show(await order_events.measure(fresh_database, effort, tmp_path), effort)


async def test_http_posting(fresh_database: str, effort: Effort, tmp_path: Path) -> None:
    show(await http_posting.measure(fresh_database, effort, tmp_path), effort)


async def test_http_reading(fresh_database: str, effort: Effort, tmp_path: Path) -> None:
    show(await http_reading.measure(fresh_database, effort, tmp_path), effort)


async def test_subtrees(fresh_database: str, effort: Effort) -> None:
    show(await subtrees.measure(fresh_database, effort), effort)


async def test_drivers(fresh_database: str, effort: Effort) -> None:
    show(await drivers.measure(fresh_database, effort), effort)


async def test_pgledger(fresh_database: str, effort: Effort) -> None:
    folder = os.environ.get("PGLEDGER")
    if not folder:
        pytest.skip("PGLEDGER names no clone of pgledger")
    show(await pgledger.measure(fresh_database, effort, Path(folder)), effort)
