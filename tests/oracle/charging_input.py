"""How the charging oracle reads parties, plans and payments, and what it refuses to read."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.charging_arithmetic import GOODS_PARTS, LEVELS, Line, channel_fee, largest_remainder

DECIMALS = {"CLP": 0, "JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}  # others 2
KEYS = {  # what an event must have and may have, beside event, id, order and occurredAt
    "order.paid": (
        "settlementEntity currency channel channelTransaction amount lines",
        "referrer buyer discounts settlingEntity",
    ),
    "order.succeeded": ("", ""),
    "order.refunded": ("refund lines", "reason"),
    "refund.paid": ("refund", ""),
    "refund.rejected": ("refund", ""),
    "channel.fee_returned": ("refund lines", ""),
    "payment.unfrozen": ("", ""),
    "payment.settled": ("amount", ""),
    "order.charged_back": ("dispute amount", "fee lines"),
    "chargeback.defended": ("dispute", ""),
    "chargeback.won": ("dispute", ""),
    "chargeback.lost": ("dispute liability", ""),
}


class Refused(Exception):
    """The event contradicts what is known; the text is the code."""


class Frame:
    """Who there is, and which plan is in force when."""

    def __init__(self, parties: Iterable[dict[str, Any]], plans: Iterable[dict[str, Any]]) -> None:
        self._parties = {party["reference"]: party for party in parties}
        self._plans = list(plans)
        operator = next(party for party in self._parties.values() if party["kind"] == "OPERATOR")
        self._operator_zone = ZoneInfo(operator.get("timeZone", "UTC"))

    def check_kind(self, reference: str, kind: str) -> None:
        if self._kind(reference) != kind:
            raise Refused("PARTY_OF_KIND_MISSING")

    def read_lines(self, event: dict[str, Any]) -> dict[str, Line]:
        """Read the lines of a payment, with their discounts spread, their channel fee and their receivers frozen."""
        plan, currency = self._plan_in_force(event["occurredAt"], event["channel"]), event["currency"]
        lines: dict[str, Line] = {}
        for item in read_items(event, "line merchant sku category quantity goods delivery", ""):
            left = dict.fromkeys(GOODS_PARTS, 0)
            left["cash"] = read_money(item["goods"], currency)
            left["delivery"] = read_money(item["delivery"], currency, zero=True)
            lines[item["line"]] = Line(plan, item["category"], self._receivers(event, item["merchant"], plan), left)
        ranked = [lines[reference] for reference in sorted(lines)]
        goods = [line.goods_left for line in ranked]
        for discount in event.get("discounts", []):
            bearer = {"PLATFORM": "platform discount", "MERCHANT": "merchant discount"}[discount["bornBy"]]
            amount, room = read_money(discount["amount"], currency), [line.left["cash"] for line in ranked]
            if amount > sum(room):
                raise Refused("DISCOUNT_EXCEEDS_GOODS")
            parts = largest_remainder(amount, goods)
            # Where an earlier discount leaves a line no room for its part, the parts go by what is left.
            if any(part > left for part, left in zip(parts, room, strict=True)):
                parts = largest_remainder(amount, room)
            for line, part in zip(ranked, parts, strict=True):
                line.left[bearer] += part
                line.left["cash"] -= part
        for line in ranked:
            line.fee_charged = channel_fee(line, line.paid_left)
        return lines

    def _receivers(self, event: dict[str, Any], merchant: str, plan: dict[str, Any]) -> dict[str, str]:
        self.check_kind(merchant, "MERCHANT")
        receivers = {"merchant": merchant}
        distribution = plan.get("distribution", {"rates": []})
        distributor = event.get("referrer")
        if distributor is not None:
            self.check_kind(distributor, "DISTRIBUTOR")
        for level in LEVELS[: len(distribution["rates"])]:
            if distributor is None or self._kind(distributor) != "DISTRIBUTOR":
                break
            if distribution.get("selfPurchase") != "FORBID_SELF" or distributor != event.get("buyer"):
                receivers[level] = distributor
            distributor = self._parties[distributor]["parent"]
        agent = self._parties[merchant]["parent"]  # an agent's merchant stands directly below him
        if self._kind(agent) == "AGENT":
            receivers["agent"] = agent
        return receivers

    def _plan_in_force(self, occurred_at: str, channel: str) -> dict[str, Any]:
        day = datetime.fromisoformat(occurred_at).astimezone(self._operator_zone).date()
        in_force = [plan for plan in self._plans if date.fromisoformat(plan["validFrom"]) <= day]
        if not in_force:
            raise Refused("NO_PLAN_IN_FORCE")
        plan = max(enumerate(in_force), key=lambda each: (date.fromisoformat(each[1]["validFrom"]), each[0]))[1]
        if channel in ("wechat", "alipay") and _largest_split(plan) > Fraction(30, 100):
            raise Refused("SPLIT_RATIO_EXCEEDED")
        return plan

    def _kind(self, reference: str) -> str:
        return str(self._parties[reference]["kind"]) if reference in self._parties else ""


def _largest_split(plan: dict[str, Any]) -> Fraction:
    """What may leave the merchant at most."""
    commission, distribution = plan["commission"], plan.get("distribution", {})
    largest = max(Fraction(rate) for rate in [commission["default"], *commission.get("byCategory", {}).values()])
    levels = sum(Fraction(rate) for rate in distribution.get("rates", []))
    others = largest + Fraction(plan.get("agent", {}).get("rate", "0"))
    return others if distribution.get("bornBy") == "PLATFORM" else others + levels


def check_keys(event: dict[str, Any]) -> None:
    needed, allowed = (set(keys.split()) for keys in KEYS.get(event.get("event", ""), ("?", "")))
    needed |= {"event", "id", "order", "occurredAt"}
    if not needed <= set(event) <= needed | allowed:
        raise Refused("INVALID_INPUT")


def read_items(event: dict[str, Any], needed: str, allowed: str) -> list[dict[str, Any]]:
    """Return the lines of an event: at least one, none twice, each with the keys it needs."""
    items: list[dict[str, Any]] = event["lines"]
    if not items or len({item.get("line") for item in items}) < len(items):
        raise Refused("INVALID_INPUT")
    for item in items:
        if not set(needed.split()) <= set(item) <= set(f"{needed} {allowed}".split()):
            raise Refused("INVALID_INPUT")
    return items


def read_money(text: Any, currency: str, *, zero: bool = False) -> int:
    """Return minor units; amounts are decimal strings above zero, or zero where that is allowed."""
    decimals = DECIMALS.get(currency, 2)
    if not isinstance(text, str) or not re.fullmatch(rf"[0-9]+(\.[0-9]{{1,{decimals or 1}}})?", text):
        raise Refused("INVALID_INPUT")
    minor = Fraction(text) * 10**decimals
    if minor.denominator > 1 or minor > 10**15 or (minor == 0 and not zero):
        raise Refused("INVALID_INPUT")
    return int(minor)
