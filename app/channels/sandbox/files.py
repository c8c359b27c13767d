"""The files of a bank that does not exist: a statement and a status report, in the form in which real ones come."""

import re
from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from app.channels.sandbox.state_sql import Transfer
from ledger import money

_IBAN = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
CAMT, PAIN = "camt.053.001.08", "pain.002.001.10"


def write_statement(transfers: Sequence[Transfer], *, name: str, now: datetime) -> bytes:
    """A camt.053 with what was paid and what came back."""
    root = Element("Document", {"xmlns": f"urn:iso:std:iso:20022:tech:xsd:{CAMT}"})
    message = SubElement(root, "BkToCstmrStmt")
    header = SubElement(message, "GrpHdr")
    _say(header, "MsgId", name)
    _say(header, "CreDtTm", now.isoformat())
    statement = SubElement(message, "Stmt")
    _say(statement, "Id", name)
    _say(statement, "CreDtTm", now.isoformat())
    account = SubElement(SubElement(SubElement(statement, "Acct"), "Id"), "Othr")
    _say(account, "Id", "SANDBOX")
    for transfer in transfers:
        if transfer.status == "RETURNED" and not transfer.told:
            _say_entry(statement, transfer._replace(status="PAID"), now)
        _say_entry(statement, transfer, now)
    return _write(root)


def write_report(transfers: Sequence[Transfer], *, name: str, message_id: str, now: datetime) -> bytes:
    """A pain.002 on transfers that were taken or refused."""
    root = Element("Document", {"xmlns": f"urn:iso:std:iso:20022:tech:xsd:{PAIN}"})
    report = SubElement(root, "CstmrPmtStsRpt")
    header = SubElement(report, "GrpHdr")
    _say(header, "MsgId", name)
    _say(header, "CreDtTm", now.isoformat())
    original = SubElement(report, "OrgnlGrpInfAndSts")
    _say(original, "OrgnlMsgId", message_id)
    _say(original, "OrgnlMsgNmId", "pain.001.001.09")
    batch = SubElement(report, "OrgnlPmtInfAndSts")
    _say(batch, "OrgnlPmtInfId", message_id)
    for transfer in transfers:
        status = SubElement(batch, "TxInfAndSts")
        _say(status, "StsId", transfer.reference or transfer.key)
        _say(status, "OrgnlEndToEndId", transfer.key)
        _say(status, "TxSts", "RJCT" if transfer.status == "REFUSED" else "ACSP")
        if transfer.reason:
            reason = SubElement(status, "StsRsnInf")
            _say(SubElement(reason, "Rsn"), "Prtry", transfer.reason[:35])
        if transfer.reference:
            _say(status, "AcctSvcrRef", transfer.reference)
        _say_account(SubElement(status, "OrgnlTxRef"), transfer)
    return _write(root)


def _say_entry(statement: Element, transfer: Transfer, now: datetime) -> None:
    is_return = transfer.status == "RETURNED"
    entry = SubElement(statement, "Ntry")
    _say(entry, "NtryRef", f"{transfer.reference}-{'R' if is_return else 'P'}")
    _say_amount(entry, transfer)
    _say(entry, "CdtDbtInd", "CRDT" if is_return else "DBIT")
    _say(SubElement(entry, "Sts"), "Cd", "BOOK")
    _say(SubElement(entry, "BookgDt"), "Dt", now.date().isoformat())
    _say(entry, "AcctSvcrRef", f"{transfer.reference}-{'R' if is_return else 'P'}")
    details = SubElement(SubElement(entry, "NtryDtls"), "TxDtls")
    references = SubElement(details, "Refs")
    _say(references, "AcctSvcrRef", transfer.reference)
    _say(references, "EndToEndId", transfer.key)
    _say_amount(details, transfer)
    _say(details, "CdtDbtInd", "CRDT" if is_return else "DBIT")
    if transfer.fee and not is_return:
        record = SubElement(SubElement(details, "Chrgs"), "Rcrd")
        amount = SubElement(record, "Amt", {"Ccy": transfer.currency})
        amount.text = money.format_amount(transfer.fee, currency=transfer.currency)
        _say(record, "CdtDbtInd", "DBIT")
    if not is_return:
        _say_account(SubElement(details, "RltdPties"), transfer)
    if is_return:
        reason = SubElement(details, "RtrInf")
        _say(SubElement(reason, "Rsn"), "Cd", (transfer.reason or "AC04")[:4])


def _say_account(parent: Element, transfer: Transfer) -> None:
    """Where it goes, where that was said."""
    if not transfer.account:
        return
    account = SubElement(SubElement(parent, "CdtrAcct"), "Id")
    if _IBAN.fullmatch(transfer.account):
        _say(account, "IBAN", transfer.account)
    else:
        _say(SubElement(account, "Othr"), "Id", transfer.account)


def _say_amount(parent: Element, transfer: Transfer) -> None:
    amount = SubElement(parent, "Amt", {"Ccy": transfer.currency})
    moved = transfer.amount - (transfer.charge if transfer.status == "RETURNED" else 0)
    amount.text = money.format_amount(moved, currency=transfer.currency)


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _write(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
