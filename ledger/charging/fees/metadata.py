"""
A fee as the metadata of its entry says it: `{"fees": […]}`, canonical JSON, sealed by the entry's hash.

Each fee has `code` and `party` (the party's account and number), `item`, `amount` (minor units, positive where the
party gets money), `rule` (the version that made it), and where there is a rate: `base` in minor units, `rate`, `exact`
(minor units before rounding, a decimal text) and `rounding` (the step that made the amount of it). A tax inside is
`tax`. The amounts of one (code, party) are what the entry's lines move on that account.
"""

from ledger.charging.fees.model import FeeItem, FeeLine
from ledger.compact_json import write_sorted_json

# The rounding step of a line that takes a part of another one back: by what is left of it.
REMAINING = "REMAINING_WEIGHTED"


def write_fee_line(line: FeeLine, item: FeeItem) -> str:
    """The metadata of the entry of one fee line."""
    fee: dict[str, object] = {
        "amount": line.amount * line.direction.sign,
        "code": line.account_code,
        "item": line.item,
        "party": line.party_id,
        "rule": f"{line.item}/{line.item_version}",
    }
    if line.rate:
        rounding = REMAINING if line.reverses else item.rounding.value
        fee.update(base=line.base, rate=line.rate, exact=line.exact, rounding=rounding)
    if line.tax:
        fee["tax"] = line.tax
    if line.reverses:
        fee["reverses"] = line.reverses
    return write_sorted_json({"fees": [fee]})
