"""What the database alone refuses of receipts, whoever asks."""

from datetime import date

import asyncpg
import pytest

from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import write_entries
from tests.ledger.settlement.receipts.telling import match, matched, owing, receipt, recorded, unmatch
from tests.ledger.settlement.sheets.world import TESTER, World

RECEIPT = """
    INSERT INTO receipt (
        platform_id, book_id, sequence, amount_minor, matched_minor, recorded_at, value_date, currency, reference,
        bank_account, payer, recorded_by, fingerprint
    )
    SELECT platform_id, book_id, {sequence}, {amount}, {matched}, now(), value_date, currency, {reference},
        bank_account, payer, recorded_by, fingerprint FROM receipt WHERE reference = 'R1'
"""
NEW_RECEIPT = {"sequence": "1", "amount": "amount_minor", "matched": "0", "reference": "'R9'"}
MATCH = """
    INSERT INTO receipt_match (
        platform_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by
    )
    SELECT m.platform_id, {receipt}, {sheet}, {sequence}, {amount}, now(), {reference}, 'x' FROM receipt_match AS m
    WHERE m.reference = 'T1'
"""
NEW_MATCH = {
    "receipt": "m.receipt_id",
    "sheet": "m.sheet_id",
    "sequence": "m.sequence",
    "amount": "m.amount_minor",
    "reference": "'T9'",
}
UNMATCH = """
    INSERT INTO receipt_unmatch (platform_id, match_id, sequence, unmatched_at, reason, unmatched_by)
    SELECT m.platform_id, m.match_id, {sequence}, now(), {reason}, 'x' FROM receipt_match AS m
    WHERE m.reference = {reference}
"""
POSITIVE = "(SELECT sheet_id FROM sheet WHERE total_minor > 0 LIMIT 1)"
DOLLARS = "(SELECT sheet_id FROM sheet WHERE total_minor < 0 AND currency = 'USD')"


def new_receipt(**changed: str) -> str:
    return RECEIPT.format(**{**NEW_RECEIPT, **changed})


def new_match(**changed: str) -> str:
    return MATCH.format(**{**NEW_MATCH, **changed})


def undo(sequence: str, *, reason: str = "'x'", reference: str = "'T1'") -> str:
    return UNMATCH.format(sequence=sequence, reason=reason, reference=reference)


LAWS = [
    ("receipt_is_matched_at_most_as_a_whole", "UPDATE receipt SET matched_minor = amount_minor + 1"),
    ("receipt_is_matched_at_most_as_a_whole", "UPDATE receipt SET matched_minor = -1"),
    ("RECEIPT_UNEVEN", "UPDATE receipt SET matched_minor = matched_minor + 1 WHERE reference = 'R1'"),
    ("permission denied", "UPDATE receipt SET amount_minor = amount_minor + 1"),
    ("permission denied", "UPDATE receipt SET payer = 'somebody else'"),
    ("permission denied", "DELETE FROM receipt"),
    ("permission denied", "UPDATE receipt_match SET amount_minor = 1"),
    ("permission denied", "DELETE FROM receipt_match"),
    ("permission denied", "UPDATE receipt_unmatch SET reason = 'better'"),
    ("permission denied", "DELETE FROM receipt_unmatch"),
    ("receipt_is_recorded_once", new_receipt(reference="'R1'")),
    ("receipt_has_an_entry_of_its_own", new_receipt(sequence="sequence")),
    ("violates check", new_receipt(amount="0")),
    ("violates check", new_receipt(reference="''")),
    ("RECEIPT_NOT_POSTED", new_receipt()),
    ("RECEIPT_NOT_POSTED", new_receipt(sequence="99999999")),
    ("receipt_is_matched_once", new_match(reference="'T1'", sequence="1")),
    ("match_has_an_entry_of_its_own", new_match()),
    ("violates check", new_match(amount="0", sequence="1")),
    ("match_is_of_a_receipt", new_match(receipt="1", sequence="1")),
    ("match_is_of_a_sheet", new_match(sheet="1", sequence="1")),
    ("RECEIPT_MATCH_NOT_POSTED", new_match(sequence="1")),
    ("RECEIPT_MATCH_FOREIGN", new_match(sequence="1", sheet=POSITIVE)),
    ("RECEIPT_MATCH_FOREIGN", new_match(sequence="1", sheet=DOLLARS)),
    ("RECEIPT_UNMATCH_NOT_POSTED", undo("m.sequence")),
    ("violates check", undo("1", reason="''")),
    ("match_is_undone_once", undo("1", reference="'T2'")),
]


async def tell_everything(world: World) -> None:
    """A match that stands and one that was undone, of one receipt and sheet, and sheets that owe otherwise or not."""
    await world.earn("A1", 100, "2024-06-05", code="2020")
    await owing(world, 500, currency="USD")
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    await matched(world, match(number, sheet, "20.00"))
    step = await matched(world, match(number, sheet, "10.00", "T2"))
    await unmatch(world, step.match.match_id)


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_what_the_program_would_not_write(world: World, law: str, statement: str) -> None:
    await tell_everything(world)

    with pytest.raises(asyncpg.PostgresError) as refused:
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


OWNERS_LAWS = [
    ("DOCUMENT_FIXED", "UPDATE receipt SET amount_minor = amount_minor + 1"),
    ("DOCUMENT_FIXED", "UPDATE receipt SET payer = 'somebody else'"),
    ("APPEND_ONLY", "DELETE FROM receipt"),
    ("APPEND_ONLY", "UPDATE receipt_match SET amount_minor = 1"),
    ("APPEND_ONLY", "DELETE FROM receipt_unmatch"),
]


@pytest.mark.parametrize(("law", "statement"), OWNERS_LAWS)
async def test_not_even_the_owner_of_the_tables_changes_what_was_told(
    world: World, module_database: str, law: str, statement: str
) -> None:
    await tell_everything(world)
    owner = await asyncpg.connect(module_database)
    try:
        with pytest.raises(asyncpg.PostgresError, match=law):
            await owner.execute(statement)
    finally:
        await owner.close()


CLEARED = "UPDATE receipt SET matched_minor = matched_minor + 100"


@pytest.mark.parametrize(
    ("law", "receipt_update"), [("RECEIPT_MATCH_NOT_ON_SHEET", CLEARED), ("RECEIPT_UNEVEN", "SELECT 1")]
)
async def test_a_posted_match_that_its_sheet_or_its_receipt_does_not_know_is_refused(
    world: World, law: str, receipt_update: str
) -> None:
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    book_id, party_id = await world.id_of("LE"), await world.id_of("M1")
    accounts = (AccountKey(book_id, "2210", None, "CNY"), AccountKey(book_id, "1200", party_id, "CNY"))
    draft = EntryDraft(
        key="by hand",
        book_id=book_id,
        business_date=date(2024, 7, 10),
        lines=(LineDraft(accounts[0], DEBIT, 100), LineDraft(accounts[1], CREDIT, 100)),
        document=f"receipt/{number}",
        document_line=str(sheet.sheet_id),
    )

    async def match_by_hand() -> None:
        async with world.database.write(world.platform_id) as conn:
            (posted,) = (await write_entries(conn, drafts=[draft], events=[], actor=TESTER)).outcomes
            assert isinstance(posted, Posted)
            await conn.execute(
                f"""
                WITH cleared AS ({receipt_update})
                INSERT INTO receipt_match (
                    platform_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by
                ) VALUES ($1, $2, $3, $4, 100, now(), 'T1', 'x')
                """,
                world.platform_id,
                number,
                sheet.sheet_id,
                posted.sequence,
            )

    with pytest.raises(asyncpg.PostgresError, match=law):
        await match_by_hand()
