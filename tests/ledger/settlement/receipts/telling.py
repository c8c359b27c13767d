"""How tests tell receipts: documents as the API gives them, done on a real store."""

from typing import Any

from ledger.actor import Actor
from ledger.journal.model import Refused
from ledger.settlement.receipts import assigning, matching, recording, tolerating, unmatching
from ledger.settlement.receipts import returning as giving_back
from ledger.settlement.receipts.model import MatchStep, RecordedReceipt
from ledger.settlement.receipts.parsing import (
    parse_assignment,
    parse_bank_receipt,
    parse_match,
    parse_return,
    parse_tolerance,
    parse_unmatch,
)
from ledger.settlement.sheets.model import Sheet
from tests.ledger.settlement.sheets.world import World, at

Document = dict[str, Any]
Outcome = RecordedReceipt | MatchStep | Refused
CASHIER = Actor("cashier")
TODAY = "2024-07-10"


def receipt(amount: str, reference: str = "R1", **more: Any) -> Document:
    return {
        "reference": reference,
        "legalEntity": "LE",
        "bankAccount": "BOC-1",
        "currency": "CNY",
        "amount": amount,
        "valueDate": "2024-07-09",
        **more,
    }


def match(receipt_id: int, sheet: Sheet | int, amount: str = "", reference: str = "T1", **more: Any) -> Document:
    number = sheet if isinstance(sheet, int) else sheet.sheet_id
    some = {"amount": amount, "currency": "CNY"} if amount else {}
    return {"reference": reference, "receipt": receipt_id, "sheet": number, **some, **more}


def returning(receipt_id: int, amount: str = "", reference: str = "B1", **more: Any) -> Document:
    some = {"amount": amount, "currency": "CNY"} if amount else {}
    return {"reference": reference, "receipt": receipt_id, "reason": "Sent twice.", **some, **more}


async def owing(world: World, amount: int, *, party: str = "M1", month: int = 6, currency: str = "CNY") -> Sheet:
    """The sheet of a party that owes so much from one month, carried forward."""
    await world.set_terms(party=party, role="MERCHANT", confirmation="NONE")
    await world.earn(party, -amount, f"2024-{month:02}-05", currency=currency)
    await world.settle(f"2024-{month + 1:02}-01")
    return next(sheet for sheet in reversed(await world.sheets(party)) if sheet.total == -amount)


async def record(world: World, *documents: Document, when: str = TODAY) -> list[recording.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_bank_receipt(each) for each in documents]
        return await recording.record_receipts(conn, drafts=drafts, actor=CASHIER, now=at(when))


async def recorded(world: World, document: Document) -> int:
    """Record a receipt that is accepted; its number."""
    (outcome,) = await record(world, document)
    assert isinstance(outcome, RecordedReceipt), outcome
    return outcome.receipt_id


async def match_all(world: World, *documents: Document, when: str = TODAY) -> list[matching.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_match(each) for each in documents]
        return await matching.match_receipts(conn, drafts=drafts, actor=CASHIER, now=at(when))


async def matched(world: World, document: Document) -> MatchStep:
    (outcome,) = await match_all(world, document)
    assert isinstance(outcome, MatchStep), outcome
    return outcome


async def unmatch(
    world: World, *match_ids: int, reason: str = "Not theirs.", actor: Actor = CASHIER
) -> list[unmatching.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_unmatch({"match": match_id, "reason": reason}) for match_id in match_ids]
        return await unmatching.unmatch_receipts(conn, drafts=drafts, actor=actor, now=at("2024-07-11"))


async def give_back(world: World, *documents: Document, actor: Actor = CASHIER) -> list[giving_back.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_return(each) for each in documents]
        return await giving_back.return_receipts(conn, drafts=drafts, actor=actor, now=at("2024-07-12"))


async def assign(world: World, *documents: Document) -> list[assigning.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [parse_assignment(each) for each in documents]
        return await assigning.assign_receipts(conn, drafts=drafts, actor=CASHIER, now=at("2024-07-12"))


async def tolerate(
    world: World, *amounts: str, legal_entity: str = "LE", currency: str = "CNY"
) -> list[tolerating.Outcome]:
    async with world.database.write(world.platform_id) as conn:
        drafts = [
            parse_tolerance({"legalEntity": legal_entity, "currency": currency, "amount": each}) for each in amounts
        ]
        return await tolerating.set_tolerances(conn, drafts=drafts, actor=CASHIER, now=at(TODAY))


def said(outcomes: list[Any]) -> list[str]:
    """The code of each refusal, "replayed", or "" where it was done now."""
    return [each.error.code if isinstance(each, Refused) else "replayed" * each.replayed for each in outcomes]


async def unidentified(world: World) -> list[int]:
    """What is unidentified of each receipt, in the order of their numbers."""
    rows = await world.rows(
        "SELECT amount_minor - matched_minor - returned_minor AS rest FROM receipt ORDER BY receipt_id"
    )
    return [row["rest"] for row in rows]


async def owed(world: World, sheet: Sheet) -> int:
    return (await world.sheet(sheet.sheet_id)).owed
