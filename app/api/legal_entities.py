"""Legal entities, as whoever has to do with one may see it: which company owes, pays, or keeps the book."""

import strawberry

from app.api.context import Context, Info
from ledger.reporting import parties


@strawberry.type(
    description="A company of the platform, in whose book something stands. Whoever has to do with it sees its name; as"
    " a party of the tree it is seen by keys that see the whole platform."
)
class LegalEntity:
    reference: str

    @strawberry.field
    async def name(self, info: Info) -> str:
        # Without a scope: what a party's key sees of its own money names its debtor.
        row = await info.context.load(parties.find_parties_by_reference, self.reference, scope=None)
        return row.name if row is not None else self.reference


async def load_legal_entity(context: Context, book_id: int | None) -> LegalEntity | None:
    """A legal entity by the ledger's number of its book; None without one."""
    row = None if book_id is None else await context.load(parties.find_parties, book_id, scope=None)
    return None if row is None else LegalEntity(reference=row.reference)
