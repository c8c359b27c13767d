"""What the benchmarks share."""

import pytest

from tests.bench.measuring import Effort, read_effort


@pytest.fixture(scope="session")
def effort() -> Effort:
    return read_effort()
