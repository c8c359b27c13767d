"""Numbers of bank accounts: read strictly, masked for people, never repeated in a refusal."""

import re

from ledger.settlement.payouts.errors import BankNumberInvalid, Why
from ledger.settlement.payouts.model import BankNumber, Scheme, Secret

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_OTHER = re.compile(r"[A-Za-z0-9/\-?:().,'+]{4,34}")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_SHOWN = 4
# What a number may be written with between its parts.
_SIGNS = re.compile(r"[ /\-?:().,'+]")

# What no XML document may hold.
_UNWRITABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read_number(*, reference: str, holder: str, iban: str = "", number: str = "", bank_code: str = "") -> BankNumber:
    """
    Read an account's number, an IBAN or another one, with the name of its holder and its bank's BIC or "".

    Blanks in an IBAN are for people and left out. Refusals: BankNumberInvalid, which does not say the number.
    """
    if bool(iban) == bool(number):
        raise _refuse(reference, Why.IBAN_OR_NUMBER, field="account_number")
    if bank_code and not _BIC.fullmatch(bank_code):
        raise _refuse(reference, Why.BIC, field="bank_code")
    if not 1 <= len(holder) <= 140 or _UNWRITABLE.search(holder):
        raise _refuse(reference, Why.HOLDER, field="holder")
    if number:
        if not _OTHER.fullmatch(number):
            raise _refuse(reference, Why.NUMBER, field="account_number")
        return BankNumber(holder, Scheme.OTHER, Secret(number), mask(number), bank_code)
    plain = iban.replace(" ", "")
    if not _IBAN.fullmatch(plain):
        raise _refuse(reference, Why.IBAN_BEGINS, field="iban")
    if not _has_right_digits(plain):
        raise _refuse(reference, Why.IBAN_DIGITS, field="iban")
    return BankNumber(holder, Scheme.IBAN, Secret(plain), mask(plain), bank_code)


def mask(identifier: str) -> str:
    """What people may see: the last four characters, and the country of an IBAN-like number."""
    if len(identifier) <= 2 * _SHOWN:
        return "•" * (len(identifier) - 2) + identifier[-2:]
    country = identifier[:2] if identifier[:2].isalpha() else ""
    return f"{country}••••{identifier[-_SHOWN:]}"


def is_another(said: str, known: str) -> bool:
    """
    Whether a bank that says a number means another account. It may leave out signs between its parts, zeros before it,
    or the branch, or have put its own before it; a number that is covered in parts is none to compare.
    """
    plain, whole = (_SIGNS.sub("", number).upper().lstrip("0") for number in (said, known))
    if not plain.isalnum() or len(plain) < _SHOWN or "XXX" in plain:
        return False
    return plain not in whole and whole not in plain


def _has_right_digits(iban: str) -> bool:
    """Check digits of ISO 13616: the number, turned round and with letters as 10 to 35, leaves 1 divided by 97."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _refuse(reference: str, reason: Why, *, field: str) -> BankNumberInvalid:
    return BankNumberInvalid(field=(field,), reference=reference, reason=reason)
