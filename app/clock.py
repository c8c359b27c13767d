"""The program's clock. The ledger has none: it is told, and stamps what it posts with the database's."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def read_utc() -> datetime:
    """The instant it is now, in UTC."""
    return datetime.now(UTC)
