"""Parties with what their registration says of settlement, which has to mean something here."""

from collections.abc import Sequence
from datetime import datetime

from ledger.actor import Actor
from ledger.db.transacting import Connection
from ledger.errors import InvalidInput
from ledger.parties.model import PartyDraft
from ledger.parties.registering import Outcome, register_parties
from ledger.settlement.terms.parsing import find_unreadable


async def register_settlers(
    conn: Connection, *, drafts: Sequence[PartyDraft], actor: Actor, now: datetime
) -> list[Outcome]:
    """
    As register_parties, and refuse parties whose settlement has a cycle, a calendar or a mode that nobody can read.

    Those that were registered with one before this was refused are replays like all others: what cannot be read of
    them is left open (`PartyTerms.unreadable`).

    Refusals: those of register_parties; InvalidInput after PartyConflict.
    """
    return await register_parties(conn, drafts=drafts, actor=actor, now=now, judge=_judge)


def _judge(draft: PartyDraft) -> InvalidInput | None:
    return find_unreadable(draft.settlement)
