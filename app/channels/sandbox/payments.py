"""The payment side of the sandbox: what it captured, refunded and kept, and the file in which it tells of a day."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.channels.sandbox.state_sql import Movement
from ledger import money

# What it keeps of a payment where nothing else is said; once, of the whole payment.
FEE_RATE = Decimal("0.006")


def capture(event: Mapping[str, Any], *, fee: str | None) -> Movement:
    """A payment, of the event that tells of it; `fee` is a decimal text."""
    currency = event["currency"]
    amount = money.parse_amount(event["amount"], currency=currency)
    kept = money.multiply(amount, FEE_RATE, money.Rounding.HALF_UP)
    if fee is not None:
        kept = money.parse_amount(fee, currency=currency, allow_zero=True)
    transaction, entity = event["channelTransaction"], event["settlementEntity"]
    return Movement("CAPTURE", entity, currency, event["order"], transaction, amount, kept, _read_instant(event))


def refund(event: Mapping[str, Any], said: Mapping[str, Any], *, before: Sequence[Movement]) -> Movement | None:
    """
    A refund that is paid: the amount that is said, else all that is left of the order's payments (`before` is what was
    moved of it). None where nothing moves: the refund was paid before, or the order not here.

    Errors: ValueError where less is left.
    """
    captures = [each for each in before if each.kind == "CAPTURE"]
    if not captures or any(each.kind == "REFUND" and each.name == event["refund"] for each in before):
        return None
    entity, currency = captures[0].entity, captures[0].currency
    left = amount = sum(each.amount if each.kind == "CAPTURE" else -each.amount for each in before)
    if "amount" in said:
        amount = money.parse_amount(said["amount"], currency=currency)
    if not 0 < amount <= left:
        raise ValueError(f"order {event['order']} has {money.format_amount(left, currency=currency)} left")
    back = money.parse_amount(said.get("feeReturned", "0"), currency=currency, allow_zero=True)
    name, at = event["refund"], _read_instant(event)
    return Movement("REFUND", entity, currency, event["order"], name, amount, back, at)


def list_of_day(movements: Sequence[Movement], *, day: str, zone: str) -> list[Movement]:
    """What was moved on a day of this time zone."""
    where = ZoneInfo(zone)
    start = datetime.combine(date.fromisoformat(day), time(), where).astimezone(UTC)
    end = datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), where).astimezone(UTC)
    return [each for each in movements if start <= datetime.fromisoformat(each.occurred_at) < end]


def write_channel_file(
    movements: Sequence[Movement], *, name: str, channel: str, day: str, head: Mapping[str, Any]
) -> bytes:
    """The file of a day, as docs/channel-files.md says it is."""
    lines: list[dict[str, Any]] = [{"line": "FILE", "version": 1, "name": name, "channel": channel, "day": day, **head}]
    lines += [_write_record(each) for each in movements]
    for entity, currency in sorted({(each.entity, each.currency) for each in movements}):
        part = [each for each in movements if (each.entity, each.currency) == (entity, currency)]
        lines.append({"line": "TOTAL", "settlementEntity": entity, "currency": currency, **_sum(part, currency)})
    lines.append({"line": "END", "name": name, "records": len(movements)})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _read_instant(event: Mapping[str, Any]) -> str:
    if datetime.fromisoformat(event["occurredAt"]).tzinfo is None:
        raise ValueError("occurredAt lacks its zone")
    return str(event["occurredAt"])


def _write_record(each: Movement) -> dict[str, Any]:
    is_capture = each.kind == "CAPTURE"
    fee = money.format_amount(each.fee, currency=each.currency)
    return {
        "line": each.kind,
        "record": f"SBX{each.place:08d}",
        "settlementEntity": each.entity,
        "currency": each.currency,
        "order": each.order,
        **({"channelTransaction": each.name, "fee": fee} if is_capture else {"refund": each.name, "feeReturned": fee}),
        "amount": money.format_amount(each.amount, currency=each.currency),
        "occurredAt": each.occurred_at,
    }


def _sum(movements: Sequence[Movement], currency: str) -> dict[str, Any]:
    def add(kind: str, name: str) -> str:
        total = sum(getattr(each, name) for each in movements if each.kind == kind)
        return money.format_amount(total, currency=currency)

    return {
        "captures": sum(each.kind == "CAPTURE" for each in movements),
        "captured": add("CAPTURE", "amount"),
        "fees": add("CAPTURE", "fee"),
        "refunds": sum(each.kind == "REFUND" for each in movements),
        "refunded": add("REFUND", "amount"),
        "feesReturned": add("REFUND", "fee"),
    }
