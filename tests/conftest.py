"""
Fixtures that every test may ask for.

server            the run's PostgreSQL 18; `server.lend_database()` lends as many databases as a test wants
fresh_database    the DSN of a migrated, empty database of this test alone
module_database   the same for all tests of one module
database          the program's way to the module's database, open as long as the module's tests run
fresh_database_16 the same as `fresh_database` on the oldest PostgreSQL that we support
"""

import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ledger.db.connecting import Database
from tests.store import Server, open_run, run_server

# Workers share the processors, so the time of one example says nothing, neither to run it nor to draw it.
WITHOUT_CLOCK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
# Whoever runs the gate, anywhere, tries the same examples each time: what is refused is refused for what was changed.
# Others are looked for by the long forms (`make test-slow`), and for who says by SPLITBOOK_EXAMPLES how many.
# Hypothesis takes a profile of its own where CI is set; these come after it, so that all places do the same.
settings.register_profile("house", WITHOUT_CLOCK, derandomize=True, database=None)
settings.register_profile("explorer", WITHOUT_CLOCK, derandomize=False)
settings.load_profile("explorer" if "SPLITBOOK_EXAMPLES" in os.environ else "house")

TESTS = Path(__file__).parent
# What a mirror of the code walks counts as covered; journeys, invariants, faults and benchmarks walk everything.
MIRRORS = {"ledger", "app"}

_run = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    _hear_signals()
    _keep_bytecode()
    if config.option.markexpr == "slow":
        settings.load_profile("explorer")
    config.stash[_run] = ExitStack()
    if not hasattr(config, "workerinput"):  # only the first process, not the workers that it starts
        # Benchmarks measure a disk, and what is long may fill a memory.
        config.stash[_run].enter_context(open_run(in_memory="not bench" in config.option.markexpr))


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_run].close()


def _hear_signals() -> None:
    """Under nohup, or behind an `&` in a script, these are ignored, and what the tests start would inherit that."""
    for number, heard in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, heard)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A tracer doubles their time, and what they alone walk has no test of its own: only mirrors of the code count."""
    for item in items:
        if item.path.relative_to(TESTS).parts[0] not in MIRRORS:
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Let the collector pass over what lives to the end of the run: the modules, the schema, thousands of tests."""
    gc.collect()
    gc.freeze()


def _keep_bytecode() -> None:
    """Else each of the programs that tests start compiles the house anew: more than a second of a processor."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with run_server() as server:
        yield server


@pytest.fixture(scope="session")
def server_16() -> Iterator[Server]:
    with run_server(16) as server:
        yield server


@pytest.fixture
async def fresh_database(server: Server) -> AsyncIterator[str]:
    async with server.lend_database() as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def module_database(server: Server) -> AsyncIterator[str]:
    async with server.lend_database() as dsn:
        yield dsn


@pytest.fixture
async def fresh_database_16(server_16: Server) -> AsyncIterator[str]:
    async with server_16.lend_database() as dsn:
        yield dsn


@pytest.fixture(scope="module")
async def database(module_database: str) -> AsyncIterator[Database]:
    opened = await Database.connect(module_database)
    try:
        yield opened
    finally:
        await opened.close()
