"""Files of others, read safely: bounded in size, no document type, no entities; and paths through what was read."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.channels.protocol import BankFileUnreadable, Why
from ledger import money
from ledger.errors import LedgerError
from ledger.settlement.payouts.model import PAYMENT_YEARS, Secret

# A statement of some 20,000 transactions.
LARGEST_FILE = 32 * 2**20
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding=["']([A-Za-z0-9._-]+)["']""")
# By the names that files give them, in lower case. GB18030 holds what the older two do.
_OF_MORE_BYTES = {
    **dict.fromkeys(("gbk", "gb2312", "gb18030"), "gb18030"),
    **{name: name for name in ("big5", "shift_jis", "euc-jp", "euc-kr")},
}
# A message's or statement's own name has at most 35 characters; what is far longer is no such name.
LONGEST_NAME = 150


def read_xml(content: bytes, *, name: str) -> tuple[str, Element]:
    """
    The message type that a file says it is ("pain.002.001.10") and its root.

    Refusals: BankFileUnreadable (too large, not whole, a document type or entity, no ISO 20022 document).
    """
    check_size(content, name=name)
    try:
        root: Element = fromstring(_decode(content), forbid_dtd=True)
    except DefusedXmlException:
        raise BankFileUnreadable(name=name, reason=Why.DOCUMENT_TYPE) from None
    except (ParseError, ValueError, LookupError):
        raise BankFileUnreadable(name=name, reason=Why.NO_XML) from None
    space, _, local = root.tag.rpartition("}")
    kind = space.rpartition(":")[2]
    if local != "Document" or not kind:
        raise BankFileUnreadable(name=name, reason=Why.NO_ISO_20022)
    return kind, root


def check_size(content: bytes, *, name: str) -> None:
    """Refusals: BankFileUnreadable, where a file is larger than any that is read."""
    if len(content) > LARGEST_FILE:
        raise BankFileUnreadable(name=name, reason=Why.FILE_TOO_LARGE, most=LARGEST_FILE)


def _decode(content: bytes) -> bytes | str:
    """
    What the parser can read: it knows encodings of one byte a character and those of Unicode, and banks of Asia write
    others. Errors: ValueError where the content is not in the encoding that it names.
    """
    named = _ENCODING.match(content[:200])
    codec = _OF_MORE_BYTES.get(named[1].decode().lower()) if named else None
    return content.decode(codec) if codec else content


def find_all(element: Element, path: str) -> Iterator[Element]:
    """The elements at a path of local names, whatever the version of the message."""
    step, _, rest = path.partition("/")
    for child in element:
        if child.tag.rpartition("}")[2] == step:
            if rest:
                yield from find_all(child, rest)
            else:
                yield child


def find_one(element: Element, path: str) -> Element | None:
    """The first element at a path."""
    return next(find_all(element, path), None)


def find_text(element: Element, *paths: str) -> str:
    """The text at the first of these paths that has one, without blanks at its ends; "" where none has."""
    for path in paths:
        found = find_one(element, path)
        if found is not None and found.text and found.text.strip():
            return found.text.strip()
    return ""


def is_true(element: Element, path: str) -> bool:
    """Whether an indicator at a path says yes, in either of the two ways in which XML does."""
    return find_text(element, path) in ("true", "1")


def find_iban(element: Element, path: str) -> Secret | None:
    """The account number at a path, without blanks and in capitals; None where none is said."""
    text = find_text(element, path)
    return Secret("".join(text.split()).upper()) if text else None


def read_money(element: Element, *, name: str) -> tuple[int, str]:
    """An amount with its currency, in minor units. Decimals that the currency does not have may only be zeros."""
    currency = element.get("Ccy", "")
    text = (element.text or "").strip()
    try:
        decimals = money.exponent(currency)
        whole, _, fraction = text.partition(".")
        kept, beyond = fraction[:decimals], fraction[decimals:]
        if beyond.strip("0"):
            raise BankFileUnreadable(name=name, reason=Why.TOO_MANY_DECIMALS, text=text[:40], currency=currency)
        exact = f"{whole.lstrip('0') or '0'}.{kept}" if kept else whole.lstrip("0") or "0"
        return money.parse_amount(exact, currency=currency, allow_zero=True), currency
    except BankFileUnreadable:
        raise
    except LedgerError as refusal:
        raise BankFileUnreadable(name=name, reason=Why.AMOUNT_WRONG, refusal=refusal) from None


def check_name(text: str, *, name: str) -> str:
    """What a file calls itself or a part of it, by which it is known. Refusals: BankFileUnreadable."""
    if len(text) > LONGEST_NAME:
        raise BankFileUnreadable(name=name, reason=Why.MESSAGE_NAME, text=text[:40])
    return text


class Moment(NamedTuple):
    """An instant; with `is_local` a date or a time without a zone, which is one of the bank's clock."""

    at: datetime
    is_local: bool


def read_moment(text: str, *, name: str) -> Moment:
    """A date (its first instant) or an instant. Refusals: BankFileUnreadable."""
    try:
        # A date may bear a zone, too: it is the same day.
        if text[10:11] in ("", "Z", "+", "-"):
            found = datetime.combine(date.fromisoformat(text[:10]), time())
        else:
            found = datetime.fromisoformat(text)
        is_local = found.tzinfo is None
        at = found.replace(tzinfo=UTC) if is_local else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BankFileUnreadable(name=name, reason=Why.NO_DATE, text=text[:40]) from None
    if at.year not in PAYMENT_YEARS:
        raise BankFileUnreadable(name=name, reason=Why.NO_PAYMENT_DAY, text=text[:40])
    return Moment(at, is_local)
