"""Files of a channel, put together of lines; what is said of a line takes the place of what it would say."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

Line = dict[str, Any]
# Of the currencies that have not two.
_DECIMALS = {"JPY": 0, "KWD": 3}


def capture(order: str, amount: str, fee: str = "0.00", **more: Any) -> Line:
    return {"line": "CAPTURE", "channelTransaction": f"t-{order}", "fee": fee, **_record(order, amount), **more}


def refund(order: str, refund_name: str, amount: str, fee: str = "0.00", **more: Any) -> Line:
    said = {"line": "REFUND", "refund": refund_name, "feeReturned": fee}
    return {**said, **_record(order, amount), "record": f"r-{order}-{refund_name}", **more}


def total(entity: str = "LE", currency: str = "CNY", **more: Any) -> Line:
    """The TOTAL line of nothing but what is said."""
    zeros = {"captured": "0.00", "fees": "0.00", "refunded": "0.00", "feesReturned": "0.00"}
    counts = {"captures": 0, "refunds": 0}
    return {"line": "TOTAL", "settlementEntity": entity, "currency": currency, **counts, **zeros, **more}


def make_lines(
    *records: Line,
    day: str = "2025-03-01",
    name: str = "F1",
    places: Iterable[tuple[str, str]] = (),
    **head: Any,
) -> list[Line]:
    """
    The lines of a whole file of these records, with a total of each of their legal entities and currencies and of
    `places`; of CNY where there are none.
    """
    first = {"line": "FILE", "version": 1, "name": name, "channel": "sandbox", "day": day, **head}
    told = {(each["settlementEntity"], each["currency"]) for each in records}
    sections = sorted(told | set(places) or {("LE", "CNY")})
    totals = [_sum([r for r in records if (r["settlementEntity"], r["currency"]) == key], *key) for key in sections]
    return [first, *records, *totals, {"line": "END", "name": name, "records": len(records)}]


def write(lines: list[Line]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def make_file(*records: Line, **said: Any) -> bytes:
    return write(make_lines(*records, **said))


def _record(order: str, amount: str) -> Line:
    where = {"settlementEntity": "LE", "currency": "CNY", "occurredAt": "2025-03-01T00:00:00Z"}
    return {"record": f"c-{order}", "order": order, "amount": amount, **where}


def _sum(records: list[Line], entity: str, currency: str) -> Line:
    def add(kind: str, name: str) -> str:
        found = sum((Decimal(each.get(name, "0")) for each in records if each["line"] == kind), Decimal(0))
        return f"{found:.{_DECIMALS.get(currency, 2)}f}"

    return total(
        entity,
        currency,
        captures=sum(each["line"] == "CAPTURE" for each in records),
        refunds=sum(each["line"] == "REFUND" for each in records),
        captured=add("CAPTURE", "amount"),
        fees=add("CAPTURE", "fee"),
        refunded=add("REFUND", "amount"),
        feesReturned=add("REFUND", "feeReturned"),
    )
