"""A list of events leaves what its events leave that come singly: the same book, the same log, the same documents."""

import os
import re

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.verify.verifying import verify
from tests.ledger.charging.histories import DISPUTES, REFUNDS, money
from tests.ledger.charging.market import Document, Market, codes
from tests.oracle.small_world import SUCCEEDED, item, later, paid, plan, refunded

# Each example is two platforms on a store; the long form looks further.
ON_A_STORE = settings(
    max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", "5")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TABLES = [
    "order_head",
    "order_line",
    "order_share",
    "order_refund",
    "order_refund_line",
    "order_event",
    "order_dispute",
    "order_dispute_line",
    "suspense_item",
]
# Numbers of rows that many platforms share.
NUMBERED = [f"{each}_id" for each in ["platform", "book", "merchant", "agent", "party", "owner"]]
NUMBERED += ["item", "parties", "chain", "plan_version"]
NUMBERED_FACTS = r'"merchantId": ?\d+|"seal": ?"\w+"'


@st.composite
def small_orders(draw: st.DrawFn) -> list[Document]:
    """An order of a few cents on one or two lines, of which little is left by refunds and disputes."""
    goods = draw(st.lists(st.integers(2, 8), min_size=1, max_size=2))
    lines = [str(place + 1) for place in range(len(goods))]
    few = st.sampled_from([1, 1, 1, 2, 3]).map(money)
    part = st.builds(lambda line, amount: {"line": line, "amount": amount}, st.sampled_from(lines), few)
    refund = st.builds(
        lambda name, each: {"event": "order.refunded", "refund": name, "lines": [each]}, st.sampled_from(REFUNDS), part
    )
    answer = st.builds(
        lambda event, name: {"event": event, "refund": name},
        st.sampled_from(["refund.rejected", "refund.rejected", "refund.paid"]),
        st.sampled_from(REFUNDS),
    )
    charge_back = st.builds(
        lambda name, amount: {"event": "order.charged_back", "dispute": name, "amount": amount, "fee": "0"},
        st.sampled_from(DISPUTES),
        few,
    )
    decision = st.builds(
        lambda name, end: {**end, "dispute": name},
        st.sampled_from(DISPUTES),
        st.sampled_from(
            [
                {"event": "chargeback.won"},
                {"event": "chargeback.lost", "liability": "SPLIT"},
                {"event": "chargeback.lost", "liability": "PLATFORM"},
            ]
        ),
    )
    payment = paid(money(sum(goods)), *(item(money(each), line=line) for line, each in zip(lines, goods, strict=True)))
    early = draw(st.one_of(st.just([]), st.lists(st.one_of(charge_back, refund), max_size=2)))
    acts = st.one_of(charge_back, charge_back, charge_back, refund, refund, answer, decision)
    told = [*early, SUCCEEDED, *draw(st.lists(acts, min_size=3, max_size=9))]
    return [
        payment,
        *({"order": "O1", "occurredAt": "2025-03-02T00:00:00Z", **each, "id": f"e{n}"} for n, each in enumerate(told)),
    ]


# A refund that rounding gives a unit of what two disputes count on: seldom drawn.
@example(
    events=[
        paid("0.03"),
        SUCCEEDED,
        *({**later("order.charged_back", dispute=each, amount="0.01", fee="0"), "id": each} for each in ("d1", "d2")),
        refunded("r1", "0.01"),
    ],
    commission="0.40",
    blocked=(0, 9),
    size=500,
)
@ON_A_STORE
@given(
    events=small_orders(),
    commission=st.sampled_from(["0.08", "0.40", "0.40", "0.60"]),
    blocked=st.tuples(st.sampled_from([0, 0, 1, 2]), st.integers(2, 20)),
    size=st.sampled_from([2, 3, 500, 500, 500]),
)
async def test_any_list_of_one_order_comes_out_as_its_events_do_singly(
    database: Database, events: list[Document], commission: str, blocked: tuple[int, int], size: int
) -> None:
    since, until = blocked[0], sum(blocked)

    left = []
    for at_once in (size, 1):
        market = await Market.open(database, plans=[_rules(commission)])
        outcomes = await market.record(*events[:since], size=at_once)
        await market.block("M1")
        outcomes += await market.record(*events[since:until], size=at_once)
        await market.unblock("M1")
        outcomes += await market.record(*events[until:], size=at_once)
        book = (codes(outcomes), await market.accounts(), await market.entries())
        left.append((book, await _documents(market)))
        async with database.read(market.platform_id) as conn:
            assert (await verify(conn)).disagreement is None

    (book, documents), (expected_book, expected) = left
    assert book == expected_book
    assert [each for each in zip(documents, expected, strict=True) if each[0] != each[1]] == []


def _rules(commission: str) -> Document:
    rules = plan()
    return {
        **rules,
        "channelFee": {**rules["channelFee"], "rate": "0"},
        "commission": {**rules["commission"], "default": commission},
    }


async def _documents(market: Market) -> list[tuple[str, str]]:
    """Every row about the order, and what the log says of it, but for the numbers that platforms share."""
    found = []
    for table in TABLES:
        rows = await market.rows(f"SELECT (to_jsonb(t) - $1::text[])::text AS row FROM {table} AS t", NUMBERED)
        found += sorted((table, row["row"]) for row in rows)
    told = await market.rows(
        "SELECT sequence, kind, payload FROM log_event WHERE subject LIKE 'order/%' ORDER BY sequence"
    )
    said = [(f"{row['sequence']} {row['kind']}", re.sub(NUMBERED_FACTS, "", row["payload"])) for row in told]
    assert said
    return found + said
