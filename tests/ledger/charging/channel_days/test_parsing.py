"""A channel's file is read whole and right, or not at all."""

from datetime import date
from typing import Any

import pytest

from ledger.charging.channel_days.model import RecordKind, Totals
from ledger.charging.channel_days.parsing import parse_channel_file
from ledger.errors import LedgerError
from tests.ledger.charging.channel_days.files import Line, capture, make_lines, refund, total

LINES = make_lines(capture("O1", "100.00", "0.60"), capture("O2", "50.00", "0.30"), refund("O1", "R1", "30.00", "0.18"))


def test_a_file_says_what_was_captured_refunded_and_charged_with_its_totals():
    file = parse_channel_file(LINES)

    (section,) = file.sections
    assert (file.name, file.channel, file.day, file.platform) == ("F1", "sandbox", date(2025, 3, 1), "")
    assert (section.legal_entity, section.currency) == ("LE", "CNY")
    assert section.totals == Totals(2, 150_00, 90, 1, 30_00, 18)
    assert [(each.kind, each.order, each.name, each.amount, each.fee) for each in section.records] == [
        (RecordKind.CAPTURE, "O1", "t-O1", 100_00, 60),
        (RecordKind.CAPTURE, "O2", "t-O2", 50_00, 30),
        (RecordKind.REFUND, "O1", "R1", 30_00, 18),
    ]


def test_the_fingerprint_is_of_what_is_said_in_whatever_order():
    (section,) = parse_channel_file(LINES).sections
    (turned,) = parse_channel_file([LINES[0], *LINES[3:0:-1], *LINES[4:]]).sections
    (other,) = parse_channel_file(make_lines(capture("O1", "100.00", "0.61"), *LINES[2:4])).sections

    assert section.fingerprint == turned.fingerprint != other.fingerprint


def test_a_day_on_which_nothing_happened_is_a_section_of_nothing():
    (section,) = parse_channel_file(make_lines()).sections

    assert (section.records, section.totals) == ((), Totals())


def _with(place: int, **said: Any) -> list[Line]:
    return [{**line, **said} if number == place else line for number, line in enumerate(LINES)]


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ([], "INVALID_INPUT", "1"),
        (LINES[1:], "INVALID_INPUT", "1"),
        (_with(0, version=2), "INVALID_INPUT", "1"),
        (_with(0, version=True), "INVALID_INPUT", "1"),
        (_with(0, day="2025-02-30"), "INVALID_INPUT", "1"),
        (_with(0, surprise=1), "INVALID_INPUT", "1"),
        (LINES[:2], "CHANNEL_FILE_CUT_OFF", None),
        (LINES[:-1], "CHANNEL_FILE_CUT_OFF", None),
        (_with(5, records=2), "CHANNEL_FILE_CUT_OFF", None),
        (_with(5, records=3.0), "CHANNEL_FILE_CUT_OFF", None),
        (_with(5, name="F2"), "CHANNEL_FILE_CUT_OFF", None),
        ([*LINES[:4], LINES[5]], "CHANNEL_FILE_CUT_OFF", None),
        ([LINES[0], LINES[1], LINES[4], *LINES[2:4], LINES[5]], "CHANNEL_FILE_UNEVEN", "3"),
        ([*LINES, LINES[1]], "INVALID_INPUT", "7"),
        ([*LINES[:2], LINES[1], *LINES[2:]], "CHANNEL_RECORD_TWICE", "3"),
        ([*LINES[:5], LINES[4], LINES[5]], "INVALID_INPUT", "6"),
        (_with(4, captured="150.01"), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(4, captures=3), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(4, captures=10**5_000), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(4, fees="0.89"), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(4, feesReturned="0.17"), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(4, currency="USD"), "CHANNEL_FILE_UNEVEN", "5"),
        (_with(1, line="CHARGE"), "INVALID_INPUT", "2"),
        (_with(1, amount="-1.00"), "AMOUNT_NOT_POSITIVE", "2"),
        (_with(1, amount="0.00"), "AMOUNT_NOT_POSITIVE", "2"),
        (_with(1, amount="1e9"), "AMOUNT_INVALID", "2"),
        (_with(1, amount="NaN"), "AMOUNT_INVALID", "2"),
        (_with(1, amount=100.0), "AMOUNT_INVALID", "2"),
        (_with(1, amount="100.001"), "AMOUNT_TOO_PRECISE", "2"),
        (_with(1, amount="9" * 30), "AMOUNT_TOO_LARGE", "2"),
        (_with(1, fee="-0.01"), "AMOUNT_NOT_POSITIVE", "2"),
        (_with(1, currency="XXX"), "CURRENCY_UNKNOWN", "2"),
        (_with(1, occurredAt="2025-03-01"), "INVALID_INPUT", "2"),
        (_with(1, order="x" * 201), "INVALID_INPUT", "2"),
        (_with(1, order="a\x00b"), "INVALID_INPUT", "2"),
        (_with(3, fee="0.00"), "INVALID_INPUT", "4"),
    ],
)
def test_a_file_that_is_not_whole_and_right_is_refused_as_a_whole(lines: list[Line], code: str, place: str | None):
    with pytest.raises(LedgerError) as refused:
        parse_channel_file(lines)

    assert refused.value.code == code
    assert refused.value.field[:1] == (() if place is None else (place,))


def test_a_total_names_what_the_records_make():
    with pytest.raises(LedgerError, match=r"LE CNY: fees is '0\.91' in the file's total, its records make 0\.90\."):
        parse_channel_file([*LINES[:4], {**LINES[4], "fees": "0.91"}, LINES[5]])
    with pytest.raises(LedgerError, match=r"captures is 1 in the file's total, its records make 2\."):
        parse_channel_file([*LINES[:4], {**LINES[4], "captures": 1}, LINES[5]])


def test_two_entities_and_currencies_are_sections_of_their_own():
    other = capture("O2", "7.00", settlementEntity="LE2", currency="USD")

    file = parse_channel_file(make_lines(LINES[1], other))

    assert [(each.legal_entity, each.currency, each.totals.captured) for each in file.sections] == [
        ("LE", "CNY", 100_00),
        ("LE2", "USD", 7_00),
    ]
    assert total("LE2", "USD")["line"] == "TOTAL"
