"""Parties: who there is, in the tree, and what they stand at."""

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.api import accounts as account_types
from app.api import statements as statement_types
from app.api import unpaid as unpaid_types
from app.api.connections import Connection
from app.api.context import Context, Info
from app.api.figures import (
    AsOfInput,
    Count,
    Cursor,
    From,
    PartyBalance,
    PartyKind,
    PartyStatus,
    To,
    read_as_of,
    to_span,
)
from app.api.held import HeldForReason, load_held_by_reason
from app.api.nodes import Node, choose_key, write_id
from app.api.scalars import CurrencyCode
from app.api.still_open import StillOpen, load_still_open
from app.api.terms import PartySettlement, SettlementRole, load_settlement
from ledger.journal.balances import NOW
from ledger.reporting import accounts, balances, parties, payouts
from ledger.reporting.model import PartyFilter, PartyRow

if TYPE_CHECKING:
    from app.api.accounts import Account
    from app.api.statements import Statement
    from app.api.unpaid import NextPayout, UnpaidPart

AnAccount = Annotated["Account", strawberry.lazy("app.api.accounts")]
AStatement = Annotated["Statement", strawberry.lazy("app.api.statements")]
AnUnpaidPart = Annotated["UnpaidPart", strawberry.lazy("app.api.unpaid")]
ANextPayout = Annotated["NextPayout", strawberry.lazy("app.api.unpaid")]


@strawberry.input(description="Which parties; what is left out does not matter.")
class PartyFilterInput:
    kind: PartyKind | None = None
    status: PartyStatus | None = None

    def to_value(self) -> PartyFilter:
        """What the ledger reads by."""
        return PartyFilter(self.kind and str(self.kind), self.status and str(self.status))


@strawberry.type(description="A member of the platform's tree, from the operator down.")
class Party(Node):
    reference: str
    kind: PartyKind
    name: str
    status: PartyStatus
    currency: CurrencyCode | None
    time_zone: str | None
    registered_at: datetime
    row: strawberry.Private[PartyRow]

    @classmethod
    def of(cls, context: Context, row: PartyRow) -> "Party":
        """Make the API's party of the ledger's."""
        return cls(
            id=write_id(context, "Party", row.reference),
            reference=row.reference,
            kind=PartyKind(row.kind),
            name=row.name,
            status=PartyStatus(row.status),
            currency=None if row.currency is None else CurrencyCode(row.currency),
            time_zone=row.time_zone,
            registered_at=row.registered_at,
            row=row,
        )

    @strawberry.field(
        description="Who this party stands under, or stood under at a moment; null for the root of what you may see,"
        " and where you may not see who it was."
    )
    async def parent(self, info: Info, as_of: AsOfInput | None = None) -> "Party | None":
        context = info.context
        scope, moment = context.viewer.scope_party_id, read_as_of(context, as_of)
        if moment == NOW:
            if self.row.parent_id is None or self.row.party_id == scope:
                return None
            return await load_party(context, self.row.parent_id)
        row = await context.load(parties.find_parents_at, self.row.party_id, as_of=moment, scope=scope)
        return None if row is None else Party.of(context, row)

    @strawberry.field(
        description="Everybody above, the parent first; of a moment those who stood above it then, as `subtreeBalances`"
        " of that moment counts it."
    )
    async def ancestors(self, info: Info, as_of: AsOfInput | None = None) -> "list[Party]":
        context = info.context
        scope, moment = context.viewer.scope_party_id, read_as_of(context, as_of)
        rows = await context.load(parties.list_ancestors, self.row.party_id, as_of=moment, scope=scope)
        return [Party.of(context, row) for row in rows]

    @strawberry.field(
        description="Those directly below, in the order they were registered; of a moment those who stood there then,"
        " as `subtreeBalances` of that moment counts them."
    )
    async def children(
        self,
        info: Info,
        *,
        as_of: AsOfInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> "Connection[Party]":
        context = info.context
        moment = read_as_of(context, as_of)
        then = {} if moment == NOW else {"sequence": moment.sequence, "day": moment.business_date}
        pager = context.open_list("children", parent=self.row.party_id, **then)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.load(
            parties.list_children, self.row.party_id, as_of=moment, scope=scope, span=to_span(page)
        )
        return pager.lay_out(rows, page, node=lambda row: Party.of(context, row), position=place_party)

    @strawberry.field(description="Everybody below, depth first: each party is followed by everything below it.")
    async def descendants(
        self,
        info: Info,
        *,
        filter: PartyFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> "Connection[Party]":
        given = filter or PartyFilterInput()
        context = info.context
        matching = given.to_value()
        pager = context.open_list("descendants", root=self.row.party_id, matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.load(parties.list_descendants, self.row.party_id, matching=matching, span=to_span(page))
        return pager.lay_out(rows, page, node=lambda row: Party.of(context, row), position=place_party)

    @strawberry.field(description="The party's own accounts, in the order they were opened.")
    async def accounts(
        self, info: Info, first: Count = None, after: Cursor = None, last: Count = None, before: Cursor = None
    ) -> Connection[AnAccount]:
        context = info.context
        pager = context.open_list("party-accounts", party=self.row.party_id)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        rows = await context.load(accounts.list_party_accounts, self.row.party_id, span=to_span(page))
        return pager.lay_out(
            rows, page, node=lambda row: account_types.Account.of(context, row), position=account_types.place_account
        )

    @strawberry.field(description="What the party itself stands at, per legal entity and currency.")
    async def balances(self, info: Info, as_of: AsOfInput | None = None) -> list[PartyBalance]:
        moment = read_as_of(info.context, as_of)
        rows = await info.context.load(balances.load_party_balances, self.row.party_id, as_of=moment)
        transit = partial(info.context.load, payouts.load_transit, self.row.party_id) if moment == NOW else None
        return [PartyBalance.of(row, transit) for row in rows]

    @strawberry.field(
        description="What the party and everybody below it stand at, now, at the end of a business date or at a"
        " sequence, of the tree as it stood then."
    )
    async def subtree_balances(self, info: Info, as_of: AsOfInput | None = None) -> list[PartyBalance]:
        moment = read_as_of(info.context, as_of)
        rows = await info.context.load(balances.load_subtree_balances, self.row.party_id, as_of=moment)
        transit = partial(info.context.load, payouts.load_subtree_transit, self.row.party_id) if moment == NOW else None
        return [PartyBalance.of(row, transit) for row in rows]

    @strawberry.field(
        description="How the party is settled, in a role or in that of its kind; null where its kind is never paid."
    )
    async def settlement(self, info: Info, role: SettlementRole | None = None) -> PartySettlement | None:
        return await load_settlement(info.context, self.row.party_id, kind=self.row.kind, role=role)

    @strawberry.field(
        description="Every cent that has not reached the party: why, on what ground and until when, and what it owes."
    )
    async def unpaid(self, info: Info) -> list[AnUnpaidPart]:
        return await unpaid_types.load_unpaid(info.context, self.row.party_id)

    @strawberry.field(
        description="What is held of the party now, added up by reason: together `onHold` of its balances."
    )
    async def held_by_reason(self, info: Info) -> list[HeldForReason]:
        return await load_held_by_reason(info.context, self.row.party_id)

    @strawberry.field(
        description="When the party is paid next and how much, by legal entity and currency: what it owes from closed"
        " sheets is taken off, what is still kept or withheld of it is not; what failed to be paid (`unpaid`,"
        " PAY_FAILED) is no part of it before somebody pays it again. A day that has passed is overdue, and all that is"
        " due by now comes with it."
    )
    async def next_payouts(self, info: Info) -> list[ANextPayout]:
        return await unpaid_types.load_next_payouts(info.context, self.row.party_id)

    @strawberry.field(
        description="What is still open, by legal entity and currency: sheets to close or to settle, and what is to be"
        " paid, held, kept, in suspense and owed. Empty where closing the party leaves nothing behind."
    )
    async def still_open(self, info: Info) -> list[StillOpen]:
        return await load_still_open(info.context, self.row.party_id)

    @strawberry.field(
        description="Where the party's money of an order is, what was paid of it and settled otherwise included:"
        " together all that it ever got of it. Of a closed sheet the order bears its part of what was taken of the"
        " whole; what was taken for the order it bears first."
    )
    async def why_unpaid(self, info: Info, order: str) -> list[AnUnpaidPart]:
        return await unpaid_types.load_unpaid_of_order(info.context, self.row.party_id, order)

    @strawberry.field(description="What we owed the party over a period, in one currency.")
    async def statement(
        self, info: Info, currency: CurrencyCode, start: From, to: To, legal_entity: str | None = None
    ) -> AStatement:
        return await statement_types.make_party_statement(
            info.context, self, currency=currency, legal_entity=legal_entity, start=start, end=to
        )


@strawberry.type
class PartyQueries:
    @strawberry.field(description="One party, by id or by reference; null when there is none that you may see.")
    async def party(self, info: Info, id: strawberry.ID | None = None, reference: str | None = None) -> Party | None:
        key = choose_key(info.context, kind="Party", id=id, reference=reference)
        return None if key is None else await find_party_by_key(info.context, key)

    @strawberry.field(
        description="Every party that you may see: all in the order they were registered; a party's key sees itself and"
        " those below it, depth first."
    )
    async def parties(
        self,
        info: Info,
        *,
        filter: PartyFilterInput | None = None,
        first: Count = None,
        after: Cursor = None,
        last: Count = None,
        before: Cursor = None,
    ) -> Connection[Party]:
        given = filter or PartyFilterInput()
        context = info.context
        matching = given.to_value()
        pager = context.open_list("parties", matching=matching)
        page = pager.read_page(first=first, after=after, last=last, before=before)
        scope = context.viewer.scope_party_id
        rows = await context.read(parties.list_parties, scope=scope, matching=matching, span=to_span(page))
        return pager.lay_out(rows, page, node=lambda row: Party.of(context, row), position=place_party)


async def find_party_by_key(context: Context, key: int | str) -> Party | None:
    """A party by the key of its id; None when it may not be seen."""
    return await find_party(context, key) if isinstance(key, str) else None


async def load_party(context: Context, party_id: int) -> Party | None:
    """A party by the ledger's number; None when it may not be seen."""
    row = await context.load(parties.find_parties, party_id, scope=context.viewer.scope_party_id)
    return None if row is None else Party.of(context, row)


async def find_party(context: Context, reference: str) -> Party | None:
    """A party by its reference; None when it may not be seen."""
    row = await context.load(parties.find_parties_by_reference, reference, scope=context.viewer.scope_party_id)
    return None if row is None else Party.of(context, row)


def place_party(row: PartyRow) -> tuple[int, ...]:
    """A party's place in the lists of parties; in those that go depth first, in the tree as its page knows it."""
    return (row.party_id,) if row.tree_at is None else (row.party_id, row.tree_at)
