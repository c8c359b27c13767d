"""Why money is not paid now, in words for people; programs read the codes."""

from collections.abc import Mapping

from ledger.errors import Words
from ledger.settlement.payouts.planning import Reason


class Waits(Words):
    """The reasons of `planning.Reason`, in words: of what the next run looks at again, and of what no run pays."""

    NO_PAYING_ACCOUNT = "the legal entity has no account to pay from in this currency"
    NO_PAYEE_ACCOUNT = "the party has no account to be paid on in this currency"
    PARTY_BLOCKED = "the party is blocked"
    BELOW_STEP = "it is less than the channel moves; it goes with the next payout that is large enough"
    NOTHING_AFTER_TAX_AND_FEE = (
        "tax and the party's fee leave nothing of it; it goes with the next payout that is large enough"
    )
    APPROVAL_PENDING = "it is not approved yet"
    APPROVAL_REJECTED = "it was not approved"
    BANK_BALANCE = "the account that pays does not hold as much"
    BEHIND_ANOTHER = "another payout is before it"
    CLAIMED_MEANWHILE = "a payout under way takes of the same sheet"
    SAID_TO_BE_PAID = "a bank says that it was paid; somebody has to look at that answer"
    PAYEE_ACCOUNT_RETIRED = "the party is paid on another account now"
    PAYING_ACCOUNT_RETIRED = "the legal entity pays from another account now"
    TAX_MONTH_PASSED = "the month of its tax has passed; the next run counts it anew"
    TAX_CHANGED = "its tax was counted beside a payout that came to nothing; the next run counts it anew"
    CHARGED_BACK = "a chargeback disputes it; the next run pays what is left"
    LESS_THAN_A_STEP = "it is less than the channel moves"
    NOTHING_LEFT = "tax and the party's fee leave nothing of it"
    CHARGEBACK_OPEN = "a chargeback disputes it that is not settled yet"


# Of what a run creates or would send.
WAITS: Mapping[str, Waits] = {
    Reason.NO_PAYING_ACCOUNT: Waits.NO_PAYING_ACCOUNT,
    Reason.NO_PAYEE_ACCOUNT: Waits.NO_PAYEE_ACCOUNT,
    Reason.PARTY_BLOCKED: Waits.PARTY_BLOCKED,
    Reason.BELOW_STEP: Waits.BELOW_STEP,
    Reason.NOTHING_AFTER_TAX_AND_FEE: Waits.NOTHING_AFTER_TAX_AND_FEE,
    Reason.APPROVAL_PENDING: Waits.APPROVAL_PENDING,
    Reason.APPROVAL_REJECTED: Waits.APPROVAL_REJECTED,
    Reason.BANK_BALANCE: Waits.BANK_BALANCE,
    Reason.BEHIND_ANOTHER: Waits.BEHIND_ANOTHER,
    Reason.CLAIMED_MEANWHILE: Waits.CLAIMED_MEANWHILE,
    Reason.BANK_SAYS_PAID: Waits.SAID_TO_BE_PAID,
    Reason.PAYEE_ACCOUNT_RETIRED: Waits.PAYEE_ACCOUNT_RETIRED,
    Reason.PAYING_ACCOUNT_RETIRED: Waits.PAYING_ACCOUNT_RETIRED,
    Reason.TAX_MONTH_PASSED: Waits.TAX_MONTH_PASSED,
    Reason.TAX_CHANGED: Waits.TAX_CHANGED,
    Reason.CHARGED_BACK: Waits.CHARGED_BACK,
}

# Of what failed or came back: whoever asks for it again asks later, as no run pays it.
WAITS_AGAIN: Mapping[str, Waits] = {
    **WAITS,
    Reason.BELOW_STEP: Waits.LESS_THAN_A_STEP,
    Reason.NOTHING_AFTER_TAX_AND_FEE: Waits.NOTHING_LEFT,
    Reason.CHARGED_BACK: Waits.CHARGEBACK_OPEN,
}
