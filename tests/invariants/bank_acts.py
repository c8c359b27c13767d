"""What legal entities and parties do with their bank accounts, and what is made of what banks say."""

from collections.abc import Sequence
from functools import partial
from itertools import product

from ledger.settlement.payouts import answering, ending
from ledger.settlement.payouts.accounts import register_payee_accounts, register_paying_account
from ledger.settlement.payouts.late import request_late_payment
from ledger.settlement.payouts.model import PayeeAccountDraft, PayingAccountDraft
from ledger.settlement.payouts.numbers import read_number
from ledger.settlement.payouts.settling import settle_answer
from ledger.settlement.payouts.submitting import submit_payouts
from tests.invariants.played_bank import Transfer
from tests.invariants.story import CURRENCIES, ENTITIES, PERSON
from tests.invariants.unpaid_reasons import UnpaidReasons

# Of each transfer: what the party bears, and what it is a multiple of (0: what is known of the channel).
FEES_AND_STEPS = ((0, 0), (0, 0), (30, 0), (30, 100), (0, 1_000))
TAXED, TAXED_CURRENCY = ("M1", "M2"), "CNY"

_WAITING = """
    SELECT a.bank_answer_id, a.refusal, p.currency, abs(a.amount_minor - p.net_minor) AS differs FROM bank_answer AS a
    INNER JOIN payout AS p ON p.payout_id = a.payout_id
    WHERE a.status = 'UNMATCHED' ORDER BY a.bank_answer_id
"""

_PAID_LATE = """
    SELECT a.bank_answer_id, p.currency, abs(a.amount_minor - p.net_minor) AS differs FROM bank_answer AS a
    INNER JOIN payout AS p ON p.payout_id = a.payout_id
    WHERE a.status = 'UNMATCHED' AND a.kind = 'PAID' AND p.status = 'FAILED' ORDER BY a.bank_answer_id
"""

_WAITING_FOR_A_PERSON = """
    SELECT p.payout_id FROM payout AS p
    INNER JOIN payee_account AS y ON y.payee_account_id = p.payee_account_id
    WHERE p.status = 'CREATED' AND (
        y.retired_at IS NOT NULL OR EXISTS (
            SELECT 1 FROM payout_sheet AS s
            INNER JOIN payout_sheet AS o ON o.sheet_id = s.sheet_id AND o.payout_id <> s.payout_id
            INNER JOIN bank_answer AS a ON a.payout_id = o.payout_id
            WHERE s.payout_id = p.payout_id AND a.status = 'UNMATCHED' AND a.kind = 'PAID'
        )
    )
    ORDER BY p.payout_id
"""


class BankActs(UnpaidReasons):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def open_accounts(self) -> None:
        """Everybody has one; some are paid less the tax on labour."""
        self.told.append("accounts")
        for entity, currency in product(ENTITIES, CURRENCIES):
            await self._pay_from(entity, currency)
        is_taxed = self.random.random() < 0.5
        await self.open_accounts_of(self.payees, taxed=TAXED if is_taxed else ())

    async def open_accounts_of(self, parties: Sequence[str], *, taxed: Sequence[str] = ()) -> None:
        """Where these are paid, in each currency in which nobody knows it."""
        rows = await self.market.rows(
            "SELECT p.reference, y.currency FROM payee_account AS y INNER JOIN party AS p ON p.party_id = y.party_id"
        )
        known = {(row["reference"], row["currency"]) for row in rows}
        for party, currency in product(parties, CURRENCIES):
            is_taxed_here = party in taxed and currency == TAXED_CURRENCY
            if (party, currency) not in known:
                await self._be_paid_on(party, currency, rule="CN-LABOUR" if is_taxed_here else "")

    async def change_bank(self) -> None:
        """A legal entity pays from another account from now on, perhaps in another way."""
        await self._pay_from(self.random.choice(ENTITIES), self.choose_currency())

    async def change_payee(self) -> None:
        """A party is paid on another account from now on; tax may begin or end with it."""
        currency = self.choose_currency()
        rule = self.random.choice(["", "", "CN-LABOUR"]) if currency == TAXED_CURRENCY else ""
        await self._be_paid_on(self.random.choice(self.payees), currency, rule=rule)

    async def bank_answers(self, *, everything: bool = False) -> None:
        """
        Some transfers are paid, some come back, some are refused though they were accepted or paid though they were
        refused, and the bank says so, now and then twice or in a wrong order, or with its charge in the amount.
        """
        for transfer in self.bank.transfers.values():
            if everything and transfer.status == "ACCEPTED":
                transfer.become("PAID", at=self.now, charge=self.random.choice([0, 0, 2]))
            elif not everything:
                self._go_on(transfer)
        answers = [answer for key in self.bank.transfers for answer in self.bank.tell(key)]
        if not everything:
            self.random.shuffle(answers)
            answers = answers[: self.random.randint(0, len(answers))] * self.random.randint(1, 2)
        if answers:
            await self.act(
                lambda conn: answering.record_bank_answers(conn, answers=answers, actor=PERSON, now=self.now)
            )

    async def settle_answers(self, *, everything: bool = False) -> None:
        """A person says what an answer means, mostly rightly; of those that cannot be settled, nothing."""
        rows = await self.market.rows(_WAITING)
        for row in rows if everything else self.random.sample(rows, min(len(rows), 1)):
            charge = row["differs"] if row["refusal"] == "ANSWER_AMOUNT_DIFFERS" else 0
            if not everything and self.random.random() < 0.2:
                charge += 1
            for _ in range(self.random.randint(1, 2)):
                await self.act(
                    lambda conn, row=row, charge=charge: settle_answer(  # type: ignore[misc]  # a lambda with defaults
                        conn,
                        answer_id=row["bank_answer_id"],
                        reason="the bank's charge",
                        charge=charge,
                        currency=row["currency"] if charge else "",
                        actor=PERSON,
                        now=self.now,
                    )
                )

    async def ask_for_late_payments(self, *, everything: bool = False) -> None:
        """A person asks for what was paid after it had failed; of those that nobody may book so, nothing."""
        rows = await self.market.rows(_PAID_LATE)
        for row in rows if everything else self.random.sample(rows, min(len(rows), 1)):
            charge = row["differs"] if everything or self.random.random() < 0.8 else 1
            await self.act(
                lambda conn, row=row, charge=charge: request_late_payment(  # type: ignore[misc]  # a lambda with defaults
                    conn,
                    answer_id=row["bank_answer_id"],
                    reason="on the statement of the old account",
                    charge=charge,
                    currency=row["currency"] if charge else "",
                    actor=PERSON,
                    now=self.now,
                )
            )

    async def dismiss_answers(self) -> None:
        """
        Somebody sees to what was paid after it had failed otherwise than by booking it: `dismissed` says which. What it
        was to pay is paid again.
        """
        rows = await self.market.rows(_PAID_LATE)
        if rows:
            number = self.random.choice(rows)["bank_answer_id"]
            await self.act(
                lambda conn: answering.dismiss_answers(
                    conn, answer_ids=[number], reason="from hand to hand", actor=PERSON, now=self.now
                )
            )
            self.dismissed.add(number)

    async def release_payouts(self) -> None:
        """Somebody has some payouts sent, or all of them; they go in their order."""
        rows = await self.market.rows("SELECT payout_id FROM payout WHERE status = 'CREATED' ORDER BY payout_id")
        if rows:
            some = [row["payout_id"] for row in self.random.sample(rows, self.random.randint(1, len(rows)))]
            chosen = self.random.choice([None, sorted(some)])
            await self.act(lambda conn: submit_payouts(conn, actor=PERSON, now=self.now, payout_ids=chosen))

    async def retry_everything(self) -> None:
        rows = await self.market.rows(
            "SELECT payout_id FROM payout WHERE status IN ('FAILED', 'RETURNED') ORDER BY payout_id"
        )
        for number in [row["payout_id"] for row in rows]:
            await self.act(partial(self.retry_as_told, number=number))

    async def cancel_waiting(self) -> None:
        """
        Payouts to accounts that parties are no longer paid on, and those of which a bank says that another has paid the
        same, wait for a person, who takes them back.
        """
        rows = await self.market.rows(_WAITING_FOR_A_PERSON)
        numbers = [row["payout_id"] for row in rows]
        if numbers:
            await self.act(
                lambda conn: ending.cancel_payouts(
                    conn, payout_ids=numbers, reason="paid elsewhere", actor=PERSON, now=self.now
                )
            )

    def _go_on(self, transfer: Transfer) -> None:
        """What may become of a transfer at the bank."""
        luck, charge = self.random.random(), self.random.choice([0, 0, 2])
        fee = self.random.choice([0, 0, 30])
        if transfer.status == "ACCEPTED" and luck < 0.6:
            transfer.become("PAID", at=self.now, fee=fee, charge=charge)
        elif transfer.status == "ACCEPTED" and luck < 0.7:
            transfer.become("REFUSED", at=self.now)
        elif transfer.status == "REFUSED" and transfer.amount and luck < 0.2:
            transfer.become("PAID", at=self.now, fee=fee, charge=charge)
        elif transfer.status == "PAID" and luck < 0.1:
            transfer.become("RETURNED", at=self.now, charge=charge)

    async def _pay_from(self, entity: str, currency: str) -> None:
        place = next(self.numbers)
        fee, step = self.random.choice(FEES_AND_STEPS)
        number = read_number(reference=f"B-{place}", holder="Marketplace", number=f"0001-{place:05}")
        draft = PayingAccountDraft(entity, f"B-{place}", currency, number, "sandbox", step_minor=step, fee_minor=fee)
        self.told[-1] += f" {entity} pays {currency} at {fee} in steps of {step}"
        await self.act(lambda conn: register_paying_account(conn, draft=draft, actor=PERSON, now=self.now))

    async def _be_paid_on(self, party: str, currency: str, *, rule: str) -> None:
        place = next(self.numbers)
        number = read_number(reference=f"{party}-{place}", holder=party, number=f"{place:08}")
        draft = PayeeAccountDraft(party, f"{party}-{place}", currency, number, withholding_rule=rule)
        self.told[-1] += f" {party} is paid {currency} {rule}"
        await self.act(lambda conn: register_payee_accounts(conn, drafts=[draft], actor=PERSON, now=self.now))
