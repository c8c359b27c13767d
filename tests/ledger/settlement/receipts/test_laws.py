"""What the database alone refuses of receipts, whoever asks."""

from datetime import date

import asyncpg
import pytest

from ledger.db.connecting import Database
from ledger.journal.manual import post_manual_entries, reverse_manual_entries
from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft, Posted
from ledger.journal.posting import write_entries
from ledger.journal.reversing import Reversal
from ledger.settlement.sheets.model import MovementKind, Take
from ledger.settlement.sheets.payable import take_from_sheets
from tests.ledger.settlement.receipts.telling import (
    CASHIER,
    give_back,
    match,
    matched,
    owing,
    receipt,
    recorded,
    returning,
    said,
    tolerate,
    unmatch,
)
from tests.ledger.settlement.sheets.world import TESTER, World, at

RECEIPT = """
    INSERT INTO receipt (
        platform_id, book_id, sequence, amount_minor, matched_minor, recorded_at, deadline, value_date, currency,
        reference, bank_account, payer, recorded_by, reason, owner, fingerprint
    )
    SELECT platform_id, book_id, {sequence}, {amount}, {matched}, now(), {deadline}, value_date, currency, {reference},
        bank_account, payer, recorded_by, {reason}, {owner}, fingerprint FROM receipt WHERE reference = 'R1'
"""
NEW_RECEIPT = {
    "sequence": "1",
    "amount": "amount_minor",
    "matched": "0",
    "reference": "'R9'",
    "deadline": "now() + interval '30 days'",
    "reason": "reason",
    "owner": "owner",
}
MATCH = """
    INSERT INTO receipt_match (
        platform_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by, rest_minor,
        rest_sequence, clears_rest
    )
    SELECT m.platform_id, {receipt}, {sheet}, {sequence}, {amount}, now(), {reference}, 'x', {rest}, {rest_sequence},
        {clears_rest} FROM receipt_match AS m
    WHERE m.reference = 'T1'
"""
NEW_MATCH = {
    "receipt": "m.receipt_id",
    "sheet": "m.sheet_id",
    "sequence": "m.sequence",
    "amount": "m.amount_minor",
    "reference": "'T9'",
    "rest": "0",
    "rest_sequence": "NULL",
    "clears_rest": "false",
}
UNMATCH = """
    INSERT INTO receipt_unmatch (platform_id, match_id, sequence, unmatched_at, reason, unmatched_by)
    SELECT m.platform_id, m.match_id, {sequence}, now(), {reason}, 'x' FROM receipt_match AS m
    WHERE m.reference = {reference}
"""
RETURN = """
    INSERT INTO receipt_return (
        platform_id, receipt_id, sequence, amount_minor, returned_at, reference, reason, returned_by
    )
    SELECT platform_id, {receipt}, {sequence}, {amount}, now(), {reference}, {reason}, 'x' FROM receipt_return
    WHERE reference = 'B1'
"""
NEW_RETURN = {"receipt": "receipt_id", "sequence": "1", "amount": "1", "reference": "'B9'", "reason": "reason"}
TOLERANCE = """
    INSERT INTO receipt_tolerance (platform_id, book_id, tolerance_minor, set_at, currency, set_by)
    SELECT platform_id, {book}, {amount}, now(), 'CNY', 'x' FROM receipt WHERE reference = 'R1'
"""
# A debt that somebody says was collected, with a figure to match, by one statement as the program writes it.
COLLECT = """
    WITH owing AS (
        UPDATE sheet SET {figure} = {figure} + 1 WHERE sheet_id = (
            SELECT max(o.sheet_id) FROM sheet AS o WHERE o.total_minor < 0 AND o.currency = 'CNY'
        ) RETURNING platform_id, sheet_id
    )
    INSERT INTO sheet_movement (platform_id, sheet_id, amount_minor, moved_at, kind, reference, actor)
    SELECT platform_id, sheet_id, 1, now(), '{kind}', '{reference}', 'x' FROM owing
"""
POSITIVE = "(SELECT sheet_id FROM sheet WHERE total_minor > 0 LIMIT 1)"
DOLLARS = "(SELECT sheet_id FROM sheet WHERE total_minor < 0 AND currency = 'USD')"


def new_receipt(**changed: str) -> str:
    return RECEIPT.format(**{**NEW_RECEIPT, **changed})


def new_match(**changed: str) -> str:
    return MATCH.format(**{**NEW_MATCH, **changed})


def new_return(**changed: str) -> str:
    return RETURN.format(**{**NEW_RETURN, **changed})


def new_tolerance(*, book: str = "book_id", amount: str = "1") -> str:
    return TOLERANCE.format(book=book, amount=amount)


def collect(reference: str, *, kind: str = "COLLECTED") -> str:
    return COLLECT.format(reference=reference, kind=kind, figure=f"{kind.lower()}_minor")


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
    ("receipt_says_why_it_waits", new_receipt(reason="''")),
    ("receipt_has_an_owner", new_receipt(owner="''")),
    ("receipt_has_a_deadline", new_receipt(deadline="now()")),
    ("RECEIPT_UNEVEN", "UPDATE receipt SET returned_minor = returned_minor + 1 WHERE reference = 'R1'"),
    ("receipt_is_matched_at_most_as_a_whole", "UPDATE receipt SET returned_minor = amount_minor - matched_minor + 1"),
    ("permission denied", "UPDATE receipt SET deadline = deadline + interval '1 day'"),
    ("RECEIPT_NOT_POSTED", new_receipt()),
    ("RECEIPT_NOT_POSTED", new_receipt(sequence="99999999")),
    ("receipt_is_matched_once", new_match(reference="'T1'", sequence="1")),
    ("match_has_an_entry_of_its_own", new_match()),
    ("violates check", new_match(amount="0", sequence="1")),
    ("match_is_of_a_receipt", new_match(receipt="0", sequence="1")),
    ("match_is_of_a_sheet", new_match(sheet="0", sequence="1")),
    ("RECEIPT_MATCH_NOT_POSTED", new_match(sequence="1")),
    ("RECEIPT_MATCH_FOREIGN", new_match(sequence="1", sheet=POSITIVE)),
    ("RECEIPT_MATCH_FOREIGN", new_match(sequence="1", sheet=DOLLARS)),
    ("rest_of_a_match_has_an_entry", new_match(sequence="1", rest="1", clears_rest="true")),
    ("rest_of_a_match_was_asked_for", new_match(sequence="1", rest="1", rest_sequence="2")),
    ("rest_of_a_match_has_an_entry", new_match(sequence="1", rest_sequence="2")),
    ("permission denied", "DELETE FROM receipt_return"),
    ("permission denied", "UPDATE receipt_return SET reason = 'better'"),
    ("permission denied", "UPDATE receipt_tolerance SET tolerance_minor = 99"),
    ("permission denied", "DELETE FROM receipt_tolerance"),
    ("tolerance_is_of_a_book", new_tolerance(book="0")),
    ("violates check", new_tolerance(amount="-1")),
    ("receipt_is_returned_once", new_return(reference="'B1'")),
    ("return_has_an_entry_of_its_own", new_return(sequence="sequence")),
    ("return_is_of_a_receipt", new_return(receipt="0")),
    ("violates check", new_return(amount="0")),
    ("violates check", new_return(reason="''")),
    ("RECEIPT_RETURN_NOT_POSTED", new_return()),
    ("COLLECTED_WITHOUT_MATCH", collect("bank/1")),
    ("COLLECTED_WITHOUT_MATCH", collect("receipt/x")),
    ("RECEIPT_MATCH_NOT_ON_SHEET", collect("receipt/999999")),
    ("RECEIPT_MATCH_NOT_ON_SHEET", collect("receipt/999999", kind="WRITTEN_OFF")),
    ("RECEIPT_UNMATCH_NOT_POSTED", undo("m.sequence")),
    ("violates check", undo("1", reason="''")),
    ("match_is_undone_once", undo("1", reference="'T2'")),
]


@pytest.fixture(scope="module")
async def told(database: Database) -> World:
    """One world for all that is refused, because what is refused leaves it as it was."""
    world = await World.open(database)
    assert isinstance(world, World)
    await tell_everything(world)
    return world


async def tell_everything(world: World) -> None:
    """A match that stands and one that was undone, of one receipt and sheet, and sheets that owe otherwise or not."""
    await world.earn("A1", 100, "2024-06-05", code="2020")
    await owing(world, 500, currency="USD")
    sheet = await owing(world, 12_000)
    number = await recorded(world, receipt("70.00"))
    await matched(world, match(number, sheet, "20.00"))
    step = await matched(world, match(number, sheet, "10.00", "T2"))
    await unmatch(world, step.match.match_id)
    assert said(await give_back(world, returning(number, "5.00"))) == [""]


@pytest.mark.parametrize(("law", "statement"), LAWS)
async def test_the_database_refuses_what_the_program_would_not_write(told: World, law: str, statement: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with told.database.write(told.platform_id) as conn:
            await conn.execute(statement)

    assert law in (getattr(refused.value, "constraint_name", None) or "") + str(refused.value)


OWNERS_LAWS = [
    ("DOCUMENT_FIXED", "UPDATE receipt SET amount_minor = amount_minor + 1"),
    ("DOCUMENT_FIXED", "UPDATE receipt SET payer = 'somebody else'"),
    ("APPEND_ONLY", "DELETE FROM receipt"),
    ("APPEND_ONLY", "UPDATE receipt_match SET amount_minor = 1"),
    ("APPEND_ONLY", "DELETE FROM receipt_unmatch"),
    ("APPEND_ONLY", "UPDATE receipt_return SET amount_minor = 1"),
    ("APPEND_ONLY", "DELETE FROM receipt_tolerance"),
    ("DOCUMENT_FIXED", "UPDATE receipt SET deadline = deadline + interval '1 day'"),
]


@pytest.mark.parametrize(("law", "statement"), OWNERS_LAWS)
async def test_not_even_the_owner_of_the_tables_changes_what_was_told(
    told: World, module_database: str, law: str, statement: str
) -> None:
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


async def clear_by_hand(world: World, *, rest: int, given_up: str) -> None:
    """Match all but `rest` of a debt of 100, and give up the rest, going round the program."""
    sheet = await owing(world, 100)
    number = await recorded(world, receipt("70.00"))
    book_id, party_id = await world.id_of("LE"), await world.id_of("M1")
    unidentified, rounding = (AccountKey(book_id, code, None, "CNY") for code in ("2210", given_up))
    owed = AccountKey(book_id, "1200", party_id, "CNY")
    drafts = [
        EntryDraft(
            key=f"by hand {code}",
            book_id=book_id,
            business_date=date(2024, 7, 10),
            lines=(LineDraft(debited, DEBIT, amount), LineDraft(owed, CREDIT, amount)),
            document=f"receipt/{number}",
            document_line=str(sheet.sheet_id),
        )
        for code, debited, amount in (("match", unidentified, 100 - rest), ("rest", rounding, rest))
    ]
    takes = [
        Take(sheet.sheet_id, MovementKind.WRITTEN_OFF, rest, f"receipt/{number}"),
        Take(sheet.sheet_id, MovementKind.COLLECTED, 100 - rest, f"receipt/{number}"),
    ]
    async with world.database.write(world.platform_id) as conn:
        await take_from_sheets(conn, takes=takes, actor=CASHIER, now=at("2024-07-10"))
        written = await write_entries(conn, drafts=drafts, events=[], actor=TESTER)
        sequences = [each.sequence for each in written.outcomes if isinstance(each, Posted)]
        await conn.execute(
            """
            WITH cleared AS (UPDATE receipt SET matched_minor = $4::bigint)
            INSERT INTO receipt_match (
                platform_id, receipt_id, sheet_id, sequence, amount_minor, matched_at, reference, matched_by,
                rest_minor, rest_sequence, clears_rest
            ) VALUES ($1, $2, $3, $5, $4, now(), 'T1', 'x', $6, $7, true)
            """,
            world.platform_id,
            number,
            sheet.sheet_id,
            100 - rest,
            sequences[0],
            rest,
            sequences[1],
        )


@pytest.mark.parametrize(
    ("law", "rest", "code"),
    [("RECEIPT_REST_TOO_LARGE", 4, "5070"), ("RECEIPT_REST_NOT_POSTED", 3, "5090"), ("", 3, "5070")],
)
async def test_a_rest_above_what_is_tolerated_or_posted_elsewhere_is_refused(
    world: World, law: str, rest: int, code: str
) -> None:
    await tolerate(world, "0.03")

    if not law:
        await clear_by_hand(world, rest=rest, given_up=code)
        return
    with pytest.raises(asyncpg.PostgresError, match=law):
        await clear_by_hand(world, rest=rest, given_up=code)


async def test_what_is_undone_without_its_rest_is_refused(world: World) -> None:
    await tolerate(world, "0.03")
    sheet = await owing(world, 100)
    number = await recorded(world, receipt("0.97"))
    await matched(world, match(number, sheet, clearRest=True))

    with pytest.raises(asyncpg.PostgresError, match="RECEIPT_UNMATCH_NOT_POSTED"):
        async with world.database.write(world.platform_id) as conn:
            await conn.execute(undo("1"))


async def test_no_hand_moves_what_is_unidentified(world: World) -> None:
    number = await recorded(world, receipt("70.00"))
    book_id = await world.id_of("LE")
    lines = (
        LineDraft(AccountKey(book_id, "2210", None, "CNY"), DEBIT, 1),
        LineDraft(AccountKey(book_id, "4040", None, "CNY"), CREDIT, 1),
    )
    draft = EntryDraft(key="by hand", book_id=book_id, business_date=date(2024, 7, 10), lines=lines)
    (row,) = await world.rows("SELECT sequence FROM receipt WHERE receipt_id = $1", number)

    async with world.database.write(world.platform_id) as conn:
        posted = await post_manual_entries(conn, drafts=[draft], actor=TESTER, now=at("2024-07-10"))
        reversal = Reversal("back", row["sequence"], date(2024, 7, 10))
        reversed_ = await reverse_manual_entries(conn, reversals=[reversal], actor=TESTER, now=at("2024-07-10"))

    assert said([*posted, *reversed_]) == ["OWNED_BY_DOCUMENT"] * 2
    assert await world.net("2210") == [7_000]
