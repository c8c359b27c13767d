"""
A bank that does what a seed says: takes, refuses, loses answers before or after taking, is away, pays what it refused,
and says amounts with its charge inside.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from app.channels.protocol import ChannelUnreachable, FetchedFile, Handed
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Outcome, Submission, Verdict


@dataclass
class Transfer:
    """
    What became of one transfer, how much it is, and what the bank said of it before, in its order. By what was said:
    when that was, what it took besides the amount, and what it took inside of it.
    """

    amount: int
    currency: str
    status: str
    said: tuple[str, ...] = ()
    times: dict[str, datetime] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    charges: dict[str, int] = field(default_factory=dict)

    def become(self, status: str, *, at: datetime, fee: int = 0, charge: int = 0) -> None:
        """Say something new. A charge leaves something of the amount."""
        self.said += (self.status,)
        self.status, self.times[status] = status, at
        self.fees[status], self.charges[status] = fee, min(charge, self.amount - 1)

    def state_amount(self, status: str) -> int | None:
        """What the bank says it moved: what left includes its charge, what came back does not."""
        charge = self.charges.get(status, 0)
        return {"PAID": self.amount + charge, "RETURNED": self.amount - charge}.get(status)


class PlayedBank:
    """A channel without a wire. `is_kind` makes it take everything."""

    name = "sandbox"
    is_repeatable = False

    def __init__(self, random: Random) -> None:
        self.random = random
        self.transfers: dict[str, Transfer] = {}
        self.is_kind = False

    def sum_moved(self) -> Counter[str]:
        """What has left the bank accounts of a currency and not come back, by the bank's own memory."""
        moved: Counter[str] = Counter()
        for each in self.transfers.values():
            if each.status == "PAID":
                moved[each.currency] += each.amount
        return moved

    async def submit(self, submission: Submission) -> Handed:
        """Take a submission in one of its ways."""
        mood = 1.0 if self.is_kind else self.random.random()
        if mood < 0.1:
            raise ChannelUnreachable(channel=self.name)
        unknown = {payment.key: Outcome(Verdict.UNKNOWN, reason="lost") for payment in submission.payments}
        if mood < 0.2:
            return Handed(unknown)
        outcomes = {}
        for payment in submission.payments:
            is_refused = not self.is_kind and self.random.random() < 0.2
            found = self.transfers.setdefault(
                payment.key, Transfer(payment.amount, payment.currency, "REFUSED" if is_refused else "ACCEPTED")
            )
            assert found.amount in (0, payment.amount), "a key is one transfer"
            verdict = Verdict.REFUSED if found.status == "REFUSED" else Verdict.ACCEPTED
            outcomes[payment.key] = Outcome(verdict, f"B-{payment.key}", "AC04" * (verdict is Verdict.REFUSED))
        return Handed(unknown if mood < 0.35 else outcomes)

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        """What became of these; what never came never will."""
        if not self.is_kind and self.random.random() < 0.2:
            raise ChannelUnreachable(channel=self.name)
        return [answer for key in keys for answer in self.tell(key)]

    def tell(self, key: str) -> list[BankAnswer]:
        """Everything that is known of a transfer, in its order."""
        found = self.transfers.setdefault(key, Transfer(0, "", "REFUSED"))
        return [
            BankAnswer(
                source="bank",
                reference=f"{key}/{status}",
                kind=AnswerKind(status),
                key=key,
                occurred_at=found.times.get(status, datetime(2024, 1, 1, tzinfo=UTC)),
                amount=found.state_amount(status),
                currency=found.currency if status in ("PAID", "RETURNED") else "",
                fee=found.fees.get(status, 0),
                reason="AC04" if status in ("REFUSED", "RETURNED") else "",
            )
            for status in (*found.said, found.status)
        ]

    async def fetch(self) -> list[FetchedFile]:
        """It leaves no files."""
        return []

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        """There are none."""
