"""
Where what a party has earned and is not on a closed sheet yet stands, by the party's kind.

Role belongs to the account and not to the party, so any of these codes may be named; the kind says which is usual.
"""

from collections.abc import Mapping

from ledger.parties.model import Party

ROLE_CODES: Mapping[str, str] = {"MERCHANT": "2010", "AGENT": "2020", "SUPPLIER": "2030", "DISTRIBUTOR": "2041"}
ACCRUED_CODES = frozenset({*ROLE_CODES.values(), "2042", "2043"})


def usual_code(party: Party) -> str | None:
    """The code of the chart on which a party of its kind accrues; None for kinds that earn nothing."""
    return ROLE_CODES.get(party.kind)
