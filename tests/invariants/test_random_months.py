"""
The invariants hold in any months that a market may have.

A seed is a story: what failed says its seed, and SPLITBOOK_SEEDS=7 tells it again, alone, for SPLITBOOK_STEPS=80.
"""

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from ledger.db.connecting import Database
from ledger.parties.finding import find_parties
from ledger.reporting.balances import PAYABLE, load_party_balances
from ledger.reporting.payouts import load_transit
from ledger.reporting.unpaid import load_unpaid
from ledger.settlement.payouts.obstacles import find_unsent
from ledger.settlement.payouts.planning import Reason
from ledger.verify.verifying import verify
from tests.app.cli.commands import Commands
from tests.invariants.cash_forecasts import check_cash_needed
from tests.invariants.laws import find_broken
from tests.invariants.leaving import check_nothing_is_left_open, check_still_open, check_tree
from tests.invariants.months import Months
from tests.invariants.statement_checks import check_statements

SEEDS = [int(seed) for seed in os.environ.get("SPLITBOOK_SEEDS", "4,5,12,14").split(",")]
STEPS = int(os.environ.get("SPLITBOOK_STEPS", "50"))
# What a party is owed, and what it owes, is told account by account; in transit and suspense stand elsewhere.
TOLD_CODES = (
    "2010",
    "2020",
    "2030",
    "2080",
    "2041",
    "2042",
    "2043",
    "2015",
    "2016",
    "2050",
    "2060",
    "1200",
    "1210",
    "1220",
)

# Sheets that should have been paid by a day: what waits is on hold, or less than a transfer can be, or it is of sheets
# of which a bank says something that nobody can make sense of.
_STUCK = """
    WITH waiting AS (
        SELECT s.*, s.total_minor - s.netted_minor - s.retained_minor - s.held_minor - s.withheld_minor
            - s.payout_minor AS payable FROM sheet AS s
        WHERE s.held_minor = 0 AND s.due_date <= $1 AND s.status IN (
            'CLOSING', 'CLOSED', 'CONFIRM_PENDING', 'CONFIRMED', 'APPROVAL', 'APPROVED', 'INVOICE_PENDING',
            'PAYMENT_PENDING', 'PAYING', 'PAY_FAILED'
        ) AND NOT EXISTS (
            SELECT 1 FROM payout_sheet AS x INNER JOIN bank_answer AS a ON a.payout_id = x.payout_id
            WHERE x.sheet_id = s.sheet_id AND a.status = 'UNMATCHED'
        )
    )
    SELECT w.book_id, w.party_id, w.currency, w.status, array_agg(w.sheet_id) AS sheets,
        sum(w.payable)::bigint AS payable, b.step_minor, b.fee_minor
    FROM waiting AS w
    LEFT JOIN paying_account AS b ON (b.book_id, b.currency) = (w.book_id, w.currency) AND b.retired_at IS NULL
    LEFT JOIN payee_account AS y ON (y.party_id, y.currency) = (w.party_id, w.currency)
        AND y.retired_at IS NULL
    GROUP BY w.platform_id, w.book_id, w.party_id, w.currency, w.status, b.step_minor, b.fee_minor, y.withholding_rule
    HAVING w.status NOT IN ('PAYMENT_PENDING', 'PAYING', 'PAY_FAILED') OR sum(w.payable)
        >= (b.step_minor + b.fee_minor) * CASE y.withholding_rule WHEN '' THEN 1 ELSE 2 END
"""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A worker tells of every job; a failure is told by its seed."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_laws_hold_in_random_months(database: Database, seed: int) -> None:
    await live_through(database, seed=seed, steps=STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
async def test_the_laws_hold_in_many_random_months(database: Database, seed: int) -> None:
    await live_through(database, seed=seed, steps=200)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 210))
async def test_the_laws_hold_when_processes_are_killed(database: Database, tmp_path: Path, seed: int) -> None:
    await live_through(database, seed=seed, steps=150, commands=Commands(database.dsn, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400, 410))
async def test_the_laws_hold_when_people_act_while_a_worker_is_at_work(database: Database, seed: int) -> None:
    await live_through(database, seed=seed, steps=150, beside=0.5)


async def live_through(
    database: Database, *, seed: int, steps: int, commands: Commands | None = None, beside: float = 0.0
) -> None:
    months = await Months.open(database, seed=seed)
    months.commands, months.beside = commands, beside
    try:
        await months.pass_time(steps=steps // 2)
        await check(months)
        await months.pass_time(steps=steps - steps // 2)
        await check(months)
        await months.finish()
        await check(months)
        await check_everybody_is_paid(months)
        await check_nothing_is_left_open(months)
    except BaseException:
        print(f"seed {seed}:", *months.told, sep="\n  ")
        raise


async def check(months: Months) -> None:
    assert await find_broken(months.database, months.platform_id) == {}
    async with months.database.read(months.platform_id) as conn:
        report = await verify(conn)
    assert report.disagreement is None
    await months.check_channel_days()
    await months.check_fee_shares()
    await check_unpaid(months)
    await check_cash_needed(months)
    await check_statements(months)
    await check_still_open(months)
    await check_tree(months)
    await check_bank(months)


async def check_unpaid(months: Months) -> None:
    """Why a party is not paid adds up, account by account, to what stands there, and to the figures of its card."""
    async with months.database.read(months.platform_id) as conn:
        ids = {name: party.party_id for name, party in (await find_parties(conn, references=months.payees)).items()}
        parts = await load_unpaid(conn, keys=[ids[name] for name in months.payees], now=months.now)
        _, obstacles = await find_unsent(conn, now=months.now)
        cards = await load_party_balances(conn, keys=[ids[name] for name in months.payees])
        transits = await load_transit(conn, keys=[ids[name] for name in months.payees])
    accounts = await months.market.accounts()
    for name, listed, card, transit in zip(months.payees, parts, cards, transits, strict=True):
        told: Counter[tuple[str, str, str]] = Counter()
        for part in listed:
            told[part.legal_entity, part.currency, part.code] += part.amount_minor
            assert part.awaits
            if part.state == "IN_PAYOUT":
                # What a run finds against sending it; else nothing, or the money that is there.
                obstacle = obstacles.get(int(part.document.removeprefix("payout/")))
                said = {"APPROVAL": Reason.APPROVAL_PENDING.value}.get(part.awaits, part.awaits)
                assert said in ([obstacle.value] if obstacle else ["SUBMISSION", "BANK_BALANCE"]), part
        stands: Counter[tuple[str, str, str]] = Counter()
        for (entity, code, party, currency), (debit, credit) in accounts.items():
            if party == name and code in TOLD_CODES:
                stands[entity, currency, code] += credit - debit
        assert Counter({place: told[place] for place in told if place[2] in TOLD_CODES}) == stands, name
        assert transit == {place[:2]: amount for place, amount in told.items() if place[2] == "2190"}, name
        sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for (entity, currency, code), amount in told.items():
            sums[entity, currency][code] += amount
        for each in card:
            found = sums[each.legal_entity, each.currency]
            assert (each.on_sheets, each.returned, each.on_hold, each.deposits) == tuple(
                found[code] for code in ("2015", "2016", "2050", "2060")
            ), name
            assert each.owed == -sum(found[code] for code in ("1200", "1210", "1220")), name
            assert each.balance == sum(found[code] for code in PAYABLE), name


async def check_bank(months: Months) -> None:
    """What the book says has left for parties is no more than what the bank says it moved, currency by currency."""
    known: Counter[str] = Counter()
    for transfer in months.bank.transfers.values():
        if transfer.status in ("PAID", "RETURNED"):
            known[transfer.currency] += transfer.amount
    assert await _sum_paid(months) <= known


async def check_bank_is_told(months: Months) -> None:
    """The bank has moved what the book says, and what waits for a person or was seen to by one as it fits nothing."""
    seen_to = await months.market.rows(
        """
        SELECT p.channel_key AS key, a.kind FROM bank_answer AS a INNER JOIN payout AS p ON p.payout_id = a.payout_id
        WHERE (a.status = 'UNMATCHED' OR a.bank_answer_id = ANY($1)) AND a.kind IN ('PAID', 'RETURNED')
        """,
        sorted(months.dismissed),
    )
    told = await _sum_paid(months)
    for row in seen_to:
        transfer = months.bank.transfers[row["key"]]
        told[transfer.currency] += {"PAID": 1, "RETURNED": -1}[row["kind"]] * transfer.amount
    assert +told == months.bank.sum_moved()
    rows = await months.market.rows(
        "SELECT payout_id FROM payout WHERE status IN ('CREATED', 'SUBMITTED', 'UNKNOWN', 'ACCEPTED')"
    )
    assert [tuple(row) for row in rows] == []
    assert await months.market.net("2190") == [0]


async def _sum_paid(months: Months) -> Counter[str]:
    """What payouts have paid, by currency."""
    rows = await months.market.rows(
        "SELECT currency, sum(net_minor)::bigint AS paid FROM payout WHERE status = 'PAID' GROUP BY currency"
    )
    return Counter({row["currency"]: row["paid"] for row in rows})


async def check_everybody_is_paid(months: Months) -> None:
    """At the end of it all nothing waits but what is on hold, and the bank has moved what the book says."""
    await check_bank_is_told(months)
    held = await months.market.rows(
        "SELECT hold_id, amount_minor, lifted_minor FROM hold WHERE lifted_minor < amount_minor"
    )
    assert [dict(row) for row in held] == []
    stuck = await months.market.rows(_STUCK, (months.now - timedelta(days=10)).date())
    assert [dict(row) for row in stuck] == []
    # What came back stays while something of it is charged back and nobody has decided, or while the bank says that its
    # sheets were paid by another payout, too.
    waiting = await months.market.rows(
        """
        SELECT DISTINCT p.reference FROM disputed_rest AS r
        INNER JOIN sheet AS s ON s.platform_id = r.platform_id AND s.sheet_id = r.sheet_id
        INNER JOIN party AS p ON p.platform_id = s.platform_id AND p.party_id = s.party_id
        WHERE r.held_minor < r.amount_minor AND NOT r.is_decided
        UNION
        SELECT p.reference FROM payout_sheet AS x
        INNER JOIN sheet AS s ON s.platform_id = x.platform_id AND s.sheet_id = x.sheet_id
        INNER JOIN party AS p ON p.platform_id = s.platform_id AND p.party_id = s.party_id
        INNER JOIN payout_sheet AS y ON y.platform_id = x.platform_id AND y.sheet_id = x.sheet_id
        INNER JOIN bank_answer AS a ON a.platform_id = y.platform_id AND a.payout_id = y.payout_id
        WHERE x.stands = 'RETURNED' AND a.status = 'UNMATCHED' AND a.kind = 'PAID'
        """
    )
    settled = [party for party in months.payees if party not in {row["reference"] for row in waiting}]
    owed = await months.market.net(", ".join(f"2016 {party}" for party in settled))
    assert owed == [0] * len(settled)
