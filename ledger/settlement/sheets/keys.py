"""
Which accounts a sheet settles. An account tells the role its party has there and the mode of its business, so a
reversal, which goes to the account of what it reverses, is on a sheet of that mode.
"""

from functools import lru_cache

from ledger.db.columns import texts
from ledger.settlement.sheets.model import Mode, Role

KIND_BY_CODE: dict[str, tuple[Role, Mode]] = {
    "2010": ("MERCHANT", "AGENCY"),
    "2020": ("AGENT", "AGENCY"),
    "2030": ("SUPPLIER", "PURCHASE"),
    "2041": ("DISTRIBUTOR", "AGENCY"),
    "2042": ("DISTRIBUTOR", "AGENCY"),
    "2043": ("DISTRIBUTOR", "AGENCY"),
    "2080": ("SUPPLIER", "PURCHASE"),
}

SHEET_CODES: tuple[str, ...] = tuple(KIND_BY_CODE)
# All of it as columns for statements: code, role, mode.
KINDS = (
    texts(list(SHEET_CODES)),
    texts([role for role, _ in KIND_BY_CODE.values()]),
    texts([mode for _, mode in KIND_BY_CODE.values()]),
)


def find_kind(code: str) -> tuple[Role, Mode] | None:
    """The role and mode of the sheets that settle accounts of this code; None where no sheet does."""
    return KIND_BY_CODE.get(code)


@lru_cache
def list_codes(role: Role, mode: Mode) -> tuple[str, ...]:
    """The codes that a sheet of this role and mode settles, in order."""
    return tuple(code for code, kind in KIND_BY_CODE.items() if kind == (role, mode))
