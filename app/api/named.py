"""
What a list is asked for by reference. One that names what there is none of is refused, and not answered with a page of
nothing, which looks like good news. To a party's key, whom it may not see and who is unknown are the same.
"""

from collections.abc import Sequence

from app.api.context import Context
from ledger.charging.errors import OrderMissing
from ledger.journal.errors import BookMissing
from ledger.parties.errors import PartyMissing
from ledger.reporting import sheets
from ledger.reporting.orders import find_orders
from ledger.reporting.parties import find_parties_by_reference

_PARTY = ("filter", "party")
_ORDER = ("filter", "order")
_NO_BOOK = 0


async def find_named_party(context: Context, reference: str | None, *, field: tuple[str, ...] = _PARTY) -> int | None:
    """
    The number of the party that a list is asked for; None where it is asked for everybody's.

    Refusals: PartyMissing.
    """
    if reference is None:
        return None
    row = await context.load(find_parties_by_reference, reference, scope=context.viewer.scope_party_id)
    if row is None:
        raise PartyMissing(field=field, reference=reference)
    return row.party_id


async def check_named(
    context: Context,
    found: Sequence[object],
    *,
    party: str | None = None,
    legal_entity: str | None = None,
    order: str | None = None,
    field: tuple[str, ...] = _PARTY,
) -> None:
    """
    Whether what a list was asked for is there. Only a page of nothing asks: what showed something was found.

    Refusals, first match wins: PartyMissing, BookMissing to keys that see the whole platform, OrderMissing. To others a
        legal entity that is none of theirs is as good as unknown: neither shows them anything.
    """
    if found:
        return
    await find_named_party(context, party, field=field)
    if context.viewer.sees_whole_platform and await find_named_book(context, legal_entity) == _NO_BOOK:
        raise BookMissing(field=("filter", "legal_entity"), book=legal_entity)
    if order is not None:
        await check_order(context, order)


async def check_order(context: Context, reference: str, *, field: tuple[str, ...] = _ORDER) -> None:
    """
    Whether there is an order of that reference.

    Refusals: OrderMissing.
    """
    if await context.load(find_orders, reference, scope=context.viewer.scope_party_id) is None:
        raise OrderMissing(field=field, order=reference)


async def find_named_book(context: Context, reference: str | None) -> int | None:
    """
    The number of the legal entity that a list is asked for; None where it is asked for all of them. One that there is
    none of has a number that nothing bears: the list is looked through all the same, so that the time it takes does not
    tell a party's key what there is.
    """
    if reference is None:
        return None
    return await context.read(sheets.find_book, reference=reference) or _NO_BOOK
