"""A submission, and files of banks, as text."""

from datetime import UTC, date, datetime

from ledger.settlement.payouts.model import Payment, Submission
from ledger.settlement.payouts.numbers import read_number

PAYER = read_number(reference="B1", holder="Marketplace Ltd", iban="CH93 0076 2011 6238 5295 7", bank_code="UBSWCHZH")


def submission(*payments: Payment, **said: object) -> Submission:
    return Submission(
        **{
            "submission_id": 7,
            "message_id": "SB1-7",
            "channel": "file",
            "submitted_at": datetime(2026, 3, 2, 9, 30, 15, 123456, UTC),
            "execution_date": date(2026, 3, 2),
            "payer": PAYER,
            "payer_name": "Marketplace Ltd",
            "payments": payments or (payment(1), payment(2, amount=99_01, number="6217-0001/22")),
            **said,
        }
    )


def payment(place: int, *, amount: int = 1_141_86, currency: str = "CNY", **account: str) -> Payment:
    where = account or {"iban": "DE89370400440532013000", "bank_code": "DEUTDEFF"}
    payee = read_number(reference="P", holder="上海 · 胡丽娟 & Söhne <GmbH>", **where)
    return Payment(f"SB1-P{place}", amount, currency, payee, f"LE1 SB1-P{place}")


def pain002(*statuses: str, group: str = "", version: str = "10", message: str = "R1") -> bytes:
    """A status report; a status is "KEY STATUS [REASON]"."""
    rows = "".join(_status(*status.split(" ")) for status in statuses)
    batch = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>SB1-7</OrgnlPmtInfId>{rows}</OrgnlPmtInfAndSts>" if rows else ""
    verdict = f"<GrpSts>{group}</GrpSts><StsRsnInf><Rsn><Cd>AM05</Cd></Rsn></StsRsnInf>" if group else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-03-02T10:00:00Z</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>SB1-7</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>"
        f"{verdict}</OrgnlGrpInfAndSts>{batch}</CstmrPmtStsRpt></Document>"
    ).encode()


def _status(key: str, status: str, reason: str = "") -> str:
    said = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><StsId>S-{key}</StsId><OrgnlEndToEndId>{key}</OrgnlEndToEndId><TxSts>{status}</TxSts>"
        f"{said}<AcctSvcrRef>REF-{key}</AcctSvcrRef></TxInfAndSts>"
    )


def camt053(*entries: str, version: str = "08", message: str = "C1") -> bytes:
    """A statement of entries as `entry` makes them."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>2026-03-03T06:00:00Z</CreDtTm></GrpHdr>"
        f"<Stmt><Id>{message}-1</Id><CreDtTm>2026-03-03T06:00:00Z</CreDtTm>"
        "<Acct><Id><IBAN>CH9300762011623852957</IBAN></Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(key: str, amount: str, *, currency: str = "CNY", side: str = "DBIT", more: str = "", **said: str) -> str:
    """A booked entry with one transaction; `more` is put into its details."""
    status = said.get("status", "<Sts><Cd>BOOK</Cd></Sts>")
    reference = said.get("reference", f"E-{key}")
    reversal = f"<RvslInd>{said['reversal']}</RvslInd>" if "reversal" in said else ""
    return (
        f'<Ntry><NtryRef>{reference}</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"{reversal}{status}<BookgDt><Dt>2026-03-02</Dt></BookgDt><NtryDtls><TxDtls><Refs>"
        f"<AcctSvcrRef>REF-{key}</AcctSvcrRef><EndToEndId>{key}</EndToEndId></Refs>"
        f'<Amt Ccy="{currency}">{amount}</Amt>{more}</TxDtls></NtryDtls></Ntry>'
    )
