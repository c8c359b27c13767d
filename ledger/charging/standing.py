"""
Where shares stand: with their receivers, in suspense, or with the merchant whose money was split.

A suspense item usually holds all of a share. It holds a part where the receiver could not be credited with what came
later: the rest stays with him (`Suspended.outside`), or with the merchant it was released to before (`given`). What is
taken back comes out of the item's part first, wherever that went, so that money which nobody has been paid goes back
before money that somebody has. Of what is in suspense still, open disputes count on a part (`Suspended.disputed`): the
rest of their shares is held where it is, so each takes its own, and others what nobody counts on.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from ledger.charging.model import Split
from ledger.charging.moves import Amount
from ledger.charging.order import AGENT, MERCHANT, PAYABLE, OrderLine, RefundLine, Suspended
from ledger.charging.world import World
from ledger.journal.model import DEBIT
from ledger.noting import Noted, note

# How long a share may wait in suspense before it is somebody's task.
SUSPENSE_PATIENCE = timedelta(days=30)


class Drawn(NamedTuple):
    """Where an amount of a share came from, by part."""

    suspense: int = 0
    splitter: int = 0
    party: int = 0


def share_amounts(line: OrderLine, split: Split, *, delivery: int) -> dict[int, int]:
    """The amount of every rank but the platform's; the merchant's with delivery, which is his in full."""
    got = (split.merchant + delivery, split.commission, *split.levels)
    return {rank: split.agent if rank == AGENT else got[rank] for rank, _ in line.receivers}


def suspend(line: OrderLine, world: World) -> OrderLine:
    """
    Open an item for every share that would go to somebody who cannot be credited and is in suspense no more, or never
    was: what comes from now on goes there. What went to its owner before stays with him. What was released to the
    merchant stays his, and what follows goes to him too, while he can be credited.
    """
    if not world.inactive:
        return line
    return reopen(line, (rank for rank, _ in line.receivers), world)


def reopen(line: OrderLine, ranks: Iterable[int], world: World) -> OrderLine:
    """As `suspend`, of these ranks alone."""
    known, left = line.suspended or {}, _find_left(line)
    parties = dict(line.receivers)
    opened: dict[int, Suspended] = {}
    for rank in ranks:
        before, owner_id = known.get(rank), parties[rank]
        is_with_owner = before is None or _is_with_owner(rank, before)
        status = world.inactive.get(owner_id if is_with_owner else line.merchant_id)
        if status is None or (before is not None and before.status == "OPEN"):
            continue
        outside, given = _find_parts(rank, left[rank], before)
        opened[rank] = Suspended(
            owner_id=owner_id,
            amount=0,
            reason=note(Noted.RECEIVER_IS if is_with_owner else Noted.MERCHANT_IS, status=status),
            opened_at=world.now,
            deadline=world.now + SUSPENSE_PATIENCE,
            item=before.item if before else None,
            outside=outside,
            times=before.times + 1 if before else 1,
            given=given,
        )
    return line._replace(suspended={**known, **opened}) if opened else line


def forget_unused(line: OrderLine, before: OrderLine) -> OrderLine:
    """Take back the items that were opened since and that nothing went to."""
    earlier = before.suspended or {}
    items = line.suspended or {}
    kept = {
        rank: item if item.amount or item is earlier.get(rank) else earlier.get(rank) for rank, item in items.items()
    }
    left = {rank: item for rank, item in kept.items() if item is not None}
    return line if left == items else line._replace(suspended=left or None)


def draw_shares(line: OrderLine, shares: Mapping[int, int]) -> dict[int, Drawn]:
    """Where these amounts are taken from, by rank."""
    left, items = _find_left(line), line.suspended or {}
    drawn: dict[int, Drawn] = {}
    for rank, amount in shares.items():
        item = items.get(rank)
        suspense = min(amount, find_free(item))
        own, given = _find_parts(rank, left[rank], item)
        splitter = min(amount - suspense, given)
        party = min(amount - suspense - splitter, own)
        # A unit that rounding gives to this one and not to a dispute is nowhere else.
        drawn[rank] = Drawn(amount - splitter - party, splitter, party)
    return drawn


def find_free(item: Suspended | None) -> int:
    """What is in suspense that no open dispute counts on."""
    return max(item.amount - item.disputed, 0) if item else 0


def read_drawn(line: OrderLine, part: RefundLine) -> dict[int, Drawn]:
    """Where a refund's entry took this line's shares from; the order of its lines is that of the receivers."""
    back = part.refund.claw_back
    assert back is not None, "before the split nobody has a share"
    shares = share_amounts(line, back, delivery=part.refund.delivery)
    debits = [each for each in part.lines if each.side == DEBIT]
    suspended = iter([each.amount for each in debits if each.account.code == "2200"])
    by_account = {(each.account.code, each.account.party_id): each.amount for each in debits}
    drawn: dict[int, Drawn] = {}
    for rank, party_id in line.receivers:
        amount = shares[rank]
        held = next(suspended) if amount and rank in part.suspended else 0
        # The merchant's account has what was given back to him, too; his own part is all that was not in suspense.
        own = amount - held if rank == MERCHANT else by_account.get((PAYABLE[rank], party_id), 0)
        drawn[rank] = Drawn(held, amount - held - own, own)
    return drawn


def list_drawn(line: OrderLine, drawn: Mapping[int, Drawn]) -> list[Amount]:
    """What was drawn, on the accounts where it stood."""
    return [
        amount
        for rank, party_id in line.receivers
        for amount in (
            ("2200", None, drawn[rank].suspense),
            (PAYABLE[MERCHANT], line.merchant_id, drawn[rank].splitter),
            (PAYABLE[rank], party_id, drawn[rank].party),
        )
        if amount[2]
    ]


def count_drawn(line: OrderLine, drawn: Mapping[int, Drawn], *, sign: int) -> OrderLine:
    """The items after these parts were taken (-1) or came back (1); what comes back to a released one is not held."""
    items = line.suspended or {}
    changed: dict[int, Suspended] = {}
    for rank, item in items.items():
        suspense = sign * drawn[rank].suspense if item.status == "OPEN" else 0
        outside = 0 if _is_with_owner(rank, item) else sign * drawn[rank].party
        given = sign * drawn[rank].splitter if item.status != "SPLITTER" and rank != MERCHANT else 0
        if suspense or outside or given:
            changed[rank] = item._replace(
                amount=item.amount + suspense, outside=item.outside + outside, given=item.given + given
            )
    return line._replace(suspended={**items, **changed}) if changed else line


def _is_with_owner(rank: int, item: Suspended) -> bool:
    """Whether the item's part went to its receiver: the merchant's own goes to him either way."""
    return item.status == "OWNER" or (rank == MERCHANT and item.status == "SPLITTER")


def _find_parts(rank: int, left: int, item: Suspended | None) -> tuple[int, int]:
    """What of a share its receiver has, and what the merchant has that was released to him."""
    if item is None:
        return left, 0
    if item.status == "SPLITTER" and rank != MERCHANT:
        return item.outside, left - item.outside
    return left - item.amount - item.given, item.given


def _find_left(line: OrderLine) -> dict[int, int]:
    left = line.state.shares_left
    if left is None:
        return {rank: 0 for rank, _ in line.receivers}
    return share_amounts(line, left, delivery=line.state.delivery_left)
