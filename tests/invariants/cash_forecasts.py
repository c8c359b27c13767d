"""The cash that is said to be needed, beside what stands on the books, and beside what payout runs then take of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.paying.sending import Sent
from ledger.reporting.cash_needed import CashNeed, find_cash_needed
from ledger.settlement.payouts.model import Run
from ledger.settlement.payouts.planning import Reason
from tests.invariants.unpaid_reasons import Told, UnpaidReasons

# Later than anything is due.
LAST_DAY = date(2100, 1, 1)
# Legal entity and currency.
Place = tuple[str, str]

_PAYOUTS = """
    SELECT b.reference AS entity, p.currency, p.due_date, p.status, p.takes_from, p.net_minor, p.fee_minor,
        p.withheld_minor, p.transit_minor
    FROM payout AS p INNER JOIN book AS b ON b.book_id = p.book_id
"""
# What parties owe from closed sheets and do not dispute.
_OWED = """
    SELECT b.reference AS entity, s.currency,
        -sum(s.total_minor + s.netted_minor + s.collected_minor + s.written_off_minor)::bigint AS owed
    FROM sheet AS s INNER JOIN book AS b ON b.book_id = s.book_id
    WHERE s.total_minor < 0 AND s.status NOT IN ('CLOSING', 'DISPUTED', 'ADJUSTED') GROUP BY 1, 2
"""
_DUE = """
    SELECT s.sheet_id, s.due_date, s.zone, s.currency, s.status, b.reference AS entity
    FROM sheet AS s INNER JOIN book AS b ON b.book_id = s.book_id
"""


class ToldCash(NamedTuple):
    """All that was said to be needed; and of each sheet its place, its day and how it stood then."""

    needs: Sequence[CashNeed]
    due: Mapping[int, tuple[Place, date]]
    failed: frozenset[tuple[Place, date]]
    today: date


class CashForecasts(UnpaidReasons):
    """Nothing here changes anything, nor draws by chance."""

    async def hear_cash(self) -> ToldCash:
        """The cash that is needed, as it is told now."""
        async with self.database.read(self.platform_id) as conn:
            needs = await find_cash_needed(conn, through=LAST_DAY)
        rows = await self.market.rows(_DUE)
        due = {row["sheet_id"]: ((row["entity"], row["currency"]), row["due_date"]) for row in rows}
        failed = frozenset(due[row["sheet_id"]] for row in rows if row["status"] == "PAY_FAILED")
        today = min((self.now.astimezone(ZoneInfo(row["zone"])).date() for row in rows), default=self.now.date())
        return ToldCash(needs, due, failed, today)

    async def check_cash_came(self, cash: ToldCash, told: Told, created: Run, sent: Sent, through: date | None) -> None:
        """
        A run takes of each day what was told to be payable, less what failed before, which waits for a person; and no
        payout waits for money where none was told to be short. Nobody was told of what holds gave back as the run
        itself paid their debts.
        """
        if await self._count_charged_back() != told.charged_back:
            # The run heard of chargebacks first, and took payouts back for them.
            return
        met: Counter[tuple[Place, date]] = Counter()
        for payout in created.created:
            for share in payout.draft.shares:
                met[cash.due[share.sheet_id]] += share.taken + share.withheld
        for each in created.waiting:
            met[cash.due[each.sheet_ids[0]]] += each.amount
        said = Counter({(_place(need), need.due_date): need.payable_minor for need in cash.needs})
        given: Counter[tuple[Place, date]] = Counter()
        for number, amount in (await self.find_given_back(told)).items():
            given[cash.due[number]] += amount
        for when in {*said, *met} - cash.failed:
            if when[1] <= (through or cash.today):
                assert 0 <= met[when] - said[when] <= given[when], when
        books = {row["book_id"]: row["reference"] for row in await self.market.rows("SELECT * FROM book")}
        short = {_place(need) for need in cash.needs if need.short_minor}
        short |= {place for (place, _), amount in given.items() if amount}
        for each in sent.waiting:
            if each.reason in (Reason.BANK_BALANCE.value, Reason.BEHIND_ANOTHER.value):
                assert (books[each.book_id], each.currency) in short, each


async def check_cash_needed(story: CashForecasts) -> None:
    """
    All the cash that is needed is what stands on closed sheets and what came back, less what of it is tax, less fees of
    what is on its way, and less what goes to debts, which is no more than those are; and what is short is short of it.
    """
    needs = (await story.hear_cash()).needs
    payouts = await story.market.rows(_PAYOUTS)
    owed = {(row["entity"], row["currency"]): row["owed"] for row in await story.market.rows(_OWED)}
    stands: Counter[Place] = Counter()
    available: Counter[Place] = Counter()
    for (entity, code, _, currency), (debit, credit) in (await story.market.accounts()).items():
        stands[entity, currency] += credit - debit if code in ("2015", "2016") else 0
        available[entity, currency] += debit - credit if code == "1010" else 0
    waiting: Counter[tuple[Place, date]] = Counter()
    for row in payouts:
        place = (row["entity"], row["currency"])
        if row["status"] == "CREATED":
            waiting[place, row["due_date"]] += row["net_minor"] + row["fee_minor"]
            stands[place] -= row["withheld_minor"]
        elif row["status"] in ("SUBMITTED", "UNKNOWN", "ACCEPTED"):
            stands[place] -= row["fee_minor"] if row["takes_from"] == "2015" else 0
            available[place] -= row["transit_minor"] + row["fee_minor"]
    assert Counter({(_place(need), need.due_date): need.created_minor for need in needs}) == waiting
    told: Counter[Place] = Counter()
    payable: defaultdict[Place, int] = defaultdict(int)
    for need in needs:
        place = _place(need)
        assert min(need.created_minor, need.payable_minor, need.upcoming_minor) >= 0, need
        told[place] += need.created_minor + need.payable_minor + need.upcoming_minor
        payable[place] += need.created_minor + need.payable_minor
        assert need.short_minor == max(0, payable[place] - max(0, available[place])), need
    for place in {*told, *stands}:
        assert 0 <= stands[place] - told[place] <= owed.get(place, 0), (place, stands[place], told[place])


def _place(need: CashNeed) -> Place:
    return need.legal_entity, need.currency
