"""
The schema, put together from what each domain brings.

A name that means the same wherever it stands is described in `glossary`, once; a meaning of its own beside its field.

A domain file adds one class to each of the tuples below, and to NODES a finder for each of its types with an id:

    @strawberry.type
    class PartyQueries:
        @strawberry.field(description="…")
        async def party(self, info: Info, reference: str) -> Party | None:
            row = await info.context.read(parties.find_party, reference=reference)
            return None if row is None else Party.of(row)

    @strawberry.type
    class PartyMutations:
        @mutation(description="…")
        async def move_party(self, info: Info, input: MovePartyInput) -> MovePartyPayload:
            moved = await info.context.submit(MOVE_PARTY, input.to_value())
            return MovePartyPayload(party=Party.of(moved))
"""

from collections.abc import Mapping, Sequence

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from app.api.accounts import AccountQueries, find_account
from app.api.adjustment_changes import AdjustmentMutations
from app.api.adjustments import AdjustmentQueries, find_adjustment
from app.api.approval_changes import ApprovalMutations
from app.api.approvals import ApprovalQueries, find_approval
from app.api.bank_accounts import BankAccountQueries
from app.api.calendars import CalendarQueries
from app.api.channel_day_changes import ChannelDayMutations
from app.api.channel_days import ChannelDayQueries
from app.api.charging import ChargingQueries
from app.api.charging_changes import ChargingMutations
from app.api.deposit_changes import DepositMutations
from app.api.deposits import DepositQueries, find_agreement, find_slice
from app.api.describing import describe_schema
from app.api.disputes import DisputeQueries
from app.api.entries import EntryQueries, find_entry
from app.api.entry_changes import EntryMutations
from app.api.events import EventSubscriptions
from app.api.fee_comparisons import FeeComparisonQueries
from app.api.fee_line_changes import FeeLineMutations
from app.api.fee_lines import FeeLineQueries, find_fee_line
from app.api.history import HistoryQueries
from app.api.hold_changes import HoldMutations
from app.api.holds import HoldQueries, find_hold
from app.api.jobs import JobMutations, JobQueries
from app.api.nodes import NodeFinder, build_node_queries
from app.api.order_lines import find_order_line
from app.api.orders import OrderQueries, find_order
from app.api.parties import PartyQueries, find_party_by_key
from app.api.party_changes import PartyMutations
from app.api.payout_changes import PayoutMutations
from app.api.payouts import PayoutQueries, find_payout
from app.api.platform import PlatformQueries, find_platform
from app.api.rate_overrides import RateOverrideQueries
from app.api.receipt_changes import ReceiptMutations
from app.api.receipts import ReceiptQueries, find_match, find_receipt, find_return
from app.api.scalars import SCALARS
from app.api.sheet_changes import SheetMutations
from app.api.sheets import SheetQueries, find_sheet
from app.api.statements import StatementQueries
from app.api.terms import TermsQueries
from app.api.terms_changes import TermsMutations
from app.api.trace import TraceQueries
from app.api.trial_balance import TrialBalanceQueries
from app.api.viewer import ViewerQueries
from app.api.work_queues import WorkQueueQueries

QUERIES: tuple[type, ...] = (
    ViewerQueries,
    PlatformQueries,
    PartyQueries,
    AccountQueries,
    EntryQueries,
    StatementQueries,
    TrialBalanceQueries,
    OrderQueries,
    TraceQueries,
    ChargingQueries,
    HistoryQueries,
    ApprovalQueries,
    RateOverrideQueries,
    FeeLineQueries,
    FeeComparisonQueries,
    ChannelDayQueries,
    DisputeQueries,
    CalendarQueries,
    TermsQueries,
    HoldQueries,
    DepositQueries,
    AdjustmentQueries,
    ReceiptQueries,
    WorkQueueQueries,
    SheetQueries,
    JobQueries,
    PayoutQueries,
    BankAccountQueries,
)
MUTATIONS: tuple[type, ...] = (
    PartyMutations,
    ChargingMutations,
    ChannelDayMutations,
    EntryMutations,
    TermsMutations,
    JobMutations,
    FeeLineMutations,
    ApprovalMutations,
    HoldMutations,
    DepositMutations,
    AdjustmentMutations,
    ReceiptMutations,
    PayoutMutations,
    SheetMutations,
)
SUBSCRIPTIONS: tuple[type, ...] = (EventSubscriptions,)
NODES: dict[str, NodeFinder] = {
    "Approval": find_approval,
    "Platform": find_platform,
    "Party": find_party_by_key,
    "Payout": find_payout,
    "Account": find_account,
    "Entry": find_entry,
    "Order": find_order,
    "OrderLine": find_order_line,
    "FeeLine": find_fee_line,
    "Hold": find_hold,
    "DepositAgreement": find_agreement,
    "DepositSlice": find_slice,
    "Adjustment": find_adjustment,
    "Receipt": find_receipt,
    "ReceiptReturn": find_return,
    "ReceiptMatch": find_match,
    "Sheet": find_sheet,
}


def build_schema(
    *,
    queries: Sequence[type] = QUERIES,
    mutations: Sequence[type] = MUTATIONS,
    subscriptions: Sequence[type] = SUBSCRIPTIONS,
    nodes: Mapping[str, NodeFinder] = NODES,
) -> strawberry.Schema:
    """Put the schema together. Names sort, so that the printed schema changes only where the API does."""
    schema = strawberry.Schema(
        query=merge_types("Query", (*queries, build_node_queries(nodes))),
        mutation=merge_types("Mutation", tuple(mutations)) if mutations else None,
        subscription=merge_types("Subscription", tuple(subscriptions)) if subscriptions else None,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=True),
    )
    describe_schema(schema._schema)
    return schema
