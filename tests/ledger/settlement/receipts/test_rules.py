"""What may be matched, by the figures alone; and how receipts are read."""

from datetime import date
from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.settlement.receipts.model import MatchDraft, Receipt, ReceiptDraft, UnmatchDraft
from ledger.settlement.receipts.parsing import parse_bank_receipt, parse_match, parse_unmatch
from ledger.settlement.receipts.rules import clear
from tests.ledger.settlement.receipts.telling import Document, match, receipt


def test_what_is_cleared_of_a_receipt_comes_back_when_it_is_unmatched() -> None:
    whole = Receipt(7, "R1", 2, "CNY", 7_000, 0)

    cleared = clear(whole, 2_000)

    assert (cleared.matched, cleared.unidentified, cleared.subject) == (2_000, 5_000, "receipt/7")
    assert clear(cleared, -2_000) == whole


def test_documents_are_read_as_they_say() -> None:
    read = parse_bank_receipt(receipt("70.00", payer="王芳"))

    assert read == ReceiptDraft("R1", "LE", "BOC-1", "CNY", 7_000, date(2024, 7, 9), "王芳", read.content)
    assert parse_bank_receipt(receipt("5", currency="JPY")).amount == 5
    assert parse_match(match(3, 4)) == MatchDraft("T1", 3, 4)
    assert parse_match(match(3, 4, "1.50")) == MatchDraft("T1", 3, 4, 150, "CNY")
    assert parse_unmatch({"match": 5, "reason": "Not theirs."}) == UnmatchDraft(5, "Not theirs.")


BAD_RECEIPTS: list[tuple[Document, str, tuple[str, ...]]] = [
    (receipt("0"), "AMOUNT_NOT_POSITIVE", ("amount",)),
    (receipt("-1.00"), "AMOUNT_NOT_POSITIVE", ("amount",)),
    (receipt("1.001"), "AMOUNT_TOO_PRECISE", ("amount",)),
    (receipt("10000000000000.01"), "AMOUNT_TOO_LARGE", ("amount",)),
    (receipt("1e3"), "AMOUNT_INVALID", ("amount",)),
    (receipt("1.00", currency="XXX"), "CURRENCY_UNKNOWN", ("currency",)),
    (receipt("1.00", valueDate="2024-02-30"), "INVALID_INPUT", ("valueDate",)),
    (receipt("1.00", reference=""), "INVALID_INPUT", ("reference",)),
    (receipt("1.00", reference="x" * 201), "INVALID_INPUT", ("reference",)),
    (receipt("1.00", bankAccount="a\nb"), "INVALID_INPUT", ("bankAccount",)),
    (receipt("1.00", payer=" "), "INVALID_INPUT", ("payer",)),
    (receipt("1.00", payer=7), "INVALID_INPUT", ("payer",)),
    (receipt("1.00", from_="x"), "INVALID_INPUT", ("from_",)),
    ({"reference": "R1"}, "INVALID_INPUT", ("amount",)),
]
BAD_MATCHES: list[tuple[Document, str, tuple[str, ...]]] = [
    (match(0, 4), "INVALID_INPUT", ("receipt",)),
    (match(True, 4), "INVALID_INPUT", ("receipt",)),
    (match(3, 2**63), "INVALID_INPUT", ("sheet",)),
    (match(3, 4, amount="1.00"), "INVALID_INPUT", ("amount",)),
    (match(3, 4, currency="CNY"), "INVALID_INPUT", ("amount",)),
    (match(3, 4, "0.00"), "AMOUNT_NOT_POSITIVE", ("amount",)),
    (match(3, 4, reference=" T"), "INVALID_INPUT", ("reference",)),
]
BAD_MATCHES[3][0].pop("currency")
BAD_UNMATCHES: list[tuple[Document, str, tuple[str, ...]]] = [
    ({"match": "1", "reason": "x"}, "INVALID_INPUT", ("match",)),
    ({"match": 1, "reason": ""}, "INVALID_INPUT", ("reason",)),
    ({"match": 1}, "INVALID_INPUT", ("reason",)),
]


@pytest.mark.parametrize(
    ("read", "document", "code", "field"),
    [
        *((parse_bank_receipt, *bad) for bad in BAD_RECEIPTS),
        *((parse_match, *bad) for bad in BAD_MATCHES),
        *((parse_unmatch, *bad) for bad in BAD_UNMATCHES),
    ],
)
def test_what_is_no_such_document_is_refused_by_its_field(
    read: Any, document: Document, code: str, field: tuple[str, ...]
) -> None:
    with pytest.raises(LedgerError) as refused:
        read(document)

    assert (refused.value.code, refused.value.field) == (code, field)
