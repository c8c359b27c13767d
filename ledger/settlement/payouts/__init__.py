"""
Payouts: from a sheet that may be paid to money in a party's bank account, and back when the bank returns it.

    model        the frozen values: payouts, accounts, submissions, answers
    states       the life of a payout: pure
    numbers      numbers of bank accounts: read strictly, masked
    keys         what payouts and submissions are called at banks: pure
    accounts     where parties are paid and legal entities pay from
    steps        the smallest unit that a channel moves, by currency
    withholding  the tax plug-ins: pure
    planning     which sheets make one payout, what is withheld, what waits and why: pure
    liquidity    who is paid from what the bank account holds, and who waits: pure
    creating     payouts from the sheets that are due; claims their money
    drafting     the entries: pure
    moving       one step of a payout: its entries, what its sheets are told, its event; written together
    submitting   state and entry in one transaction, the call outside it, its outcome in a second one
    obstacles    what stands against sending what was created, besides money
    recalling    payouts that were sent, never handed over, and may not be paid any more
    disputing    payouts that were not sent and of which something was charged back; then the holds
    outdating    payouts whose tax was counted in a month that has passed
    answering    what banks say, applied once, or kept with the reason why not
    batches      what a bank says of a whole message, payment by payment
    comparing    whether what they say is of what was sent
    settling     what a person makes of an answer that fits nothing by itself
    late         what was paid after it had failed, and nobody books alone
    fates        what became of answers
    filing       files that were written for banks or read from them
    ending       cancelling, paying again, and what approvers decided
    loading      from rows to payouts
    waits        why money is not paid now, in words
    errors       why payouts refuse
    sql          statements on payouts; account_sql, submission_sql and answer_sql the others

Money is claimed by creating a payout and given back only by FAILED and CANCELLED, which a payout cannot reach once its
money may have left.
"""
