"""Why a fee line is refused, in the order of judging. Documents of a wrong shape are refused as InvalidInput."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a fee line, a catalogue of fees or a source."""

    NO_ACCOUNT_NAMED = "{place} must name an account for at least one kind of party."
    NO_KIND_OF_PARTY = "{place} is no kind of party, these are: {known}."
    LINE_NEEDS_ORDER = "line needs the order that it is of."
    ONE_OF_TWO = "A line has {whole} or {key}, not both."
    RATE_IS_FROZEN = "The rate is frozen on the line that is taken back; leave it out."
    AMOUNT_OR_BASE = "A line that takes another one back has an amount or a base."
    BASE_AND_RATE = "base and rate come together."
    NO_AMOUNT = "A fee line has an amount, or a base and a rate."
    BUNDLE_SKU = "A line of a bundle names its sku, one of the bundle's parts."
    BUNDLE_PART = "Each sku is named once, and gift is true or false."
    INVOICE_LINE = "An invoice has 1 to {most} amounts, and line is the place of this one, from 1."
    INVOICE_AMOUNT = "The invoice says {said} {currency} of this line, which comes to {ours}."
    ITEM_COUNT = "A catalogue has 1 to {most} items, not {count}."
    ITEM_TWICE = "Item {code!r} is there twice."
    FEE_LINE_IS_NO_OBJECT = "A fee line must be an object."
    SOURCE_URL = "url must be an http or https address without credentials."
    CREDENTIAL_VARIABLE = "credentialVariable must be the name of a variable that begins with SPLITBOOK_SOURCE_."
    SOURCE_INTERVAL = "interval must be one second to seven days."
    IS_A_REVERSAL = "it takes another line back itself"
    NEVER_GIVEN_BACK = "{item} is never given back"
    NO_TAX_CODE = "no tax code"
    THE_ENTITY = "settlement entity"
    THE_PARTY = "party"
    THE_ITEM = "item"
    THE_CURRENCY = "currency"
    THE_ORDER_OF_A_FEE = "order"
    THE_ORDER_LINE = "order line"
    THE_MARK = "mark compareOnly"
    NO_BASE = "base: none"
    WITH_AN_ACCOUNT = "party with an account"


class FeeItemMissing(LedgerError):
    """The catalogue has no such item."""

    code = "FEE_ITEM_MISSING"
    sentence = "There is no fee item {item} in the catalogue; publish it first."


class FeeItemNotForParty(LedgerError):
    """The item names no account for parties of that kind."""

    code = "FEE_ITEM_NOT_FOR_PARTY"
    sentence = "Fee item {item} is not for parties of kind {kind}; it is for: {kinds}."


class FeeReferenceMissing(LedgerError):
    """A line of this item must say what it is of."""

    code = "FEE_REFERENCE_MISSING"
    sentence = "Fee item {item} is charged per {granularity}; say {missing}."


class FeeComputedHere(LedgerError):
    """The order is known here, and this item of it is computed from the plan: booking the line would count it twice."""

    code = "FEE_COMPUTED_HERE"
    sentence = "{item} of order {order} is computed here; submit it with compareOnly, or leave it out."


class FeeBaseRefused(LedgerError):
    """An item of a fixed amount has no base and no rate."""

    code = "FEE_BASE_REFUSED"
    sentence = "Fee item {item} has a fixed amount; give the amount, without base and rate."


class FeeAmountMismatch(LedgerError):
    """Base and rate do not make the amount."""

    code = "FEE_AMOUNT_MISMATCH"
    sentence = "Base and rate make {computed} {currency}, the line says {amount}; correct one of them."


class FeeIsZero(LedgerError):
    """There is nothing to book."""

    code = "FEE_IS_ZERO"
    sentence = "Base and rate make less than the smallest unit of {currency}; there is nothing to book."


class FeeTaxMismatch(LedgerError):
    """The tax inside the price is another one; a difference of one unit is an invoice's rounding."""

    code = "FEE_TAX_MISMATCH"
    sentence = "The tax inside is {computed} {currency} by {tax_code}, the line says {tax}."


class FeeLineMissing(LedgerError):
    """There is no line to take back."""

    code = "FEE_LINE_MISSING"
    sentence = "There is no fee line {line}."


class FeeLineMismatch(LedgerError):
    """A reversal is of the party, entity, currency, item, order and order line of the line it takes back."""

    code = "FEE_LINE_MISMATCH"
    sentence = "Fee line {line} has another {what}; a reversal has the same."


class FeeNotReversible(LedgerError):
    """The catalogue says that this item is never given back, or the line is itself a reversal."""

    code = "FEE_NOT_REVERSIBLE"
    sentence = "Fee line {line} cannot be taken back: {reason}."


class FeeReversalExceeds(LedgerError):
    """More is to be taken back than is left."""

    code = "FEE_REVERSAL_EXCEEDS"
    sentence = "Fee line {line} has {left} {currency} left to take back, not {asked}."


class SourceConflict(LedgerError):
    """A source keeps its address."""

    code = "SOURCE_CONFLICT"
    sentence = "There is already a source {source} with another address; give the new one a name of its own."


class FeeSourceMissing(LedgerError):
    """There is no such source."""

    code = "FEE_SOURCE_MISSING"
    sentence = "There is no source {source}."


class LineBroken(LedgerError):
    """Alone in its transaction the line of a source made the program or a law of the database fail."""

    code = "LINE_BROKEN"
    sentence = "Nothing was written, because of a bug in Splitbook; please report it: {failure}."


class RefusedLineMissing(LedgerError):
    """No line of a source was refused under this number."""

    code = "REFUSED_LINE_MISSING"
    sentence = "No line of a source was refused under number {number}."
