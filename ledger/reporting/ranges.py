"""Two ends of a question, of which the later one was given first: a page of nothing would look like an answer."""

from datetime import date
from typing import TypeVar

from ledger.errors import InvalidInput
from ledger.reporting.errors import Why

End = TypeVar("End", date, int)


def check_range(start: End | None, end: End | None, *, field: str, is_exclusive: bool = False) -> None:
    """
    Check that something may lie between two days, instants or places, of which `field` is the later one's name; pure.

    Refusals: InvalidInput for ends the wrong way round, and where the later one is exclusive for equal ones.
    """
    if start is None or end is None or start < end or (start == end and not is_exclusive):
        return
    raise InvalidInput(field=("filter", field), reason=Why.NOTHING_BETWEEN, start=_write(start), end=_write(end))


def _write(end: date | int) -> str:
    return end.isoformat() if isinstance(end, date) else str(end)
