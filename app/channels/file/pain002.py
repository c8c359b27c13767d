"""
A bank's status report on payments, pain.002, of any version of its first variant.

It tells whether a transfer was taken; that money has left is posted by the statement. An acceptance that says so (ACSC,
ACCC) keeps its status as its reason: no refusal is believed after it. Statuses that only say how far the checks are
(ACCP, ACTC, PDNG, RCVD …) change nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from app.channels.file.answers import GroupAnswer, ReadFile
from app.channels.file.xml import Moment, check_name, find_all, find_iban, find_one, find_text, read_moment, read_money
from app.channels.protocol import BankFileUnreadable, Why
from ledger.fields import cut_text
from ledger.settlement.payouts.model import SETTLED, AnswerKind, BankAnswer

_ANSWERS = {
    **dict.fromkeys(("ACSP", "ACSC", "ACCC", "ACWC"), AnswerKind.ACCEPTED),
    **dict.fromkeys(("RJCT", "CANC"), AnswerKind.REFUSED),
}


def read_pain002(kind: str, root: Element, *, name: str) -> ReadFile:
    """Refusals: BankFileUnreadable."""
    report = find_one(root, "CstmrPmtStsRpt")
    message_id = find_text(report, "GrpHdr/MsgId") if report is not None else ""
    if report is None or not message_id:
        raise BankFileUnreadable(name=name, reason=Why.NO_STATUS_REPORT)
    check_name(message_id, name=name)
    created = read_moment(find_text(report, "GrpHdr/CreDtTm"), name=name)
    statuses = [
        (batch, transaction)
        for batch in find_all(report, "OrgnlPmtInfAndSts")
        for transaction in find_all(batch, "TxInfAndSts")
    ]
    answers: list[BankAnswer] = []
    for place, (_, transaction) in enumerate(statuses, start=1):
        answer = _read_transaction(transaction, created, name=name)
        if answer is not None:
            reference = find_text(transaction, "StsId") or str(place)
            answers.append(replace(answer, source=f"pain.002/{message_id}", reference=cut_text(reference)))
    named = frozenset(_find_key(transaction) for _, transaction in statuses)
    groups = tuple(_read_groups(report, message_id, created, besides=named))
    return ReadFile(kind, message_id, tuple(answers), groups, passed_over=len(statuses) - len(answers))


def _read_transaction(transaction: Element, created: Moment, *, name: str) -> BankAnswer | None:
    status = find_text(transaction, "TxSts")
    kind = _ANSWERS.get(status)
    if kind is None:
        return None
    amount, currency = None, ""
    said = find_one(transaction, "OrgnlTxRef/Amt/InstdAmt")
    if said is not None:
        amount, currency = read_money(said, name=name)
    when = _when(transaction, created, name=name)
    return BankAnswer(
        source="",
        reference="",
        kind=kind,
        key=_find_key(transaction),
        occurred_at=when.at,
        is_local=when.is_local,
        amount=amount,
        currency=currency,
        bank_reference=cut_text(find_text(transaction, "AcctSvcrRef")),
        reason=_choose_reason(kind, status, _reason(transaction)),
        from_iban=find_iban(transaction, "OrgnlTxRef/DbtrAcct/Id/IBAN"),
        to_iban=find_iban(transaction, "OrgnlTxRef/CdtrAcct/Id/IBAN"),
        to_number=find_iban(transaction, "OrgnlTxRef/CdtrAcct/Id/Othr/Id"),
    )


def _find_key(transaction: Element) -> str:
    return cut_text(find_text(transaction, "OrgnlEndToEndId", "OrgnlInstrId"))


def _read_groups(
    report: Element, message_id: str, created: Moment, *, besides: frozenset[str]
) -> Iterator[GroupAnswer]:
    """
    Without a word on single payments, the verdict on the whole message (or its one batch) is one on each. A refusal of
    all of it is one on those that are not named, too: banks name those only for which they refuse the rest.
    """
    group = find_one(report, "OrgnlGrpInfAndSts")
    batch = find_one(report, "OrgnlPmtInfAndSts")
    if group is None:
        return
    status = find_text(group, "GrpSts") or (find_text(batch, "PmtInfSts") if batch is not None else "")
    kind = _ANSWERS.get(status)
    if kind is None or (besides and kind is not AnswerKind.REFUSED):
        return
    reason = _reason(group) or (_reason(batch) if batch is not None else "")
    answer = BankAnswer(
        source=f"pain.002/{message_id}",
        reference="",
        kind=kind,
        key="",
        occurred_at=created.at,
        is_local=created.is_local,
        reason=_choose_reason(kind, status, reason),
    )
    yield GroupAnswer(find_text(group, "OrgnlMsgId"), answer, besides)


def _choose_reason(kind: AnswerKind, status: str, said: str) -> str:
    if kind is AnswerKind.REFUSED:
        return said
    return status if status in SETTLED else ""


def _when(transaction: Element, created: Moment, *, name: str) -> Moment:
    text = find_text(transaction, "AccptncDtTm")
    return read_moment(text, name=name) if text else created


def _reason(element: Element) -> str:
    words = [
        find_text(element, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry"),
        find_text(element, "StsRsnInf/AddtlInf"),
    ]
    return cut_text(" ".join(word for word in words if word))
