"""A platform whose sheets wait to be paid, on a real store, and everything that moves their payouts."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from ledger.actor import Actor
from ledger.db.connecting import Database
from ledger.journal.model import AccountKey, EntryDraft, LineDraft, Posted, Refused
from ledger.journal.posting import post_entries
from ledger.parties.finding import find_parties
from ledger.settlement.payouts import answering, creating, ending, submitting
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.loading import load_payouts
from ledger.settlement.payouts.model import (
    AccountRegistered,
    AnswerKind,
    Applied,
    BankAnswer,
    Created,
    Outcome,
    PayeeAccountDraft,
    PayingAccountDraft,
    Payout,
    Run,
    Verdict,
)
from ledger.settlement.payouts.numbers import read_number
from tests.ledger.charging.market import Market
from tests.oracle.small_world import PARTIES

ACTOR = Actor("tester")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
TODAY = NOW.date()
_numbers = itertools.count(1)
IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606")


class Till:
    """One platform's payouts. `market` is the platform; amounts are in minor units of CNY."""

    def __init__(self, market: Market, owner_dsn: str) -> None:
        self.market = market
        self.database: Database = market.database
        self.platform_id = market.platform_id
        self.now = NOW
        self._owner_dsn = owner_dsn
        self._references = itertools.count(1)

    @classmethod
    async def open(
        cls, database: Database, *, cash: int = 10_000_00, zone: str = "Asia/Shanghai", **way: Any
    ) -> "Till":
        """LE1 pays from an account with this much in it, by the sandbox; M1, D1 and A1 have accounts."""
        parties = [{**each, "timeZone": zone} if each["kind"] == "OPERATOR" else each for each in PARTIES]
        till = cls(await Market.open(database, parties=parties), database.dsn)
        await till.pay_from(**way)
        for party, iban in zip(("M1", "D1", "A1"), IBANS, strict=True):
            await till.pay_to(party, iban=iban)
        if cash:
            await till.fund(cash)
        return till

    async def pay_from(
        self, *, currency: str = "CNY", iban: str = "CH9300762011623852957", reference: str = "B1", **way: Any
    ) -> AccountRegistered:
        number = read_number(reference=reference, holder="Marketplace Ltd", iban=iban)
        draft = PayingAccountDraft("LE", reference, currency, number, **{"channel": "sandbox", **way})
        async with self.database.write(self.platform_id) as conn:
            return await register_paying_account(conn, draft=draft, actor=ACTOR, now=self.now)

    async def pay_to(self, party: str, *, iban: str, reference: str = "", rule: str = "", currency: str = "CNY") -> Any:
        number = read_number(reference=party, holder=f"{party} shop", iban=iban)
        draft = PayeeAccountDraft(party, reference or f"{party}-1", currency, number, rule)
        (outcome,) = await self.pay_to_all(draft)
        return outcome

    async def pay_to_all(self, *drafts: PayeeAccountDraft) -> Any:
        """Several accounts in one call."""
        async with self.database.write(self.platform_id) as conn:
            return await register_payee_accounts(conn, drafts=drafts, actor=ACTOR, now=self.now)

    async def fund(self, amount: int, *, currency: str = "CNY") -> None:
        """Money comes into the bank account (or leaves it, below zero)."""
        side, other = ("1010", "3000") if amount > 0 else ("3000", "1010")
        await self.post((side, None, "D", abs(amount)), (other, None, "C", abs(amount)), currency=currency)

    async def post(self, *lines: tuple[str, str | None, Any, int], currency: str = "CNY") -> None:
        async with self.database.write(self.platform_id) as conn:
            names = {party for _, party, _, _ in lines if party} | {"LE"}
            ids = {name: found.party_id for name, found in (await find_parties(conn, references=names)).items()}
            drafts = [
                LineDraft(AccountKey(ids["LE"], code, ids[party] if party else None, currency), side, amount)
                for code, party, side, amount in lines
            ]
            draft = EntryDraft(f"till-{next(_numbers)}", ids["LE"], TODAY, tuple(drafts))
            (outcome,) = await post_entries(conn, drafts=[draft], actor=ACTOR)
        assert isinstance(outcome, Posted), outcome

    async def sheet(
        self,
        party: str,
        amount: int,
        *,
        due: date = TODAY,
        role: str = "MERCHANT",
        currency: str = "CNY",
        zone: str = "UTC",
        status: str = "PAYMENT_PENDING",
    ) -> int:
        """
        A sheet that may be paid, or is at another point of its life, with its money in 2015. How sheets close is tested
        elsewhere: this one is put there by the store's owner with the laws of sheets asleep.
        """
        await self.post(("5060", None, "D", amount), ("2015", party, "C", amount), currency=currency)
        start = NOW - timedelta(days=10_000 - next(_numbers))
        connection = await asyncpg.connect(self._owner_dsn)
        try:
            await connection.execute("SET session_replication_role = replica")
            number: int = await connection.fetchval(
                """
                INSERT INTO sheet (
                    platform_id, party_id, book_id, period_start, period_end, through_sequence, total_minor, opened_at,
                    closed_at, due_date, calendar_version, role, mode, currency, zone, calendar, confirmation, status
                )
                SELECT $1, p.party_id, b.party_id, $4::timestamptz, $4::timestamptz + interval '1 hour', 1, $5, $4, $4,
                    $6, 0, $7, 'AGENCY',
                    $8, $9, 'MON-FRI', 'NONE', $10
                FROM party AS p, party AS b
                WHERE p.platform_id = $1 AND p.reference = $2 AND b.platform_id = $1 AND b.reference = $3
                RETURNING sheet_id
                """,
                self.platform_id,
                party,
                "LE",
                start,
                amount,
                due,
                role,
                currency,
                zone,
                status,
            )
        finally:
            await connection.close()
        return number

    async def create(self, through: date | None = TODAY) -> Run:
        async with self.database.write(self.platform_id) as conn:
            return await creating.create_due_payouts(conn, through=through, actor=ACTOR, now=self.now)

    async def create_one(self, through: date = TODAY) -> Created:
        run = await self.create(through)
        (created,) = run.created
        left = {share.sheet_id for share in created.draft.shares}
        assert {number for each in run.waiting for number in each.sheet_ids} <= left
        return created

    async def submit(self, *payout_ids: int) -> submitting.Submitted:
        async with self.database.write(self.platform_id) as conn:
            return await submitting.submit_payouts(conn, actor=ACTOR, now=self.now, payout_ids=payout_ids or None)

    async def outcome(self, payout_id: int, verdict: Verdict, *, reason: str = "") -> list[Payout]:
        """What the channel made of the payout's submission: the same of all payouts in it."""
        payout = await self.payout(payout_id)
        async with self.database.write(self.platform_id) as conn:
            rows = await conn.fetch(
                "SELECT channel_key FROM payout WHERE platform_id = $1 AND submission_id = $2",
                self.platform_id,
                payout.submission_id,
            )
            return await submitting.record_outcomes(
                conn,
                submission_id=payout.submission_id or 0,
                outcomes={row["channel_key"]: Outcome(verdict, "BK1", reason) for row in rows},
                actor=ACTOR,
                now=self.now,
            )

    async def answer(self, kind: AnswerKind, payout_id: int, **said: Any) -> Applied | Refused:
        """One answer of the bank about a payout; its amount is the payout's unless said otherwise."""
        payout = await self.payout(payout_id)
        return (await self.answers(make_answer(kind, payout.channel_key, **{"amount": payout.net, **said})))[0]

    async def answers(self, *answers: BankAnswer) -> list[Applied | Refused]:
        async with self.database.write(self.platform_id) as conn:
            return await answering.record_bank_answers(conn, answers=answers, actor=ACTOR, now=self.now)

    async def retry_answers(self, *, most: int = 1_000) -> int:
        """All that wait, so many at once; how many were applied."""
        applied, after = 0, answering.FIRST
        while True:
            async with self.database.write(self.platform_id) as conn:
                tried = await answering.retry_unmatched_answers(conn, actor=ACTOR, now=self.now, after=after, most=most)
            applied += tried.applied
            if tried.after is None:
                return applied
            after = tried.after

    async def dismiss(self, reference: str) -> None:
        """A person has seen to the answers of this name."""
        rows = await self.market.rows("SELECT bank_answer_id FROM bank_answer WHERE reference = $1", reference)
        numbers = [row["bank_answer_id"] for row in rows]
        async with self.database.write(self.platform_id) as conn:
            await answering.dismiss_answers(conn, answer_ids=numbers, reason="seen to", actor=ACTOR, now=self.now)

    async def cancel(self, *payout_ids: int) -> list[Payout | Refused]:
        async with self.database.write(self.platform_id) as conn:
            return await ending.cancel_payouts(conn, payout_ids=payout_ids, reason="test", actor=ACTOR, now=self.now)

    async def retry(self, payout_id: int) -> Created:
        async with self.database.write(self.platform_id) as conn:
            return await ending.retry_payout(conn, payout_id=payout_id, actor=ACTOR, now=self.now)

    async def pay(self, payout_id: int) -> None:
        """All the way from CREATED to PAID."""
        await self.submit(payout_id)
        await self.pay_out(payout_id)

    async def pay_out(self, payout_id: int) -> None:
        """From SUBMITTED to PAID."""
        await self.outcome(payout_id, Verdict.ACCEPTED)
        assert isinstance(await self.answer(AnswerKind.PAID, payout_id), Applied)

    async def payout(self, payout_id: int) -> Payout:
        async with self.database.read(self.platform_id) as conn:
            return (await load_payouts(conn, payout_ids=[payout_id]))[payout_id]

    async def status(self, payout_id: int) -> str:
        return (await self.payout(payout_id)).status.value

    async def sheet_figures(self, sheet_id: int) -> tuple[str, int, int, int, int]:
        """Status, payable, claimed by payouts, paid, withheld."""
        (row,) = await self.market.rows(
            """
            SELECT status, total_minor - netted_minor - retained_minor - held_minor - withheld_minor - payout_minor,
                payout_minor, paid_minor, withheld_minor FROM sheet WHERE sheet_id = $1
            """,
            sheet_id,
        )
        return (row[0], row[1], row[2], row[3], row[4])

    async def net(self, codes_and_parties: str) -> list[int]:
        """Credit balances, as Market.net; bank and expenses show with a minus."""
        return await self.market.net(codes_and_parties)

    async def unmatched(self) -> list[tuple[str, str]]:
        """Reference and reason of every answer that waits."""
        rows = await self.market.rows(
            "SELECT reference, refusal FROM bank_answer WHERE status = 'UNMATCHED' ORDER BY bank_answer_id"
        )
        return [(row["reference"], row["refusal"]) for row in rows]

    async def templates(self) -> list[str]:
        """The templates of the entries of payouts, in the order of the log."""
        rows = await self.market.rows("SELECT template FROM entry WHERE template LIKE 'PAYOUT%' ORDER BY sequence")
        return [row["template"] for row in rows]


def make_answer(kind: AnswerKind, key: str, **said: Any) -> BankAnswer:
    """An answer with an identity of its own unless one is given."""
    return BankAnswer(
        **{
            "source": "bank",
            "reference": f"a{next(_numbers)}",
            "occurred_at": NOW,
            "currency": "CNY",
            "kind": kind,
            "key": key,
            **said,
        }
    )
