"""What the registration of a party says of settlement means something here, or the party is refused."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledger.journal.model import Refused
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.registering import Outcome
from ledger.settlement.terms.registering import register_settlers
from tests.ledger.calendars.agreement import ACTOR, NOW, PARTIES, Agreement

A_SHOP = PartyDraft("M9", "MERCHANT", "Shop nine", "A1")


async def register(agreement: Agreement, *drafts: PartyDraft) -> Sequence[Outcome]:
    async with agreement.database.write(agreement.platform_id) as conn:
        return await register_settlers(conn, drafts=drafts, actor=ACTOR, now=NOW)


@pytest.mark.parametrize(
    ("settlement", "key"),
    [
        ('{"cycle":"whenever"}', "cycle"),
        ('{"calendar":"CN-2020","cycle":"T+366"}', "cycle"),
        ('{"cycle":"T+1","mode":"barter"}', "mode"),
        ('{"calendar":""}', "calendar"),
    ],
)
async def test_a_party_whose_settlement_nobody_can_read_is_not_registered(
    agreement: Agreement, settlement: str, key: str
):
    refused, done, below = await register(
        agreement,
        replace(A_SHOP, settlement=settlement),
        replace(A_SHOP, reference="M10", settlement='{"calendar":"LATER","cycle":"t+1","mode":null}'),
        replace(A_SHOP, reference="M11", parent="M9"),
    )

    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.field) == ("INVALID_INPUT", ("settlement", key))
    assert not isinstance(done, Refused)
    assert isinstance(below, Refused)
    assert below.error.code == "PARTY_MISSING"
    async with agreement.database.read(agreement.platform_id) as conn:
        assert (await find_parties(conn, references=["M9", "M10", "M11"])).keys() == {"M10"}


async def test_a_party_that_an_older_program_registered_so_is_a_replay(agreement: Agreement):
    (operator,) = await agreement.rows("SELECT reference FROM party WHERE kind = 'OPERATOR'")
    (older,) = [replace(draft, parent=operator["reference"]) for draft in PARTIES if draft.reference == "M3"]

    again, other = await register(agreement, older, replace(older, name="Another name"))

    assert not isinstance(again, Refused)
    assert again.replayed
    assert isinstance(other, Refused)
    assert other.error.code == "PARTY_CONFLICT"
