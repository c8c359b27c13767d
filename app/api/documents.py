"""Which document something may be said to belong to."""

from app.api.context import Context
from ledger.reporting import withholding

# How fields describe what `name_document` leaves out.
OWN = "For keys that see only a part null where that is a receipt, or a deposit that they do not see."

# What waits in suspense and what came to the bank is numbered over the whole platform, and is no party's own document.
_OF_THE_PLATFORM = ("receipt", "suspense")
_LONGEST_NUMBER = 18


async def name_document(context: Context, document: str) -> str | None:
    """
    A document by the name that entries, events and lines have for it, where the viewer may know it; None where there is
    none. An entry, and so a line, may be of another party's document: what a deposit pays for the damage of somebody.
    """
    kind, _, number = document.partition("/")
    if context.viewer.sees_whole_platform:
        return document or None
    if kind in _OF_THE_PLATFORM:
        return None
    # Callers name documents, too, when they look for entries; slices have numbers.
    if kind == "deposit" and number.isascii() and number.isdecimal() and len(number) <= _LONGEST_NUMBER:
        found = await context.load(withholding.find_slices, int(number), scope=context.viewer.scope_party_id)
        return None if found is None else document
    return document or None
