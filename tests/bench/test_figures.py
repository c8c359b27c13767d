"""Every topic at full size, or at BENCH_SCALE of it: `make bench`."""

import pytest

from tests.bench import posting
from tests.bench.measuring import Effort
from tests.bench.tables import show

pytestmark = pytest.mark.bench


async def test_posting(fresh_database: str, effort: Effort) -> None:
    show(await posting.measure(fresh_database, effort), effort)
