"""What previews say, beside what is done right after them."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.paying import sending
from app.previewing import preview_closing, preview_paying
from app.worker.kinds import CLOSING, list_work
from app.worker.work import Work
from app.worker.worker import Worker
from ledger.actor import SYSTEM
from ledger.reporting.due_work import ClosingSheet
from ledger.settlement.payouts.creating import create_due_payouts
from ledger.settlement.payouts.model import Created, Run, Waiting
from tests.invariants.cash_forecasts import CashForecasts

# Sheets that closed since a step: with what they hold now, or quiet ones that were completed at once.
_CLOSED = """
    SELECT find_holder_reference(s.platform_id, s.party_id), find_holder_reference(s.platform_id, s.book_id), s.role,
        s.mode, s.currency, s.zone, s.period_start, s.period_end, s.due_date, s.line_count, s.total_minor
    FROM sheet_history AS h INNER JOIN sheet AS s ON s.sheet_id = h.sheet_id
    WHERE h.step_id > $1 AND (h.status = 'CLOSING' OR h.reason = 'nothing in its period')
"""
_PAYING = ("payouts.create", "payouts.submit")


class Previews(CashForecasts):
    """Work that is foretold first, and done as it was foretold, and as parties were told."""

    async def work_as_foretold(self) -> None:
        """A worker's round in three parts: closing, all but payouts, payouts; the first and the last are previewed."""
        told = await self.hear()
        await self._close_as_foretold()
        await self.check_closed(told)
        told = await self.hear()
        work = list_work({"sandbox": self.bank}, {})
        await self._run([each for each in work if each.kind not in _PAYING])
        await self.check_waited(told)
        told, cash = await self.hear(), await self.hear_cash()
        through = self.random.choice([None, None, (self.now + timedelta(days=self.random.randint(-3, 5))).date()])
        created, sent = await self._pay_as_foretold(through)
        await self.check_paid(told, created, sent)
        await self.check_next(told, created, through)
        await self.check_cash_came(cash, told, created, sent, through)

    async def _close_as_foretold(self) -> None:
        before = await self.count_log()
        (step,) = await self.market.rows("SELECT coalesce(max(step_id), 0) AS last FROM sheet_history")
        foretold, is_more = await self.live(
            lambda: preview_closing(self.database, platform_id=self.platform_id, actor=SYSTEM, now=self.now)
        )
        assert not is_more
        assert await self.count_log() == before
        await self._run(CLOSING)
        closed = [ClosingSheet(*row) for row in await self.market.rows(_CLOSED, step["last"])]
        differ("sheets", foretold, closed)

    async def _pay_as_foretold(self, through: date | None) -> tuple[Run, sending.Sent]:
        before = await self.count_log()
        foretold = await self.live(
            lambda: preview_paying(
                self.database, platform_id=self.platform_id, actor=SYSTEM, through=through, now=self.now
            )
        )
        assert await self.count_log() == before
        created = await self._create(through)
        sent = await sending.submit(
            self.database, self.platform_id, now=self.now, actor=SYSTEM, channels={"sandbox": self.bank}
        )
        numbers = {each.payout_id for each in created.created}
        behind = [each._replace(payout_id=0) if each.payout_id in numbers else each for each in sent.waiting]
        differ("payouts", foretold.created, [each._replace(payout_id=0) for each in created.created])
        differ("waiting", foretold.waiting, [*created.waiting, *behind])
        unsent = {each.payout_id for each in sent.waiting}
        assert numbers - set(sent.payout_ids) == numbers & unsent, "what is created and waits for nothing is sent"
        return created, sent

    async def _create(self, through: date | None) -> Run:
        """By one call, as over GraphQL, or by calls until nothing more can be created, as from the command line."""
        if self.random.random() < 0.5:
            return await sending.create_due(
                self.database, self.platform_id, now=self.now, actor=SYSTEM, through=through
            )
        async with self.database.write(self.platform_id) as conn:
            return await create_due_payouts(conn, through=through, actor=SYSTEM, now=self.now)

    async def _run(self, work: Sequence[Work]) -> None:
        now = self.now
        tally = await Worker(self.database, work, lambda: now, platform_id=self.platform_id).run_once()
        assert tally.failed == 0


def differ(
    what: str, foretold: Sequence[ClosingSheet | Created | Waiting], done: Sequence[ClosingSheet | Created | Waiting]
) -> None:
    """Refuse where a preview said what was not done, or did not say what was."""
    said, was = Counter[Any](foretold), Counter[Any](done)
    assert said == was, f"{what}: only said {list((said - was).elements())}, only done {list((was - said).elements())}"
