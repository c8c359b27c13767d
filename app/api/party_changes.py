"""Mutations of the tree: who is in it, where, and whether he takes business."""

import strawberry

from app.api.batches import submit_each, submit_one, write_each
from app.api.bounds import at_most
from app.api.context import Info
from app.api.errors import Why
from app.api.figures import PartyKind
from app.api.mutations import Payload, mutation
from app.api.parties import Party, load_party
from app.api.quick_inputs import built_quickly
from app.api.scalars import JSON, CurrencyCode
from app.auth import PROVIDERS
from app.lanes.calls import Call
from app.lanes.party_kinds import (
    BLOCK_PARTY,
    CLOSE_PARTY,
    MOVE_PARTY,
    REGISTER_PARTIES,
    UNBLOCK_PARTY,
    Move,
    StatusChange,
)
from app.lanes.registry import LaneKind
from ledger.errors import InvalidInput
from ledger.journal.model import Refused
from ledger.parties.model import PartyDraft, Registered, StatusChanged
from ledger.parties.parsing import parse_party

MOST_PARTIES = 1_000
LONGEST_REASON = 500


@built_quickly
@strawberry.input(description="A party to be registered. The same party again, with the same content, is a replay.")
class PartyInput:
    reference: str = strawberry.field(description="Unique on the platform, for good.")
    kind: PartyKind
    name: str
    parent: str | None = strawberry.field(
        default=None, description="The reference of whom it stands under; of a distributor, its upline."
    )
    currency: CurrencyCode | None = None
    time_zone: str | None = strawberry.field(default=None, description="An IANA name; else the parent's.")
    settlement: JSON | None = strawberry.field(default=None, description="How it settles: cycle, calendar, mode.")
    metadata: JSON | None = None

    def to_draft(self) -> PartyDraft:
        """Refusals: those of parse_party."""
        return parse_party(
            {
                "reference": self.reference,
                "kind": str(self.kind),
                "name": self.name,
                "parent": self.parent,
                "currency": self.currency,
                "timeZone": self.time_zone,
                "settlement": self.settlement,
                "metadata": self.metadata,
            }
        )


@built_quickly
@strawberry.input(description="At most 1,000 parties, parents before their children.")
class RegisterPartiesInput:
    parties: list[PartyInput] = at_most(MOST_PARTIES)


@strawberry.input(description="Who moves, and where to.")
class MovePartyInput:
    party: str = strawberry.field(description="The reference of who moves, with everybody below.")
    to: str = strawberry.field(description="The reference of the new parent.")


@strawberry.input(description="A party whose status changes, and why.")
class ChangePartyStatusInput:
    party: str = strawberry.field(description="The party's reference.")
    reason: str = strawberry.field(default="", description="Why, in at most 500 characters; it is kept in the log.")

    def to_change(self) -> StatusChange:
        """Refusals: InvalidInput."""
        if len(self.reason) > LONGEST_REASON or not self.reason.isprintable():
            raise InvalidInput(field=("reason",), reason=Why.REASON_LENGTH, most=LONGEST_REASON)
        return StatusChange(self.party, self.reason)


@strawberry.type(description="What became of one party of a list, or of the one that was to be changed.")
class PartyPayload(Payload):
    replayed: bool = strawberry.field(default=False, description="Whether it was so already.")
    party_id: strawberry.Private[int | None] = None

    @strawberry.field(description="The party as it stands now; null when it was refused.")
    async def party(self, info: Info) -> Party | None:
        return None if self.party_id is None else await load_party(info.context, self.party_id)


@strawberry.type(description="What became of parties that were to be registered.")
class RegisterPartiesPayload(Payload):
    results: list[PartyPayload] = strawberry.field(
        default_factory=list, description="One per party of the input, in its order."
    )


@strawberry.type
class PartyMutations:
    @mutation(description="Register parties, each on its own: one that is refused leaves the others.", roles=PROVIDERS)
    async def register_parties(self, info: Info, input: RegisterPartiesInput) -> RegisterPartiesPayload:
        answers = await submit_each(
            info.context,
            REGISTER_PARTIES,
            input.parties,
            read=PartyInput.to_draft,
        )

        def done(registered: Registered) -> PartyPayload:
            return PartyPayload(replayed=registered.replayed, party_id=registered.party_id)

        results = write_each(info.context, answers, field="parties", refused=PartyPayload, done=done)
        return RegisterPartiesPayload(results=results)

    @mutation(description="Put a party, with everybody below it, under another parent; its totals move along.")
    async def move_party(self, info: Info, input: MovePartyInput) -> PartyPayload:
        moved = await submit_one(info.context, MOVE_PARTY, Move(input.party, input.to))
        return PartyPayload(replayed=moved.replayed, party_id=moved.party_id)

    @mutation(
        description="Close a party for good: it takes no new business, its balances live on. `party { stillOpen }` says"
        " what of it is still to be closed, paid, given back or collected."
    )
    async def close_party(self, info: Info, input: ChangePartyStatusInput) -> PartyPayload:
        return await _change(info, CLOSE_PARTY, input)

    @mutation(description="Block a party: what it would receive waits in suspense until it is unblocked and released.")
    async def block_party(self, info: Info, input: ChangePartyStatusInput) -> PartyPayload:
        return await _change(info, BLOCK_PARTY, input)

    @mutation(description="Let a blocked party take business again.")
    async def unblock_party(self, info: Info, input: ChangePartyStatusInput) -> PartyPayload:
        return await _change(info, UNBLOCK_PARTY, input)


async def _change(
    info: Info, kind: LaneKind[Call[StatusChange], StatusChanged | Refused], given: ChangePartyStatusInput
) -> PartyPayload:
    changed = await submit_one(info.context, kind, given.to_change())
    return PartyPayload(replayed=changed.replayed, party_id=changed.party_id)
