"""The values of adjustments. Amounts are minor units, positive; the kind says which way they go."""

from dataclasses import dataclass
from enum import StrEnum


class AdjustmentKind(StrEnum):
    """
    PENALTY: the party owes us (4040). COMPENSATION: we owe the party (5060). CORRECTION: from the party's share to the
    same share of another. TRANSFER: from one share to another kind of share, of the same party or another.
    """

    PENALTY = "PENALTY"
    COMPENSATION = "COMPENSATION"
    CORRECTION = "CORRECTION"
    TRANSFER = "TRANSFER"


@dataclass(frozen=True, slots=True)
class AdjustmentDraft:
    """
    An adjustment to be proposed once under `reference`. `account` is the party's share, `counter_account` that of
    `counterparty`; "" is the usual one of the party's kind. `evidence_sha256` is of the evidence, kept elsewhere.
    `content` is the canonical JSON it was read from: what an approver sees.
    """

    reference: str
    kind: AdjustmentKind
    party: str
    legal_entity: str
    currency: str
    amount: int
    reason: str
    account: str = ""
    counterparty: str = ""
    counter_account: str = ""
    order: str = ""
    line: str = ""
    evidence_sha256: bytes | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Where an adjustment stands: POSTED at `sequence` in the log, PROPOSED while it waits, or REJECTED."""

    reference: str
    status: str
    sequence: int
    replayed: bool
    approval_id: int | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment with everything resolved: who and which accounts."""

    draft: AdjustmentDraft
    party_id: int
    counterparty_id: int | None
    book_id: int
    debit_code: str
    credit_code: str

    @property
    def debit_party_id(self) -> int | None:
        """Whose account is debited; None for the platform's own."""
        return None if self.draft.kind is AdjustmentKind.COMPENSATION else self.party_id

    @property
    def credit_party_id(self) -> int | None:
        """Whose account is credited; None for the platform's own."""
        if self.draft.kind is AdjustmentKind.COMPENSATION:
            return self.party_id
        return None if self.draft.kind is AdjustmentKind.PENALTY else self.counterparty_id
