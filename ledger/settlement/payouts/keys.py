"""
What payouts and their submissions are called at banks: "SB1-P17" is payout 17 of platform 1, "SB1-4" its submission 4.
The database makes these names; no two platforms of a store have one in common.
"""

import re

# No platform has a number that the database could not hold.
_NAME = re.compile(r"SB([1-9][0-9]{0,17})-P?[1-9][0-9]{0,18}")


def find_platform(name: str) -> int | None:
    """The platform whose payout or submission has such a name; None for names that are not of ours."""
    found = _NAME.fullmatch(name)
    return int(found[1]) if found else None
