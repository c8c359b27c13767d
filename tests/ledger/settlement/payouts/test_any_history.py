"""
Money is claimed once, whatever is cancelled, failed, retried, returned, lost, killed or run twice.

Random histories against a real store. What a bank moved is counted here, from what it was asked and answered; the book
must say the same.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledger.db.connecting import Database
from ledger.errors import LedgerError
from ledger.journal.model import Refused
from ledger.settlement.payouts import answering, creating, ending, submitting
from ledger.settlement.payouts.model import AnswerKind, Outcome, Verdict
from ledger.verify import payouts as checks
from ledger.verify.snapshot import Snapshot
from tests.ledger.settlement.payouts.till import ACTOR, TODAY, Till, make_answer

ON_A_STORE = settings(
    max_examples=int(os.environ.get("SPLITBOOK_EXAMPLES", "12")),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

places = st.integers(0, 3)
verdicts = st.sampled_from([Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.REFUSED])
kinds = st.sampled_from(
    [AnswerKind.PAID, AnswerKind.PAID, AnswerKind.RETURNED, AnswerKind.ACCEPTED, AnswerKind.REFUSED]
)
steps = st.one_of(
    st.tuples(st.just("sheet"), st.sampled_from(["M1", "D1", "A1"]), st.integers(1, 300)),
    st.tuples(st.sampled_from(["run", "run", "create", "submit", "retry_answers"])),
    st.tuples(st.just("outcome"), places, verdicts),
    st.tuples(st.just("answer"), places, kinds, st.sampled_from([0, 0, 0, 0, 1])),
    st.tuples(st.sampled_from(["cancel", "retry", "retry"]), places),
    st.tuples(st.just("fund"), st.integers(-300, 600).filter(bool)),
)
# How each step is carried out: plainly, twice, or by somebody who is killed before his commit.
manners = st.sampled_from(["plain", "plain", "plain", "twice", "killed"])
histories = st.lists(st.tuples(steps, manners), min_size=30, max_size=60)


class _Killed(Exception):
    """The worker is gone before its commit."""


class _Story:
    """One till, and what the bank has moved by its own words."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.funded = 1_000
        self.moved: dict[str, int] = {}
        self.owed = 0

    async def take(self, step: tuple[Any, ...], manner: str) -> None:
        match step:
            case ("sheet", party, amount):
                await self.till.sheet(party, amount)
                self.owed += amount
            case ("fund", amount):
                (bank,) = await self.till.net("1010")
                amount = max(amount, bank)  # the account is not overdrawn
                if not amount:
                    return
                await self.till.fund(amount)
                self.funded += amount
            case _:
                for _ in range(2 if manner == "twice" else 1):
                    await self._act(step, killed=manner == "killed")

    async def _act(self, step: tuple[Any, ...], *, killed: bool) -> None:
        moved: list[tuple[str, int]] = []
        try:
            async with self.till.database.write(self.till.platform_id) as conn:
                moved = await self._run(conn, step)
                if killed:
                    raise _Killed
        except _Killed:
            return
        except LedgerError as refusal:
            if refusal.code not in ("PAYOUT_STATUS", "PAYOUT_REPLACED", "PAYOUT_CANNOT_BE_RETRIED"):
                raise
            return
        for key, amount in moved:
            self.moved[key] = self.moved.get(key, 0) + amount

    async def _run(self, conn: Any, step: tuple[Any, ...]) -> list[tuple[str, int]]:
        now, actor = self.till.now, ACTOR
        match step:
            case ("run",):
                await creating.create_due_payouts(conn, through=TODAY, actor=actor, now=now)
                await submitting.submit_payouts(conn, actor=actor, now=now)
            case ("create",):
                await creating.create_due_payouts(conn, through=TODAY, actor=actor, now=now)
            case ("submit",):
                await submitting.submit_payouts(conn, actor=actor, now=now)
            case ("retry_answers",):
                before = await self._standing(conn)
                await answering.retry_unmatched_answers(conn, actor=actor, now=now)
                return _compare(before, await self._standing(conn))
            case ("outcome", place, verdict):
                row = await self._pick(conn, place, "submission_id IS NOT NULL")
                if row:
                    outcomes = {row["channel_key"]: Outcome(verdict, "B")}
                    number = row["submission_id"]
                    await submitting.record_outcomes(
                        conn, submission_id=number, outcomes=outcomes, actor=actor, now=now
                    )
            case ("answer", place, kind, more):
                row = await self._pick(conn, place, "true")
                if row:
                    before = await self._standing(conn)
                    said = make_answer(kind, row["channel_key"], amount=row["net_minor"] + more)
                    await answering.record_bank_answers(conn, answers=[said, said], actor=actor, now=now)
                    return _compare(before, await self._standing(conn))
            case ("cancel", place):
                row = await self._pick(conn, place, "true")
                if row:
                    await ending.cancel_payouts(conn, payout_ids=[row["payout_id"]], reason="", actor=actor, now=now)
            case ("retry", place):
                row = await self._pick(conn, place, "true")
                if row:
                    await ending.retry_payout(conn, payout_id=row["payout_id"], actor=actor, now=now)
        return []

    async def _pick(self, conn: Any, place: int, condition: str) -> Any:
        rows = await conn.fetch(
            "SELECT payout_id, submission_id, channel_key, net_minor FROM payout"
            f" WHERE platform_id = $1 AND {condition} ORDER BY payout_id DESC LIMIT 6",
            self.till.platform_id,
        )
        return rows[place % len(rows)] if rows else None

    async def _standing(self, conn: Any) -> dict[str, tuple[str, int]]:
        rows = await conn.fetch(
            "SELECT channel_key, status, net_minor FROM payout WHERE platform_id = $1", self.till.platform_id
        )
        return {row["channel_key"]: (row["status"], row["net_minor"]) for row in rows}

    async def check(self) -> None:
        """The book against what the bank moved, and every payout against its sheets."""
        codes = [f"{code} {party}" for code in ("2015", "2016") for party in ("M1", "D1", "A1")]
        *claims, transit, bank = await self.till.net(", ".join([*codes, "2190", "1010"]))
        gone = sum(self.moved.values())
        assert -bank == self.funded - gone
        assert sum(claims) + transit + gone == self.owed
        assert min(claims) >= 0
        async with self.till.database.read(self.till.platform_id) as conn:
            snapshot = Snapshot(conn, "", lambda _c, _r: None, 1_000, [])
            for check in (checks.check_payouts, checks.check_claims, checks.check_transit):
                assert await check(snapshot) is None


def _compare(before: dict[str, tuple[str, int]], after: dict[str, tuple[str, int]]) -> list[tuple[str, int]]:
    """What left the bank, by the statuses that answers led to: paid and not sent back."""
    gone = []
    for key, (status, net) in after.items():
        was, now = (stand == "PAID" for stand in (before[key][0], status))
        if was != now:
            gone.append((key, net if now else -net))
    return gone


@ON_A_STORE
@given(history=histories)
async def test_money_is_claimed_once_whatever_happens_to_payouts(database: Database, history: list[Any]) -> None:
    story = _Story(await Till.open(database, cash=1_000))

    for step, manner in history:
        await story.take(step, manner)

    await story.check()


async def test_a_run_to_the_end_leaves_nothing_in_transit(database: Database) -> None:
    till = await Till.open(database)
    for party in ("M1", "D1", "A1"):
        for amount in (1_00, 2_00):
            await till.sheet(party, amount)
    for created in (await till.create()).created:
        await till.submit(created.payout_id)
        outcome = await till.answer(AnswerKind.PAID, created.payout_id)
        assert not isinstance(outcome, Refused)

    assert await till.net("2190, 2015 M1, 2015 D1, 2015 A1, 1010") == [0, 0, 0, 0, -9_991_00]
