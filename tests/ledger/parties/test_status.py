import pytest

from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.parties.finding import find_parties
from ledger.parties.model import PartyDraft
from ledger.parties.status import block_party, close_party, unblock_party
from tests.ledger.parties.conftest import ACTOR, NOW, Tree


async def test_a_closed_party_keeps_its_balance_and_takes_no_children(tree: Tree) -> None:
    await tree.owe("M1", 700)

    async with tree.database.write(tree.platform_id) as conn:
        await close_party(conn, reference="A11", reason="gone", actor=ACTOR, now=NOW)

    assert await tree.below("A11") == 700
    (outcome,) = await tree.register(PartyDraft("M9", "MERCHANT", "Nine", "A11"))
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "PARTY_NOT_ACTIVE"


async def test_closing_is_for_good_and_blocking_is_not(tree: Tree) -> None:
    async with tree.database.write(tree.platform_id) as conn:
        await block_party(conn, reference="M1", reason="account abnormal", actor=ACTOR, now=NOW)
        await unblock_party(conn, reference="M1", reason="repaired", actor=ACTOR, now=NOW)
        await close_party(conn, reference="M2", reason="gone", actor=ACTOR, now=NOW)
        again = await close_party(conn, reference="M2", reason="gone", actor=ACTOR, now=NOW)

    assert again.replayed
    with pytest.raises(LedgerError, match="closed for good"):
        async with tree.database.write(tree.platform_id) as conn:
            await unblock_party(conn, reference="M2", reason="please", actor=ACTOR, now=NOW)
    async with tree.database.read(tree.platform_id) as conn:
        found = await find_parties(conn, references=["M1", "M2"])
    assert {name: party.status for name, party in found.items()} == {"M1": "ACTIVE", "M2": "CLOSED"}


async def test_the_operator_stays(tree: Tree) -> None:
    with pytest.raises(LedgerError, match="is the root"):
        async with tree.database.write(tree.platform_id) as conn:
            await close_party(conn, reference="OP", reason="no", actor=ACTOR, now=NOW)
