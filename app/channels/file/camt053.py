"""
A bank's statement, camt.053, of any version of its first variant: what has left the account, and what came back.

A booked debit that names one of our transfers means it was paid; a credit that is a return, or a debit reversed, or
that bears the name of a transfer of ours, means it came back. A return that was itself reversed left a second time. A
debit that names a whole message of ours and none of its transfers (a batch) is of all of them. Everything else on the
statement is passed over here and counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

from app.channels.file.answers import GroupAnswer, ReadFile
from app.channels.file.xml import (
    check_name,
    find_all,
    find_iban,
    find_one,
    find_text,
    is_true,
    read_moment,
    read_money,
)
from app.channels.protocol import BankFileUnreadable, Why
from ledger.fields import cut_text
from ledger.settlement.payouts.keys import find_platform
from ledger.settlement.payouts.model import AnswerKind, BankAnswer, Secret

_NOT_PROVIDED = "NOTPROVIDED"
# What a credit transfer that came back is among banks' codes of transactions.
_RETURN = "RRTN"


def read_camt053(kind: str, root: Element, *, name: str) -> ReadFile:
    """Refusals: BankFileUnreadable."""
    statements = list(find_all(root, "BkToCstmrStmt/Stmt"))
    message_id = check_name(find_text(root, "BkToCstmrStmt/GrpHdr/MsgId"), name=name)
    if not statements or not message_id:
        raise BankFileUnreadable(name=name, reason=Why.NO_STATEMENT)
    answers: list[BankAnswer] = []
    groups: list[GroupAnswer] = []
    seen = 0
    for statement in statements:
        identity = check_name(find_text(statement, "Id"), name=name) or message_id
        found: list[BankAnswer] = []
        for place, entry in enumerate(find_all(statement, "Ntry"), start=1):
            details = list(find_all(entry, "NtryDtls/TxDtls")) or [entry]
            seen += len(details)
            source, account = f"camt.053/{identity}", find_iban(statement, "Acct/Id/IBAN")
            read = _read_entry(entry, details, source=source, place=place, name=name)
            found += [replace(answer, from_iban=account) for answer in read]
            batch = _read_batch(entry, source=source, place=place, name=name)
            groups += [replace(each, answer=replace(each.answer, from_iban=account)) for each in batch]
        answers += _tell_apart(found)
    return ReadFile(kind, message_id, tuple(answers), tuple(groups), seen - len(answers) - len(groups))


def _tell_apart(answers: Iterable[BankAnswer]) -> Iterator[BankAnswer]:
    """
    What one statement books twice has moved twice, whatever it calls it. The second time has a name of its own and none
    at the bank, so that nobody takes it for the first one said again.
    """
    booked: Counter[tuple[str, AnswerKind]] = Counter()
    for answer in answers:
        booked[answer.key, answer.kind] += 1
        times = booked[answer.key, answer.kind]
        if times == 1:
            yield answer
        else:
            yield replace(answer, reference=f"{answer.reference[:190]}#{times}", bank_reference="")


def _read_entry(entry: Element, details: list[Element], *, source: str, place: int, name: str) -> Iterator[BankAnswer]:
    if find_text(entry, "Sts/Cd", "Sts") != "BOOK":
        return
    day = read_moment(find_text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"), name=name)
    for part, detail in enumerate(details, start=1):
        key = find_text(detail, "Refs/EndToEndId")
        answer_kind = _find_kind(entry, detail, key=key)
        if key in ("", _NOT_PROVIDED) or answer_kind is None:
            continue
        alone = len(details) == 1
        # Where only the entry speaks of charges, what is inside is inside its amount.
        told = entry if alone and not _has_charges(detail) and _has_charges(entry) else detail
        moved, currency = _find_amount(entry, told, alone=alone, name=name)
        fee, included = _find_fee(told, currency, name=name)
        # Charges inside make a payment larger than the transfer, and a return smaller.
        amount = moved + included if answer_kind is AnswerKind.RETURNED else moved - included
        if amount < 0:
            raise BankFileUnreadable(name=name, reason=Why.CHARGES)
        reference = find_text(entry, "AcctSvcrRef", "NtryRef") or str(place)
        yield BankAnswer(
            source=source,
            reference=cut_text(f"{reference}/{part}"),
            kind=answer_kind,
            key=cut_text(key),
            occurred_at=day.at,
            is_local=day.is_local,
            amount=amount,
            currency=currency,
            fee=fee,
            bank_reference="" if _is_reversed_return(entry, detail) else _find_bank_reference(entry, detail),
            reason=_find_reason(detail) if answer_kind is AnswerKind.RETURNED else "",
            to_iban=_find_payee(detail, "IBAN", answer_kind),
            to_number=_find_payee(detail, "Othr/Id", answer_kind),
        )


def _read_batch(entry: Element, *, source: str, place: int, name: str) -> Iterator[GroupAnswer]:
    """What an entry says that books a whole message at once; nothing where it names transfers."""
    message_id = find_text(entry, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId")
    is_paid = find_text(entry, "CdtDbtInd") == "DBIT" and not is_true(entry, "RvslInd")
    is_booked = find_text(entry, "Sts/Cd", "Sts") == "BOOK"
    if not message_id or not is_paid or not is_booked or find_one(entry, "NtryDtls/TxDtls") is not None:
        return
    day = read_moment(find_text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"), name=name)
    moved, currency = _find_amount(entry, entry, alone=True, name=name)
    fee, included = _find_fee(entry, currency, name=name)
    if included > moved:
        raise BankFileUnreadable(name=name, reason=Why.CHARGES)
    answer = BankAnswer(
        source=source,
        reference=f"{find_text(entry, 'AcctSvcrRef', 'NtryRef') or place}/batch {place}"[:150],
        kind=AnswerKind.PAID,
        key="",
        occurred_at=day.at,
        is_local=day.is_local,
        amount=moved - included,
        currency=currency,
        fee=fee,
        bank_reference=cut_text(find_text(entry, "AcctSvcrRef")),
    )
    yield GroupAnswer(cut_text(message_id), answer)


def _find_kind(entry: Element, detail: Element, *, key: str) -> AnswerKind | None:
    if _find_direction(entry, detail) == "DBIT":
        return AnswerKind.PAID
    is_return = find_one(detail, "RtrInf") is not None or _RETURN in (
        find_text(detail, "BkTxCd/Domn/Fmly/SubFmlyCd"),
        find_text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd"),
    )
    # Nobody but us gives such a name: a bank that says no more than it has sent our own transfer back. Passed over, its
    # money would stand nowhere, and the party would count as paid.
    is_ours = find_platform(key) is not None
    return AnswerKind.RETURNED if is_return or is_ours or is_true(entry, "RvslInd") else None


def _find_direction(entry: Element, detail: Element) -> str:
    return find_text(detail, "CdtDbtInd") or find_text(entry, "CdtDbtInd")


def _is_reversed_return(entry: Element, detail: Element) -> bool:
    """Whether money left once more that had come back. Without a name at the bank it is not taken for its payment."""
    return is_true(entry, "RvslInd") and _find_direction(entry, detail) == "DBIT"


def _find_payee(detail: Element, scheme: str, kind: AnswerKind) -> Secret | None:
    """Where what left went; of what came back nobody says it."""
    return find_iban(detail, f"RltdPties/CdtrAcct/Id/{scheme}") if kind is AnswerKind.PAID else None


def _find_bank_reference(entry: Element, detail: Element) -> str:
    return cut_text(find_text(detail, "Refs/AcctSvcrRef") or find_text(entry, "AcctSvcrRef"))


def _find_amount(entry: Element, detail: Element, *, alone: bool, name: str) -> tuple[int, str]:
    """
    What moved on the account: the transaction's amount, the entry's where it is the only one. What the transfer was of
    (TxAmt) is asked only where nothing else is said: it may be more or less than that.
    """
    found = find_one(detail, "Amt")
    if found is None and alone:
        found = find_one(entry, "Amt")
    if found is None:
        found = find_one(detail, "AmtDtls/TxAmt/Amt")
    if found is None:
        raise BankFileUnreadable(name=name, reason=Why.TRANSACTION_WITHOUT_AMOUNT)
    return read_money(found, name=name)


def _has_charges(element: Element) -> bool:
    return find_one(element, "Chrgs/Rcrd") is not None


def _find_fee(detail: Element, currency: str, *, name: str) -> tuple[int, int]:
    """What the bank took for a transfer, and what of that is inside the amount."""
    fee = included = 0
    for record in find_all(detail, "Chrgs/Rcrd"):
        said = find_one(record, "Amt")
        if said is None or find_text(record, "CdtDbtInd") == "CRDT":
            continue
        amount, charged = read_money(said, name=name)
        if charged != currency:
            continue  # a charge in another currency is on an account of its own
        fee += amount
        included += amount if is_true(record, "ChrgInclInd") else 0
    return fee, included


def _find_reason(detail: Element) -> str:
    words = [find_text(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"), find_text(detail, "RtrInf/AddtlInf")]
    return cut_text(" ".join(word for word in words if word))
