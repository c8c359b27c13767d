"""
Where what a party has earned and is not on a closed sheet yet stands, by the party's kind.

Role belongs to the account and not to the party, so who earns may be named with any of these codes; the kind says
which is usual. The operator and its legal entities earn nothing here: they are whom parties earn from.
"""

from collections.abc import Mapping

from ledger.parties.model import Party
from ledger.settlement.errors import PartyEarnsNothing

ROLE_CODES: Mapping[str, str] = {"MERCHANT": "2010", "AGENT": "2020", "SUPPLIER": "2030", "DISTRIBUTOR": "2041"}
ACCRUED_CODES = frozenset({*ROLE_CODES.values(), "2042", "2043"})


def get_code(party: Party, named: str = "", *, field: str) -> str:
    """
    The code of the chart that is named for what a party accrues, "" for the usual one of its kind.

    Refusals: PartyEarnsNothing, whatever is named.
    """
    if party.kind not in ROLE_CODES:
        raise PartyEarnsNothing(field=(field,), party=party.reference, kind=party.kind)
    return named or ROLE_CODES[party.kind]
