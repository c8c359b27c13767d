"""How a row of each export is written. Data is written as it is: nothing is trimmed, masked or made fit for a sheet."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from ledger.compact_json import write_json
from ledger.exports.balances import AccountSums

# Fields that need it are quoted as in RFC 4180; lines end in a bare newline, so that cut, awk and diff just work.
BALANCE_COLUMNS = AccountSums._fields
DIFFERENCE_COLUMNS = ("order", "line", "legal_entity", "party", "item", "reason", "currency", "own", "submitted")
CHANNEL_COLUMNS = (
    *("day", "channel", "legal_entity", "file", "reason", "kind", "order", "name", "record"),
    *("told", "told_currency", "booked", "booked_currency"),
)


def write_csv_row(values: tuple[object, ...]) -> str:
    """Write one row of CSV, its newline included."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def write_json_row(row: Mapping[str, Any]) -> str:
    """Write one object as a line of JSON, its newline included."""
    return write_json(row) + "\n"
