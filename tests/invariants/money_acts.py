"""What people do to the money that parties are owed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from ledger.db.transacting import Connection
from ledger.settlement.adjustments.parsing import parse_adjustment
from ledger.settlement.adjustments.proposing import propose_adjustments
from ledger.settlement.deposits.agreeing import agree_deposits
from ledger.settlement.deposits.discharging import discharge_slices
from ledger.settlement.deposits.ending import end_agreements
from ledger.settlement.deposits.parsing import (
    parse_agreement,
    parse_bill,
    parse_claim_payment,
    parse_discharge,
    parse_ending,
    parse_receipt,
)
from ledger.settlement.deposits.paying import pay_claims
from ledger.settlement.deposits.receiving import record_cash
from ledger.settlement.holds.lifting import lift_holds
from ledger.settlement.holds.parsing import parse_hold, parse_lift
from ledger.settlement.holds.placing import place_holds
from ledger.settlement.payouts import ending
from ledger.settlement.receipts.matching import match_receipts
from ledger.settlement.receipts.model import MatchDraft, ToleranceDraft, UnmatchDraft
from ledger.settlement.receipts.parsing import parse_bank_receipt, parse_return
from ledger.settlement.receipts.recording import record_receipts
from ledger.settlement.receipts.returning import return_receipts
from ledger.settlement.receipts.tolerating import set_tolerances
from ledger.settlement.receipts.unmatching import unmatch_receipts
from ledger.settlement.sheets.confirming import Confirmation, confirm_sheets
from ledger.settlement.sheets.disputing import Answer, Objection, answer_dispute, dispute_sheet
from tests.invariants.story import ENTITIES, PAYEES, PERSON, Document, write_amount
from tests.invariants.unpaid_reasons import UnpaidReasons

CODES = {"M1": "2010", "M2": "2010", "A1": "2020", "A2": "2020", "D1": "2041", "D2": "2042", "D3": "2043"}

_UNIDENTIFIED = "SELECT receipt_id FROM receipt WHERE matched_minor + returned_minor < amount_minor ORDER BY 1"


class MoneyActs(UnpaidReasons):
    """Each act picks what it can act on; where there is nothing, nothing happens."""

    async def hold(self) -> None:
        party = self.random.choice(PAYEES)
        document: Document = {
            "reference": f"H{next(self.numbers)}",
            "party": party,
            "legalEntity": self.choose_entity(),
            "currency": "CNY",
            "amount": write_amount(self.random.randint(1, 3_000)),
            "reason": "RISK_REVIEW",
            "legalGround": "contract, clause 9",
            "releaseCondition": "review passed",
            "releaseRule": self.random.choice(["BY_HAND", "ON_DATE"]),
            "expectedReleaseDate": (self.now.date() + timedelta(days=20)).isoformat(),
        }
        sheets = await self.pick_sheets(f"payable > 0 AND party = '{party}'")
        document |= {"sheet": sheets[0]} if sheets and self.random.random() < 0.6 else {"accountCode": CODES[party]}
        draft = parse_hold(document)
        await self.act(lambda conn: place_holds(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def lift(self) -> None:
        rows = await self.market.rows(
            "SELECT hold_id, amount_minor - lifted_minor AS rest FROM hold"
            " WHERE lifted_minor < amount_minor AND release_rule <> 'BY_DISPUTE' ORDER BY hold_id"
        )
        if not rows:
            return
        said: Document = {"hold": rows[0]["hold_id"], "reference": f"L{next(self.numbers)}", "reason": "passed"}
        if self.random.random() < 0.5:
            said |= {"amount": write_amount(rows[0]["rest"] // 2 + 1), "currency": "CNY"}
        await self.act(lambda conn: lift_holds(conn, drafts=[parse_lift(said)], actor=PERSON, now=self.now))

    async def deposit(self) -> None:
        """An agreement to retain, or a deposit in cash or billed."""
        party, number = self.random.choice(PAYEES), next(self.numbers)
        of = {"party": party, "legalEntity": self.choose_entity(), "currency": "CNY", "legalGround": "clause 7"}
        head: Document = {"reference": f"W{number}", **of, "months": self.random.choice([0, 1, 12])}
        if self.random.random() < 0.5:
            said = {**head, "kind": "WAR", "basis": "PERIOD_NET", "rate": self.random.choice(["0.1", "0.05"])}
            said["release"] = self.random.choice(["BY_HAND", "ON_DATE"])
        else:
            short = self.random.choice(["WAIT", "BILL"])
            said = {**head, "kind": "SEC", "basis": "TARGET", "amount": "50.00", "shortfall": short}
        await self.act(lambda conn: agree_deposits(conn, drafts=[parse_agreement(said)], actor=PERSON, now=self.now))
        if said["kind"] == "SEC" and self.random.random() < 0.7:
            cash = {"reference": f"C{number}", "agreement": f"W{number}", "currency": "CNY", "amount": "20.00"}
            cash["startDate"] = self.now.date().isoformat()
            parse = self.random.choice([parse_receipt, parse_bill])
            await self.act(lambda conn: record_cash(conn, drafts=[parse(cash)], actor=PERSON, now=self.now))

    async def end_agreement(self) -> None:
        """Nothing more is retained or billed under one; what is billed lapses."""
        rows = await self.market.rows("SELECT reference FROM deposit_agreement ORDER BY agreement_id")
        if rows:
            draft = parse_ending({"agreement": self.random.choice(rows)["reference"], "reason": "test"})
            await self.act(lambda conn: end_agreements(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def discharge(self) -> None:
        rows = await self.market.rows(
            "SELECT slice_id FROM deposit_slice WHERE status IN ('HELD', 'RELEASABLE') ORDER BY slice_id"
        )
        if rows:
            said: Document = {
                "step": self.random.choice(["RELEASED", "FORFEITED", "CLAIMED"]),
                "slice": self.random.choice(rows)["slice_id"],
                "reference": f"X{next(self.numbers)}",
                "reason": "test",
            }
            if self.random.random() < 0.5:
                said |= {"amount": "1.00", "currency": "CNY"}
            if said["step"] == "CLAIMED":
                orders = await self.market.rows("SELECT reference FROM order_head ORDER BY sequence DESC LIMIT 1")
                buyers = {"order": orders[0]["reference"] if orders else "O1"}
                said |= self.random.choice([{"party": self.random.choice(PAYEES)}, buyers])
            await self.act(
                lambda conn: discharge_slices(conn, drafts=[parse_discharge(said)], actor=PERSON, now=self.now)
            )

    async def pay_claim(self) -> None:
        """Buyers get what was claimed for them, as far as the bank account has it; a claim may be told twice."""
        rows = await self.market.rows(
            "SELECT slice_id, reference FROM deposit_movement WHERE kind = 'CLAIMED' ORDER BY 2"
        )
        if rows:
            claim = self.random.choice(rows)
            said = {"slice": claim["slice_id"], "claim": claim["reference"], "reason": "test"}
            draft = parse_claim_payment(said)
            await self.act(lambda conn: pay_claims(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def adjust(self) -> None:
        kind = self.random.choice(["PENALTY", "COMPENSATION", "CORRECTION"])
        party = self.random.choice(["D1", "D2"] if kind == "CORRECTION" else PAYEES)
        said: Document = {
            "reference": f"ADJ{next(self.numbers)}",
            "kind": kind,
            "party": party,
            "legalEntity": self.choose_entity(),
            "currency": "CNY",
            "amount": write_amount(self.random.randint(1, 4_000)),
            "reason": "test",
        }
        if kind == "CORRECTION":
            said |= {"counterparty": "D1" if party == "D2" else "D2", "accountCode": "2041"}
        draft = parse_adjustment(said)
        await self.act(lambda conn: propose_adjustments(conn, drafts=[draft, draft], maker=PERSON, now=self.now))

    async def receive(self) -> None:
        """Money comes to the bank; some of it clears what somebody owes, and some of that is undone."""
        said: Document = {
            "reference": f"R{next(self.numbers)}",
            "legalEntity": self.choose_entity(),
            "bankAccount": "BOC-1",
            "currency": "CNY",
            "amount": write_amount(self.random.randint(1, 6_000)),
            "valueDate": self.now.date().isoformat(),
        }
        draft = parse_bank_receipt(said)
        await self.act(lambda conn: record_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))
        for _ in range(2):
            await self.match()
        rows = await self.market.rows("SELECT match_id FROM receipt_match ORDER BY match_id")
        if rows and self.random.random() < 0.4:
            undone = UnmatchDraft(self.random.choice(rows)["match_id"], "not theirs")
            await self.act(lambda conn: unmatch_receipts(conn, drafts=[undone, undone], actor=PERSON, now=self.now))
        await self.give_back()

    async def give_back(self) -> None:
        """Some of what nobody is found for goes back to whoever sent it."""
        rows = await self.market.rows(_UNIDENTIFIED)
        if not rows or self.random.random() > 0.3:
            return
        number = self.random.choice(rows)["receipt_id"]
        said: Document = {"reference": f"B{next(self.numbers)}", "receipt": number, "reason": "nobody's"}
        if self.random.random() < 0.5:
            said |= {"amount": write_amount(self.random.randint(1, 2_000)), "currency": "CNY"}
        draft = parse_return(said)
        await self.act(lambda conn: return_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def match(self) -> None:
        rows = await self.market.rows(_UNIDENTIFIED)
        tolerated = [ToleranceDraft(entity, "CNY", 300) for entity in ENTITIES]
        await self.act(lambda conn: set_tolerances(conn, drafts=tolerated, actor=PERSON, now=self.now))
        debts = await self.pick_sheets("total_minor < 0 AND status NOT IN ('COLLECTED', 'WRITTEN_OFF')")
        if rows and debts:
            part = self.random.choice([None, None, self.random.randint(1, 2_000)])
            number, sheet = self.random.choice(rows)["receipt_id"], self.random.choice(debts)
            clears = self.random.random() < 0.4
            draft = MatchDraft(f"T{next(self.numbers)}", number, sheet, part, clears_rest=clears)
            await self.act(lambda conn: match_receipts(conn, drafts=[draft, draft], actor=PERSON, now=self.now))

    async def confirm(self, *, everything: bool = False) -> None:
        sheets = await self.pick_sheets("status IN ('CONFIRM_PENDING', 'DISPUTED')")
        if everything:
            for number in await self.pick_sheets("status IN ('DISPUTED', 'ADJUSTED')"):
                await self.act(
                    lambda conn, number=number: answer_dispute(  # type: ignore[misc]
                        conn, answer=Answer(number, "looked into"), actor=PERSON, now=self.now
                    )
                )
            sheets = await self.pick_sheets("status IN ('CONFIRM_PENDING', 'ADJUSTED')")
        confirmations = [Confirmation(number) for number in sheets if everything or self.random.random() < 0.6]
        if confirmations:
            await self.act(lambda conn: confirm_sheets(conn, confirmations=confirmations, actor=PERSON, now=self.now))

    async def dispute(self) -> None:
        sheets = await self.pick_sheets("status = 'CONFIRM_PENDING'")
        if sheets:
            said = Objection(sheets[0], "too little")
            await self.act(lambda conn: dispute_sheet(conn, objection=said, actor=PERSON, now=self.now))

    async def answer(self) -> None:
        sheets = await self.pick_sheets("status = 'DISPUTED'")
        if sheets:
            said = Answer(sheets[0], "looked into")
            await self.act(lambda conn: answer_dispute(conn, answer=said, actor=PERSON, now=self.now))

    async def retry_payout(self) -> None:
        await self._end_payout(
            "FAILED",
            "RETURNED",
            act=self.retry_as_told,
        )

    async def cancel_payout(self) -> None:
        await self._end_payout(
            "CREATED",
            act=lambda conn, number: ending.cancel_payouts(
                conn, payout_ids=[number], reason="test", actor=PERSON, now=self.now
            ),
        )

    async def _end_payout(self, *statuses: str, act: Callable[[Connection, int], Awaitable[Any]]) -> None:
        rows = await self.market.rows("SELECT payout_id FROM payout WHERE status = ANY($1) ORDER BY 1", list(statuses))
        if rows:
            number = self.random.choice(rows)["payout_id"]
            await self.act(lambda conn: act(conn, number))
