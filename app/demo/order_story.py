"""
One order from its payment to its last refund.

A story only tells what the import accepts: it keeps what is left of every line, refunds no more than that, and settles
each refund at most once.
"""

from dataclasses import dataclass
from typing import Any

from app.demo.draw import Draw
from app.demo.parties import Cast
from app.demo.plans import CATEGORIES, CHANNEL_FEE_PER_MILLE
from app.demo.regions import REGIONS
from app.demo.timeline import Story

# The home of an order by a draw of twenty, as merchants have theirs.
_ORDER_REGION = (0,) * 12 + (1,) * 5 + (2,) * 3
_LINES_OF_A_CAPTURE = (1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5)
_REASONS = ("damaged", "not as described", "尺码不合", "arrived too late", "changed my mind")


@dataclass(slots=True)
class _Line:
    """What is left of a line, and which part of its goods was really paid (`paid` of `goods`, over its capture)."""

    reference: str
    goods_left: int
    delivery_left: int
    paid: int = 0
    goods: int = 0


@dataclass(slots=True)
class _Refund:
    reference: str
    parts: list[tuple[_Line, int, int]]


class OrderStory:
    """Tells one order; `longest` bounds the seconds from its payment to its last event."""

    def __init__(self, *, draw: Draw, cast: Cast, number: int, paid_at: int, longest: int) -> None:
        self._draw = draw
        self._cast = cast
        self._order = f"O-{number + 1:08d}"
        self._now = paid_at
        # At most 24 short waits and one long wait of 8 shorts fit into a story.
        self._short_wait = max(1, longest // 32)
        self._home = draw.pick(_ORDER_REGION)
        self._region = REGIONS[self._home]
        self._is_tiny = draw.chance(10)
        self._captures = 0
        self._refunds = 0
        self._lines: list[_Line] = []
        self._story: Story = []
        self._people = self._draw_people()

    def tell(self) -> Story:
        """Return the events with their Unix seconds, rising."""
        draw = self._draw
        self._capture()
        if draw.chance(30):
            self._wait(1)
            self._capture()
        if draw.chance(40):
            self._never_succeed()
            return self._story
        open_refunds = self._refund_before_split()
        self._wait(8)
        self._tell("order.succeeded", "succeeded")
        for refund in open_refunds:
            self._settle(refund)
        is_unfrozen_early = draw.chance(500)
        if is_unfrozen_early:
            self._unfreeze()
        self._refund_after_split()
        if not is_unfrozen_early and draw.chance(500):
            self._unfreeze()
        return self._story

    # What may happen

    def _capture(self) -> None:
        draw, amount = self._draw, self._region.amount
        self._captures += 1
        main_merchant = self._cast.draw_merchant(draw, self._home)
        captured, lines = [], []
        for _ in range(1 if self._is_tiny else draw.pick(_LINES_OF_A_CAPTURE)):
            merchant = main_merchant if draw.chance(750) else self._draw_other_merchant()
            line, quantity = self._draw_line()
            captured.append(line)
            lines.append(
                {
                    "line": line.reference,
                    "merchant": merchant,
                    "sku": f"SKU-{draw.below(100_000):05d}",
                    "category": draw.pick(CATEGORIES),
                    "quantity": quantity,
                    "goods": amount(line.goods_left),
                    "delivery": amount(line.delivery_left),
                }
            )
        goods = sum(line.goods_left for line in captured)
        discounts, discounted = self._draw_discounts(goods)
        for line in captured:
            line.paid, line.goods = goods - discounted, goods
        self._tell_payment(goods + sum(line.delivery_left for line in captured) - discounted, lines, discounts)

    def _tell_payment(self, total: int, lines: list[dict[str, Any]], discounts: list[dict[str, str]]) -> None:
        more: dict[str, Any] = {
            "settlementEntity": self._region.entity,
            "currency": self._region.currency,
            "channel": "sandbox",
            "channelTransaction": f"tx-{self._draw.below(1 << 31):08x}",
            "amount": self._region.amount(total),
            "lines": lines,
            **self._people,
        }
        if discounts:
            more["discounts"] = discounts
        self._tell("order.paid", "paid" if self._captures == 1 else f"paid-{self._captures}", **more)

    def _never_succeed(self) -> None:
        """Some orders are given up: half of them are refunded whole, the others just stay as they are."""
        if self._draw.chance(500):
            self._pay_back(self._ask_refund([self._take_all(line) for line in self._lines]))
            if self._draw.chance(300):
                self._unfreeze()

    def _refund_before_split(self) -> list[_Refund]:
        """Refund a part early on; a refund that is not settled at once is returned, to be settled after the split."""
        still_open = []
        while self._draw.chance(90) and self._refunds < 2:
            line = self._draw.pick(self._lines)
            parts = [(line, self._draw.between(1, line.goods_left // 2), 0)] if line.goods_left > 1 else []
            if not parts:
                break
            refund = self._ask_refund(parts)
            if self._draw.chance(600):
                self._settle(refund)
            else:
                still_open.append(refund)
        return still_open

    def _refund_after_split(self) -> None:
        if not self._draw.chance(150):
            return
        for _ in range(self._draw.between(1, 3)):
            if self._draw.chance(200):
                parts = [self._take_all(line) for line in self._lines if line.goods_left or line.delivery_left]
            else:
                parts = [self._take_some(line) for line in self._lines if line.goods_left and self._draw.chance(600)]
            # A refund of delivery alone does not exist.
            parts = [part for part in parts if part[1] > 0]
            if parts:
                self._settle(self._ask_refund(parts))

    def _settle(self, refund: _Refund) -> None:
        """Most refunds are paid, a few are rejected by the channel, a few stay open."""
        fate = self._draw.below(100)
        if fate < 88:
            self._pay_back(refund)
        elif fate < 95:
            self._wait(1)
            self._tell("refund.rejected", f"{refund.reference}/rejected", refund=refund.reference)
            for line, goods, delivery in refund.parts:
                line.goods_left += goods
                line.delivery_left += delivery

    def _pay_back(self, refund: _Refund) -> None:
        self._wait(1)
        self._tell("refund.paid", f"{refund.reference}/paid", refund=refund.reference)
        # Floors of parts never add up to more than the fee of the whole line, which was rounded half up.
        lines = [
            {"line": line.reference, "amount": self._region.amount(fee)}
            for line, goods, delivery in refund.parts
            if (fee := (goods * line.paid // line.goods + delivery) * CHANNEL_FEE_PER_MILLE // 1000) > 0
        ]
        if lines and self._draw.chance(300):
            self._wait(1)
            self._tell("channel.fee_returned", f"{refund.reference}/fee", refund=refund.reference, lines=lines)

    def _unfreeze(self) -> None:
        self._wait(1)
        self._tell("payment.unfrozen", "unfrozen")

    # How it is put together

    def _draw_people(self) -> dict[str, str]:
        """Draw who referred the order and who bought it; a buyer may be the referrer, or nobody we know."""
        draw, people = self._draw, {}
        if draw.chance(600):
            people["referrer"] = self._cast.draw_distributor(draw)
        if draw.chance(40) and "referrer" in people:
            people["buyer"] = people["referrer"]
        elif draw.chance(40):
            people["buyer"] = self._cast.draw_distributor(draw)
        elif draw.chance(300):
            people["buyer"] = f"customer-{draw.below(1_000_000):06d}"
        return people

    def _draw_other_merchant(self) -> str:
        """Draw a second merchant of the order; now and then one from abroad, who then earns in two currencies."""
        return self._cast.draw_merchant(self._draw, self._draw.below(3) if self._draw.chance(200) else self._home)

    def _draw_line(self) -> tuple[_Line, int]:
        draw, reference = self._draw, str(len(self._lines) + 1)
        if self._is_tiny:
            line, quantity = _Line(reference, draw.between(1, 20), 0), 1
        else:
            quantity = draw.between(1, 4)
            price = draw.between(*draw.pick(self._region.prices))
            line = _Line(reference, quantity * price, 0 if draw.chance(300) else draw.between(*self._region.delivery))
        self._lines.append(line)
        return line, quantity

    def _draw_discounts(self, goods: int) -> tuple[list[dict[str, str]], int]:
        """Draw the discounts of a capture; together at most 29 % of goods of 100 units or more."""
        discounts, total = [], 0
        for code, per_mille, highest_percent, borne_by in (
            ("COUPON", 200, 12, "PLATFORM"),
            ("SEASON", 50, 5, "PLATFORM"),
            ("SHOP", 120, 12, "MERCHANT"),
        ):
            if not self._is_tiny and self._draw.chance(per_mille):
                amount = goods * self._draw.between(1, highest_percent) // 100
                discounts.append({"code": code, "amount": self._region.amount(amount), "bornBy": borne_by})
                total += amount
        return discounts, total

    def _take_all(self, line: _Line) -> tuple[_Line, int, int]:
        return line, line.goods_left, line.delivery_left

    def _take_some(self, line: _Line) -> tuple[_Line, int, int]:
        """Take a part of a line, or all its goods, and then sometimes its delivery too."""
        if self._draw.chance(700):
            return line, self._draw.between(1, line.goods_left), 0
        return line, line.goods_left, line.delivery_left if self._draw.chance(500) else 0

    def _ask_refund(self, parts: list[tuple[_Line, int, int]]) -> _Refund:
        self._refunds += 1
        refund = _Refund(f"refund-{self._refunds}", parts)
        lines = []
        for line, goods, delivery in parts:
            line.goods_left -= goods
            line.delivery_left -= delivery
            item = {"line": line.reference, "amount": self._region.amount(goods)}
            if delivery:
                item["delivery"] = self._region.amount(delivery)
            lines.append(item)
        self._wait(1)
        reason = {"reason": self._draw.pick(_REASONS)} if self._draw.chance(400) else {}
        self._tell("order.refunded", refund.reference, refund=refund.reference, lines=lines, **reason)
        return refund

    def _wait(self, shorts: int) -> None:
        self._now += self._draw.between(1, shorts * self._short_wait)

    def _tell(self, event: str, suffix: str, **more: Any) -> None:
        told = {
            "event": event,
            "id": f"{self._order}/{suffix}",
            "order": self._order,
            "occurredAt": self._region.instant(self._now),
        }
        told.update(more)
        self._story.append((self._now, told))
