"""Random histories of a few orders: mostly sound, often contradicting what came before."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.oracle.small_world import item, plan

Event = dict[str, Any]
CENT = "{}.{:02}".format
ORDERS, LINES, REFUNDS = ("O1", "O2", "O3"), ("1", "2", "3"), ("r1", "r2", "r3", "r4")
DISPUTES = ("d1", "d2", "d3", "d4")
DECIMALS = {"CNY": 2, "JPY": 0, "KWD": 3}


def money(minor: int) -> str:
    return CENT(*divmod(minor, 100))


amounts = st.one_of(st.integers(1, 30), st.integers(1, 20_000))
roundings = st.sampled_from(["HALF_UP", "HALF_EVEN", "FLOOR", "CEIL"])


@st.composite
def plans(draw: st.DrawFn) -> Event:
    distribution = {
        "missingLevel": draw(st.sampled_from(["RESIDUAL", "TO_PLATFORM", "ROLL_UP"])),
        "bornBy": draw(st.sampled_from(["MERCHANT", "PLATFORM"])),
        "selfPurchase": draw(st.sampled_from(["ALLOW", "FORBID_SELF"])),
    }
    rules = plan(**distribution)
    rules["channelFee"]["bornBy"] = draw(st.sampled_from(["MERCHANT", "PLATFORM"]))
    rules["channelFee"]["rate"] = draw(st.sampled_from(["0.006", "0", "0.5"]))
    rules["distribution"]["rates"] = draw(st.sampled_from([["0.05", "0.03", "0.01"], ["0.3", "0.2"], []]))
    return rules


@st.composite
def any_plans(draw: st.DrawFn) -> Event:
    """Any rates that a plan may have, together at most 1, and every rounding."""
    rules, digits = draw(plans()), draw(st.sampled_from([1, 2, 4, 10]))
    # Cutting a whole and dropping the last piece keeps the sum at or below 1, and often at it.
    cuts = sorted(draw(st.lists(st.integers(0, 10**digits), min_size=2, max_size=5)))
    pieces = [upper - lower for lower, upper in zip([0, *cuts[:-1]], cuts, strict=True)]
    commission, agent, *levels = [f"{Decimal(piece).scaleb(-digits):f}" for piece in pieces]
    lower = f"{Decimal(draw(st.integers(0, pieces[0]))).scaleb(-digits):f}"
    rules["commission"] = {"default": commission, "byCategory": {"ten": lower}, "rounding": draw(roundings)}
    rules["commission"]["taxInside"] = draw(st.sampled_from(["0", "0.06", "0.13", "1"]))
    rules["distribution"] |= {"rates": levels, "poolRounding": draw(roundings)}
    rules["agent"] = {"rate": agent, "rounding": draw(roundings)}
    rules["channelFee"] |= {"rate": draw(st.sampled_from(["0.006", "0.0333", "1"])), "rounding": draw(roundings)}
    return rules


def in_currency(told: Any, currency: str) -> Any:
    """The same history with the same minor units in another currency."""
    if isinstance(told, list):
        return [in_currency(each, currency) for each in told]
    if not isinstance(told, dict):
        return told
    decimals = DECIMALS[currency]
    changed = {key: in_currency(value, currency) for key, value in told.items()}
    for key in ("amount", "goods", "delivery", "fee"):
        if key in told:
            changed[key] = f"{(Decimal(told[key]) * 100).scaleb(-decimals):.{decimals}f}"
    if told.get("currency") == "CNY":
        changed["currency"] = currency
    return changed


@st.composite
def payments(draw: st.DrawFn) -> Event:
    references = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3, unique=True))
    goods = [draw(amounts) for _ in references]
    deliveries = [draw(st.sampled_from([0, 0, 1, 500])) for _ in references]
    discounts = [
        {"code": code, "amount": money(amount), "bornBy": bearer}
        for code, bearer in (("A", "PLATFORM"), ("B", "MERCHANT"))
        if (amount := draw(st.sampled_from([0, 0, 1, max(1, sum(goods) // 7), sum(goods) // 2, sum(goods)])))
    ]
    total = sum(goods) + sum(deliveries) - sum(round(float(each["amount"]) * 100) for each in discounts)
    wrong = draw(st.sampled_from([0] * 12 + [1]))
    event = {
        "event": "order.paid",
        "settlementEntity": draw(st.sampled_from(["LE"] * 12 + ["LE2", "A1"])),
        "currency": draw(st.sampled_from(["CNY"] * 20 + ["USD"])),
        "channel": "sandbox",
        "channelTransaction": "t",
        "amount": money(max(0, total + wrong)),
        "lines": [
            item(
                money(each),
                line=reference,
                delivery=money(delivery),
                merchant=draw(st.sampled_from(["M1", "M2", "M1", "M2", "M1", "M2", "D1", "nobody"])),
                category=draw(st.sampled_from(["", "ten", "fifteen"])),
            )
            for reference, each, delivery in zip(references, goods, deliveries, strict=True)
        ],
    }
    settling = draw(st.sampled_from([None, None, None, "LE", "LE2", "LE2", "M1"]))
    if settling:
        event["settlingEntity"] = settling
    if discounts:
        event["discounts"] = discounts
    if draw(st.booleans()):
        event["referrer"] = draw(st.sampled_from(["D1", "D1", "D1", "D2", "D3", "M1"]))
    if draw(st.sampled_from([False, False, True])):
        event["buyer"] = draw(st.sampled_from(["D1", "D2", "somebody"]))
    return event


@st.composite
def refunds(draw: st.DrawFn) -> Event:
    lines = []
    for reference in draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True)):
        line = {"line": reference, "amount": money(draw(amounts))}
        delivery = draw(st.sampled_from([None, None, "0.01", "5.00"]))
        if delivery:
            line["delivery"] = delivery
            if draw(st.booleans()):
                line["amount"] = "0.00"
        lines.append(line)
    return {"event": "order.refunded", "refund": draw(st.sampled_from(REFUNDS)), "lines": lines}


@st.composite
def returned_fees(draw: st.DrawFn) -> Event:
    references = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True))
    lines = [{"line": reference, "amount": money(draw(st.integers(1, 40)))} for reference in references]
    return {"event": "channel.fee_returned", "refund": draw(st.sampled_from(REFUNDS)), "lines": lines}


@st.composite
def charge_backs(draw: st.DrawFn) -> Event:
    event = {"event": "order.charged_back", "dispute": draw(st.sampled_from(DISPUTES)), "amount": money(draw(amounts))}
    if draw(st.booleans()):
        event["fee"] = draw(st.sampled_from(["0", "15.00"]))
    if draw(st.booleans()):
        references = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True))
        parts = [draw(amounts) for _ in references]
        event["lines"] = [{"line": line, "amount": money(part)} for line, part in zip(references, parts, strict=True)]
        event["amount"] = money(sum(parts) + draw(st.sampled_from([0] * 8 + [1])))
    return event


events = st.one_of(
    payments(),
    payments(),
    st.just({"event": "order.succeeded"}),
    refunds(),
    refunds(),
    st.builds(lambda refund: {"event": "refund.paid", "refund": refund}, st.sampled_from(REFUNDS)),
    st.builds(lambda refund: {"event": "refund.rejected", "refund": refund}, st.sampled_from(REFUNDS)),
    returned_fees(),
    st.just({"event": "payment.unfrozen"}),
    st.builds(lambda amount: {"event": "payment.settled", "amount": money(amount)}, amounts),
    charge_backs(),
    charge_backs(),
    st.builds(lambda dispute: {"event": "chargeback.defended", "dispute": dispute}, st.sampled_from(DISPUTES)),
    st.builds(lambda dispute: {"event": "chargeback.won", "dispute": dispute}, st.sampled_from(DISPUTES)),
    st.builds(
        lambda dispute, liability: {"event": "chargeback.lost", "dispute": dispute, "liability": liability},
        st.sampled_from(DISPUTES),
        st.sampled_from(["PLATFORM", "SPLIT", "SPLIT"]),
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events with their heads; some come twice, some come again under the same id with other content."""
    told: list[Event] = []
    for number, event in enumerate(draw(st.lists(events, min_size=1, max_size=25))):
        head = {"id": f"e{number}", "order": draw(st.sampled_from(ORDERS)), "occurredAt": "2025-03-01T00:00:00Z"}
        told.append({**event, **head})
        again = draw(st.sampled_from(["no"] * 10 + ["same", "other"]))
        if again != "no":
            earlier = draw(st.sampled_from(told))
            told.append(earlier if again == "same" else {**earlier, "occurredAt": "2025-03-01T00:00:01Z"})
    return told


@st.composite
def disputed_lines(draw: st.DrawFn) -> list[Event | str]:
    """
    One line that is refunded before and after its split, disputed and decided, in any order; "release" is what waits
    for its merchant in suspense. Most amounts fit.
    """
    goods, delivery = draw(st.integers(1, 300)), draw(st.sampled_from([0, 0, 7]))
    discount = draw(st.sampled_from([0, 0, goods // 3]))
    payment = {
        "event": "order.paid",
        "settlementEntity": "LE",
        "currency": "CNY",
        "channel": "sandbox",
        "channelTransaction": "t",
        "amount": money(goods + delivery - discount),
        "lines": [item(money(goods), delivery=money(delivery))],
        "referrer": "D1",
    }
    if discount:
        payment["discounts"] = [{"code": "A", "amount": money(discount), "bornBy": "PLATFORM"}]
    few = st.integers(1, max(1, goods // 2)).map(money)
    refund = st.builds(
        lambda name, amount: {
            "event": "order.refunded",
            "refund": name,
            "lines": [{"line": "1", "amount": amount}],
        },
        st.sampled_from(REFUNDS),
        few,
    )
    rejection = st.builds(lambda name: {"event": "refund.rejected", "refund": name}, st.sampled_from(REFUNDS))
    dispute = st.builds(
        lambda name, amount: {"event": "order.charged_back", "dispute": name, "amount": amount},
        st.sampled_from(DISPUTES),
        few,
    )
    decision = st.builds(
        lambda name, end: {**end, "dispute": name},
        st.sampled_from(DISPUTES),
        st.sampled_from(
            [
                {"event": "chargeback.defended"},
                {"event": "chargeback.won"},
                {"event": "chargeback.lost", "liability": "SPLIT"},
                {"event": "chargeback.lost", "liability": "PLATFORM"},
            ]
        ),
    )
    before = draw(st.lists(st.one_of(refund, refund, dispute), max_size=3))
    after = draw(
        st.lists(
            st.one_of(rejection, rejection, dispute, dispute, decision, decision, refund, st.just("release")),
            min_size=4,
            max_size=14,
        )
    )
    acts = [payment, *before, {"event": "order.succeeded"}, *after]
    head = {"order": "O1", "occurredAt": "2025-03-01T00:00:00Z"}
    return [act if isinstance(act, str) else {**act, **head, "id": f"e{place}"} for place, act in enumerate(acts)]
