"""Closing at full size, or at what SCALE says: `make bench-settlement`, apart from the others because of its length."""

import os

import pytest

from tests.bench import settlement
from tests.bench.measuring import Effort
from tests.bench.tables import show

pytestmark = pytest.mark.bench


async def test_settlement(fresh_database: str) -> None:
    effort = Effort(runs=int(os.environ.get("RUNS") or 3))
    show(await settlement.measure(fresh_database, effort, lines=settlement.read_lines()), effort)
