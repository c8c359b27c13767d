"""What the charging oracle refuses, and that a refusal leaves nothing behind."""

import pytest

from tests.oracle.small_world import SUCCEEDED, UNFROZEN, Event, item, later, paid, refunded, refusal_of

PAID_1, REJECTED_1 = later("refund.paid", refund="1"), later("refund.rejected", refund="1")


@pytest.mark.parametrize(
    ("code", "events"),
    [
        ("ORDER_MISSING", [SUCCEEDED]),
        ("IDEMPOTENCY_CONFLICT", [paid("100.00"), paid("99.00")]),
        ("INVALID_INPUT", [{**paid("100.00"), "surprise": 1}]),
        ("INVALID_INPUT", [{**paid("100.00"), "event": "order.lost"}]),
        ("INVALID_INPUT", [paid("100.00", {**item("100.00"), "gift": True})]),
        ("INVALID_INPUT", [paid("100.00", item("50.00"), item("50.00"))]),
        ("INVALID_INPUT", [paid("1.000")]),
        ("INVALID_INPUT", [paid("0.00")]),
        ("INVALID_INPUT", [paid("-1.00")]),
        ("INVALID_INPUT", [paid("10000000000000.01")]),
        ("AMOUNT_MISMATCH", [paid("100.00", item("99.99"))]),
        ("PARTY_OF_KIND_MISSING", [paid("100.00", item("100.00", merchant="D1"))]),
        ("PARTY_OF_KIND_MISSING", [paid("100.00", referrer="M1")]),
        ("PARTY_OF_KIND_MISSING", [paid("100.00", settlementEntity="OP")]),
        ("NO_PLAN_IN_FORCE", [paid("100.00", at="2024-12-31T15:59:59Z")]),
        ("LINE_EXISTS", [paid("100.00"), paid("100.00", key="again")]),
        ("ORDER_MISMATCH", [paid("100.00"), paid("100.00", item("100.00", line="2"), key="2", currency="USD")]),
        ("ORDER_ALREADY_SUCCEEDED", [paid("100.00"), SUCCEEDED, paid("1.00", item("1.00", line="2"), key="2")]),
        ("ORDER_ALREADY_SUCCEEDED", [paid("100.00"), SUCCEEDED, {**SUCCEEDED, "id": "again"}]),
        ("ORDER_ALREADY_UNFROZEN", [paid("100.00"), UNFROZEN, {**UNFROZEN, "id": "again"}]),
        ("ORDER_LINE_MISSING", [paid("100.00"), refunded("1", "1.00", line="2")]),
        ("REFUND_EXISTS", [paid("100.00"), refunded("1", "1.00"), {**refunded("1", "1.00"), "id": "again"}]),
        ("REFUND_MISSING", [paid("100.00"), PAID_1]),
        (
            "REFUND_ALREADY_PAID",
            [
                paid("100.00"),
                refunded("1", "1.00"),
                PAID_1,
                REJECTED_1,
            ],
        ),
        (
            "REFUND_ALREADY_REJECTED",
            [
                paid("100.00"),
                refunded("1", "1.00"),
                REJECTED_1,
                PAID_1,
            ],
        ),
    ],
)
def test_a_refused_event_has_a_reason_and_changes_nothing(code: str, events: list[Event]) -> None:
    assert refusal_of(*events) == code
