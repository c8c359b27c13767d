"""The statements that a piece of work asks, as a test counts or plans them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ledger.db.transacting import Connection

Asked = tuple[str, Any]

# What the driver asks of a type the first time that a connection meets it: of which test that is depends on those
# before it.
_OF_THE_DRIVER = ("typeinfo_tree", "current_setting('jit')", "set_config('jit'")


@contextmanager
def gather_asked(conn: Connection) -> Iterator[list[Asked]]:
    """The statements that are asked meanwhile, with what they were given; not those of the driver itself."""
    asked: list[Asked] = []

    def hear(record: Any) -> None:
        if not any(mark in record.query for mark in _OF_THE_DRIVER):
            asked.append((record.query, record.args))

    with conn.raw.query_logger(hear):
        yield asked
