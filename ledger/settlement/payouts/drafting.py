"""
The entries of payouts, pure.

    submitted   Dr 2015 (2016)        Cr 2190, and 2110 what is withheld
    paid        Dr 2190               Cr 1010
    bank fee    Dr 5010, or 2015 what the party bears      Cr 1010
    failed      Dr 2190, 2110         Cr 2015 (2016)
    returned    Dr 1010               Cr 2016
"""

from collections.abc import Sequence
from datetime import date

from ledger.journal.model import CREDIT, DEBIT, AccountKey, EntryDraft, LineDraft
from ledger.settlement.payouts.model import Payout

Line = tuple[str, int]


def draft_submitted(payout: Payout, *, day: date) -> EntryDraft:
    """The party's claim becomes money in transit; what is withheld is owed to the tax authority instead."""
    claim = payout.net + payout.withheld
    return _draft(
        payout, "SUBMITTED", day, [(payout.takes_from, claim)], [("2190", payout.net), ("2110", payout.withheld)]
    )


def draft_failed(payout: Payout, *, day: date) -> EntryDraft:
    """No money left: what submitting moved goes back."""
    claim = payout.net + payout.withheld
    return _draft(
        payout, "FAILED", day, [("2190", payout.net), ("2110", payout.withheld)], [(payout.takes_from, claim)]
    )


def draft_paid(payout: Payout, *, day: date) -> EntryDraft:
    """The bank moved the money."""
    return _draft(payout, "PAID", day, [("2190", payout.net)], [("1010", payout.net)])


def draft_fee(payout: Payout, *, taken: int, day: date, what: str = "FEE") -> EntryDraft | None:
    """
    What the bank took besides, in minor units. The party bears what was agreed with him, no more and no less; the
    platform bears the rest, or keeps it where the bank took less. None where nobody bears anything.
    """
    agreed = payout.fee if what == "FEE" else 0
    debits, credits = [("2015", agreed)], [("1010", taken)]
    if taken >= agreed:
        debits.append(("5010", taken - agreed))
    else:
        credits.append(("5010", agreed - taken))
    return _draft(payout, what, day, debits, credits) if taken or agreed else None


def draft_returned(payout: Payout, *, day: date) -> EntryDraft:
    """The bank sent the money back: it is owed to the party again."""
    return _draft(payout, "RETURNED", day, [("1010", payout.net)], [("2016", payout.net)])


_OF_THE_PARTY = frozenset({"2015", "2016", "2110"})


def _draft(payout: Payout, what: str, day: date, debits: Sequence[Line], credits: Sequence[Line]) -> EntryDraft:
    def lines(side: str, listed: Sequence[Line]) -> list[LineDraft]:
        return [
            LineDraft(
                AccountKey(payout.book_id, code, payout.party_id if code in _OF_THE_PARTY else None, payout.currency),
                DEBIT if side == "D" else CREDIT,
                amount,
            )
            for code, amount in listed
            if amount
        ]

    return EntryDraft(
        key=f"{payout.subject}//{what}",
        book_id=payout.book_id,
        business_date=day,
        lines=tuple(lines("D", debits) + lines("C", credits)),
        source="RULE",
        template=f"PAYOUT_{what}",
        document=payout.subject,
        document_line=str(payout.shares[0].sheet_id) if len(payout.shares) == 1 else "",
        cause=f"{payout.subject}/{what.lower()}",
        moves_off_closed_day=True,
    )
