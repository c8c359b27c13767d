"""Why payouts refuse."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with an account's number, a charge or an answer, and what is done with payouts."""

    CANCELLING = "cancelling"
    NOTHING_PAYABLE = "nothing of it is left to be paid"
    PAYING_AGAIN = "paying again"
    IBAN_OR_NUMBER = "give an IBAN or another number, one of the two"
    BIC = "the bank is named by its BIC, 8 or 11 characters"
    HOLDER = "its holder has 1 to 140 characters, none of them a control character"
    NUMBER = "a number has 4 to 34 letters, digits and the signs of payment messages"
    IBAN_BEGINS = (
        "an IBAN begins with a country and two digits; another number is accountNumber (on the command line --other)"
    )
    IBAN_DIGITS = "the check digits of the IBAN are wrong"
    ANSWER_CURRENCY = "the answer is in {currency}"
    ANSWER_WITHOUT_CURRENCY = "the answer is in no currency"
    NOTHING_MOVED = "the answer does not say that money moved"
    LESS_MOVED = "only {moved} {currency} moved"
    SHEETS_CHANGED = "its sheets, or the tax of them, are not what they were"
    WITHOUT_AMOUNT = "no amount"
    DATED_AHEAD = "it is dated more than {days} days ahead"
    OVERDRAWN = "the bank account of the book would be overdrawn"


class PayoutMissing(LedgerError):
    """There is no such payout."""

    code = "PAYOUT_MISSING"
    sentence = "There is no payout {payout}."


class PayoutStatusRefused(LedgerError):
    """The payout is at a point of its life where this cannot be done."""

    code = "PAYOUT_STATUS"
    sentence = "Payout {payout} is {status}; {action} is for payouts that are {needed}."


class PayoutReplaced(LedgerError):
    """Another payout has taken this one's place."""

    code = "PAYOUT_REPLACED"
    sentence = "Payout {payout} was already replaced by payout {by}."


class PayoutCannotBeRetried(LedgerError):
    """What the payout was for cannot be paid now."""

    code = "PAYOUT_CANNOT_BE_RETRIED"
    sentence = "Payout {payout} cannot be paid again now: {reason} [{code}]."


class PayoutSaidPaid(LedgerError):
    """A bank says that the payout was paid, in an answer that nobody has seen to."""

    code = "BANK_SAYS_PAID"
    sentence = "A bank says that payout {payout} was paid; somebody has to see to that answer first."


class BankAccountConflict(LedgerError):
    """A bank account never changes."""

    code = "BANK_ACCOUNT_CONFLICT"
    sentence = "Bank account {reference} of {owner} was registered with other content; register it under a new name."


class PayingAccountConflict(LedgerError):
    """The number and the holder of an account never change, nor is one registered again that was replaced."""

    code = "PAYING_ACCOUNT_CONFLICT"
    sentence = (
        "Bank account {reference} of {owner} for {currency} has another name, number or holder, or was replaced: only"
        " how it is paid from can change. Register another number under a name of its own."
    )


class BankNumberInvalid(LedgerError):
    """The number of an account is mistyped. It is not repeated here."""

    code = "BANK_NUMBER_INVALID"
    sentence = "The number of bank account {reference} is not valid: {reason}."


class WithholdingRuleUnknown(LedgerError):
    """No plug-in of that name withholds in that currency."""

    code = "WITHHOLDING_RULE_UNKNOWN"
    sentence = "There is no withholding rule {rule} for {currency}; these are: {known}."


class BankAnswerMissing(LedgerError):
    """There is no such answer."""

    code = "BANK_ANSWER_MISSING"
    sentence = "There is no bank answer {answer}."


class BankAnswerEnded(LedgerError):
    """Somebody has seen to the answer, or it was applied."""

    code = "BANK_ANSWER_ENDED"
    sentence = "Bank answer {answer} waits no more: it is {status}."


class BankAnswerNotSettled(LedgerError):
    """What it was refused for is nothing that a charge or a later payment explains."""

    code = "BANK_ANSWER_NOT_SETTLED"
    sentence = "Bank answer {answer} was refused for {refusal}: it waits, or is dismissed."


class AnswerNotLate(LedgerError):
    """It says nothing of a payout that failed and was paid after all."""

    code = "ANSWER_NOT_LATE"
    sentence = (
        "Bank answer {answer} does not say that a payout which failed was paid after all; `settleBankAnswer` says what"
        " it means."
    )


class LatePaymentNotAgreed(LedgerError):
    """Nobody books alone what left for a blocked party or between replaced accounts, or where payouts need approval."""

    code = "LATE_PAYMENT_NOT_AGREED"
    sentence = (
        "That payout {payout}, which failed, was paid after all is booked once a second person agrees ({reason})"
        " [{code}]: ask with `requestLatePayment`."
    )


class PayoutKeptBack(LedgerError):
    """What a bank paid under the name of a payout that was not sent from here, and may not be sent now."""

    code = "PAYOUT_KEPT_BACK"
    sentence = (
        "Payout {payout} was never sent from here and may not be now ({reason}) [{code}]: see to that first, or dismiss"
        " the answer, cancel the payout and post what left by hand."
    )


class PaidTwice(LedgerError):
    """Another payout has claimed the same money since; the bank has paid it beside that."""

    code = "PAID_TWICE"
    sentence = (
        "Payout {by} ({status}) has claimed the money of payout {payout} since: what the bank paid late is no payout of"
        " these sheets. Cancel payout {by} while it is CREATED; once it was sent, post what left from 1010 to 1510"
        " until the party gives it back, and dismiss the answer."
    )


class BankChargeRefused(LedgerError):
    """What is said to be the bank's charge cannot be one."""

    code = "BANK_CHARGE_REFUSED"
    sentence = "That is no charge of the bank: {reason}."


class AnswerRefused(LedgerError):
    """An answer of a bank that fits nothing. It is kept, and tried again when its payout moves on."""

    code = "ANSWER_REFUSED"
    sentence = "The answer fits no payout."


class AnswerOfUnknownPayout(AnswerRefused):
    """The answer names no payout of ours."""

    code = "ANSWER_UNKNOWN_PAYOUT"
    sentence = "The answer names {key}, which is no payout of this platform."


class AnswerConflict(AnswerRefused):
    """The same answer came before and said something else."""

    code = "ANSWER_CONFLICT"
    sentence = "Answer {reference} of {source} came before with other content."


class AnswerCurrencyDiffers(AnswerRefused):
    """The bank moved another currency."""

    code = "ANSWER_CURRENCY_DIFFERS"
    sentence = "The answer is in {given}; payout {payout} is in {expected}."


class AnswerAccountDiffers(AnswerRefused):
    """The money left another account than ours, or went to another than the party's. Neither number is said here."""

    code = "ANSWER_ACCOUNT_DIFFERS"
    sentence = "The answer names another {which} account than that of payout {payout}."


class AnswerAmountDiffers(AnswerRefused):
    """The bank moved another amount."""

    code = "ANSWER_AMOUNT_DIFFERS"
    sentence = "The answer is for {given} {currency}; payout {payout} is for {expected}."


class AnswerRepeated(AnswerRefused):
    """Another answer has said this before."""

    code = "ANSWER_REPEATED"
    sentence = "Payout {payout} is already {status}; the answer says so a second time."


class AnswerOutOfOrder(AnswerRefused):
    """The payout has not come to this point, or has passed it."""

    code = "ANSWER_OUT_OF_ORDER"
    sentence = "Payout {payout} is {status}; an answer {kind} does not follow on that."


class AnswerContradicts(AnswerRefused):
    """A refusal of what a bank says was paid, in an answer that nobody has seen to."""

    code = "ANSWER_CONTRADICTS"
    sentence = "A bank says that payout {payout} was paid; a refusal is not believed before somebody has seen to that."


class AnswerNotPostable(AnswerRefused):
    """The journal refuses the entry that the answer causes."""

    code = "ANSWER_NOT_POSTABLE"
    sentence = "The answer for payout {payout} cannot be posted now: {reason}."
