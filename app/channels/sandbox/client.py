"""The channel that talks to the sandbox. A lost answer is UNKNOWN; a connection that was never made is not."""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from app.channels.protocol import ChannelUnreachable, FetchedFile, Handed
from ledger.noting import Noted, note
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Outcome, Secret, Submission, Verdict

_KINDS = {
    "ACCEPTED": AnswerKind.ACCEPTED,
    "PAID": AnswerKind.PAID,
    "REFUSED": AnswerKind.REFUSED,
    "RETURNED": AnswerKind.RETURNED,
}
# What comes of reading an answer that is none.
_NOT_UNDERSTOOD = (ValueError, KeyError, TypeError)
# Nothing of the request has left when these happen.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class SandboxChannel:
    """`url` is where the sandbox listens, `key` what it wants to hear; an answer later than `timeout_s` is lost."""

    # A transfer counts once by its key there, but that is the bank's word: what may have arrived is only asked about.
    is_repeatable = False

    def __init__(self, url: str, *, key: str, name: str = "sandbox", timeout_s: float = 10.0) -> None:
        self.name = name
        self._client = httpx.AsyncClient(
            base_url=url, timeout=timeout_s, headers={"Authorization": f"Bearer {key}"}, trust_env=False
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def submit(self, submission: Submission) -> Handed:
        """Hand a submission over. Refusals: ChannelUnreachable."""
        document = {
            "messageId": submission.message_id,
            "executionDate": submission.execution_date.isoformat(),
            "transfers": [
                {
                    "key": payment.key,
                    "amountMinor": payment.amount,
                    "currency": payment.currency,
                    "holder": payment.payee.holder,
                    "account": payment.payee.identifier.reveal(),
                    "note": payment.note,
                }
                for payment in submission.payments
            ],
        }
        sent = {payment.key: payment.payee.identifier for payment in submission.payments}
        lost = dict.fromkeys(sent, Outcome(Verdict.UNKNOWN, reason=note(Noted.ANSWER_LOST)))
        try:
            response = await self._client.post("/transfers", json=document)
            said = _read_outcomes(response.raise_for_status().json()["transfers"], sent)
        except _NEVER_SENT as error:
            raise ChannelUnreachable(channel=self.name) from error
        except (httpx.HTTPError, *_NOT_UNDERSTOOD):
            # It may have arrived, even where an error came back: only a query tells.
            return Handed(lost)
        return Handed({**lost, **said})

    async def query(self, keys: Sequence[str]) -> list[BankAnswer]:
        """Ask what became of transfers. Refusals: ChannelUnreachable."""
        said = await self._ask("POST", "/queries", {"keys": list(keys)})
        try:
            return [answer for row in said["transfers"] if row["status"] in _KINDS for answer in _to_answers(row)]
        except _NOT_UNDERSTOOD as error:
            raise ChannelUnreachable(channel=self.name) from error

    async def fetch(self) -> list[FetchedFile]:
        """The files that wait there. Refusals: ChannelUnreachable."""
        said = await self._ask("GET", "/files")
        try:
            return [FetchedFile(str(row["name"]), base64.b64decode(row["content"])) for row in said["files"]]
        except _NOT_UNDERSTOOD as error:
            raise ChannelUnreachable(channel=self.name) from error

    async def put_away(self, file: FetchedFile, *, refused: bool) -> None:
        """A file was recorded. Refusals: ChannelUnreachable."""
        await self._ask("DELETE", f"/files/{quote(file.name, safe='')}")

    async def _ask(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, json=document)
            said: dict[str, Any] = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChannelUnreachable(channel=self.name) from error
        return said


def _read_outcomes(rows: Sequence[dict[str, Any]], sent: Mapping[str, Secret]) -> dict[str, Outcome]:
    """
    The outcomes of what was sent, as far as they are certain. What is said of a transfer to another account is said of
    none of ours, and what is said in two ways, or in a word that nobody knows, is not certain: the bank is asked.
    """
    known: dict[str, set[Outcome]] = {}
    for row in rows:
        if row["key"] in sent and _find_account(row) in (None, sent[row["key"]]):
            outcome = _to_outcome(row) if row["status"] in _KINDS else Outcome(Verdict.UNKNOWN)
            known.setdefault(row["key"], set()).add(outcome)
    return {key: outcome for key, (outcome, *others) in known.items() if not others}


def _to_outcome(row: dict[str, Any]) -> Outcome:
    refused = row["status"] == "REFUSED"
    verdict = Verdict.REFUSED if refused else Verdict.ACCEPTED
    return Outcome(verdict, str(row["reference"]), str(row["reason"]) if refused else "")


def _to_answers(row: dict[str, Any]) -> list[BankAnswer]:
    """What became of a transfer; one that came back had been paid first."""
    path = ["PAID", "RETURNED"] if row["status"] == "RETURNED" else [str(row["status"])]
    return [_to_answer(row, status) for status in path]


def _to_answer(row: dict[str, Any], status: str) -> BankAnswer:
    kind = _KINDS[status]
    moved = kind in (AnswerKind.PAID, AnswerKind.RETURNED)
    charge = int(row.get("chargeMinor", 0)) if kind is AnswerKind.RETURNED else 0
    return BankAnswer(
        source="sandbox",
        # What became of a transfer is said once, however often it is asked.
        reference=f"{row['key']}/{status}",
        kind=kind,
        key=str(row["key"]),
        occurred_at=datetime.fromisoformat(row["changedAt"]),
        amount=int(row["amountMinor"]) - charge if moved else None,
        currency=str(row["currency"]) if moved else "",
        fee=int(row["feeMinor"]) if kind is AnswerKind.PAID else 0,
        bank_reference=str(row["reference"]),
        reason=str(row["reason"]) if kind in (AnswerKind.REFUSED, AnswerKind.RETURNED) else "",
        to_number=_find_account(row),
    )


def _find_account(row: dict[str, Any]) -> Secret | None:
    """Where the sandbox says that a transfer goes; None where it does not."""
    account = str(row.get("account", ""))
    return Secret(account) if account else None
