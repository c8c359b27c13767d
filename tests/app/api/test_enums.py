"""The API's enums say what the ledger can say, and nothing else."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from strawberry.types.enum import StrawberryEnumDefinition

from app.api.schema import build_schema
from ledger import money
from ledger.approvals import model as approval_model
from ledger.calendars.model import Anchor
from ledger.charging import suspense
from ledger.charging.channel_days import model as channel_day_model
from ledger.charging.fees import comparing
from ledger.charging.fees import model as fee_model
from ledger.parties.model import Kind

# What the database takes; each name is that of its constraint, as PostgreSQL makes it of table and column.
CHECKED = {
    "AccountClass": "chart_account_class_check",
    "AdjustmentKind": "adjustment_kind_check",
    "AdjustmentStatus": "adjustment_status_check",
    "ApprovalCapacity": "approval_decision_capacity_check",
    "ApprovalStatus": "approval_status_check",
    "ApprovalVerdict": "approval_decision_verdict_check",
    "BankAnswerKind": "bank_answer_kind_check",
    "BankAnswerStatus": "bank_answer_status_check",
    "ConfirmationRule": "settlement_terms_confirmation_check",
    "DepositBasis": "deposit_agreement_basis_check",
    "DepositKind": "deposit_agreement_kind_check",
    "DepositRelease": "deposit_agreement_release_check",
    "DepositShortfall": "deposit_agreement_shortfall_check",
    "DepositStepKind": "deposit_movement_kind_check",
    "DisputeLiability": "order_dispute_liability_check",
    "DisputeStatus": "order_dispute_status_check",
    "EntrySource": "entry_source_check",
    "FeeDirection": "fee_line_direction_check",
    "FeeLineSource": "fee_line_source_check",
    "HoldReason": "hold_reason_check",
    "HoldReleaseRule": "hold_release_rule_check",
    "HoldStepKind": "hold_movement_kind_check",
    "JobStatus": "job_status_check",
    "OrderStatus": "order_head_status_check",
    "PartyStatus": "party_status_check",
    "PayoutApprovalStatus": "payout_approval_check",
    "PayoutClaim": "payout_sheet_stands_check",
    "PayoutStatus": "payout_status_check",
    "RefundStatus": "order_refund_status_check",
    "Role": "api_key_role_check",
    "SettlementCycle": "settlement_terms_cycle_check",
    "SettlementMode": "settlement_terms_mode_check",
    "SettlementRole": "settlement_terms_role_check",
    "ShareStanding": "order_share_stands_check",
    "SheetMovementKind": "sheet_movement_kind_check",
    "SheetStatus": "sheet_status_check",
    "Side": "line_side_check",
    "SuspenseStatus": "suspense_item_status_check",
    "TermsEffect": "settlement_terms_effect_check",
}
# What the ledger's own enums say, where a column holds more than one word or none.
SAID: dict[str, Iterable[str]] = {
    "ApprovalKind": approval_model.Kind,
    "ApprovalRule": approval_model.Rule,
    "CountFrom": Anchor,
    "FeeBase": fee_model.Base,
    "ChannelDifferenceReason": channel_day_model.DifferenceReason,
    "ChannelRecordKind": channel_day_model.RecordKind,
    "FeeDifferenceReason": comparing.Reason,
    "FeeGranularity": fee_model.Granularity,
    "PartyKind": get_args(Kind),
    "Rounding": money.Rounding,
    "SuspenseDestination": suspense.Destination,
}
# Words that the API or its reading side makes: no writer knows them.
OWN = {
    "DepositStatus",
    "EnvelopeKind",
    "ErrorCode",
    "FeeLineStatus",
    "OrderWaitsFor",
    "ShareRole",
    "UnpaidState",
    "Weekday",
    "WorkQueueKind",
}
ROOT = Path(__file__).parents[3]


@cache
def enums() -> dict[str, StrawberryEnumDefinition]:
    types = build_schema().schema_converter.type_map.items()
    return {name: kind.definition for name, kind in types if isinstance(kind.definition, StrawberryEnumDefinition)}


def values(enum: StrawberryEnumDefinition) -> set[str]:
    return {str(member.value) for member in enum.wrapped_cls}


@cache
def read_dump() -> str:
    return (ROOT / "migrations/schema.sql").read_text("utf-8")


def read_check(constraint: str) -> set[str]:
    """The words of a check `column = ANY (ARRAY['A'::text, …])`; an empty one is null to the API."""
    pattern = rf"CONSTRAINT {constraint} CHECK .*? = ANY \(ARRAY\[(.*?)\]"
    (said,) = re.findall(pattern, read_dump())
    return set(re.findall(r"'(\w+)'::text", said))


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_an_enum_says_what_its_column_may_say(name: str):
    assert values(enums()[name]) == read_check(CHECKED[name])


@pytest.mark.parametrize("name", sorted(SAID))
def test_an_enum_says_what_the_ledgers_own_says(name: str):
    assert values(enums()[name]) == set(map(str, SAID[name]))


def test_no_enum_is_left_out():
    assert set(enums()) == {*CHECKED, *SAID, *OWN}
