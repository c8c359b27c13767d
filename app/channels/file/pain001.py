"""
A submission as an ISO 20022 customer credit transfer, pain.001.001.09.

Everything in the file comes from the submission, its instants too: the same submission is the same file, byte for byte.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ledger import money
from ledger.settlement.payouts.model import BankNumber, Payment, Scheme, Submission

KIND = "pain.001.001.09"
_NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{KIND}"


def write_pain001(submission: Submission) -> bytes:
    """The file's content. All payments are in one currency, that of the account they leave."""
    root = Element("Document", {"xmlns": _NAMESPACE})
    initiation = SubElement(root, "CstmrCdtTrfInitn")
    header = SubElement(initiation, "GrpHdr")
    _say(header, "MsgId", submission.message_id)
    _say(header, "CreDtTm", submission.submitted_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z")
    _say_totals(header, submission)
    _say(SubElement(header, "InitgPty"), "Nm", submission.payer_name)
    batch = SubElement(initiation, "PmtInf")
    _say(batch, "PmtInfId", submission.message_id)
    _say(batch, "PmtMtd", "TRF")
    _say_totals(batch, submission)
    _say(SubElement(batch, "ReqdExctnDt"), "Dt", submission.execution_date.isoformat())
    _say(SubElement(batch, "Dbtr"), "Nm", submission.payer.holder)
    account = SubElement(batch, "DbtrAcct")
    _say_number(account, submission.payer)
    _say(account, "Ccy", submission.payments[0].currency)
    _say_bank(SubElement(batch, "DbtrAgt"), submission.payer)
    for payment in submission.payments:
        _say_payment(batch, payment)
    indent(root, " ")
    declared: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return declared + b"\n"


def _say_payment(batch: Element, payment: Payment) -> None:
    transfer = SubElement(batch, "CdtTrfTxInf")
    identity = SubElement(transfer, "PmtId")
    _say(identity, "InstrId", payment.key)
    _say(identity, "EndToEndId", payment.key)
    amount = SubElement(SubElement(transfer, "Amt"), "InstdAmt", {"Ccy": payment.currency})
    amount.text = money.format_amount(payment.amount, currency=payment.currency)
    if payment.payee.bank_code:
        _say_bank(SubElement(transfer, "CdtrAgt"), payment.payee)
    _say(SubElement(transfer, "Cdtr"), "Nm", payment.payee.holder)
    _say_number(SubElement(transfer, "CdtrAcct"), payment.payee)
    _say(SubElement(transfer, "RmtInf"), "Ustrd", payment.note)


def _say_totals(parent: Element, submission: Submission) -> None:
    total = sum(payment.amount for payment in submission.payments)
    _say(parent, "NbOfTxs", str(len(submission.payments)))
    _say(parent, "CtrlSum", money.format_amount(total, currency=submission.payments[0].currency))


def _say_number(account: Element, number: BankNumber) -> None:
    identity = SubElement(account, "Id")
    if number.scheme is Scheme.IBAN:
        _say(identity, "IBAN", number.identifier.reveal())
    else:
        _say(SubElement(identity, "Othr"), "Id", number.identifier.reveal())


def _say_bank(agent: Element, number: BankNumber) -> None:
    bank = SubElement(agent, "FinInstnId")
    if number.bank_code:
        _say(bank, "BICFI", number.bank_code)
    else:
        _say(SubElement(bank, "Othr"), "Id", "NOTPROVIDED")


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
