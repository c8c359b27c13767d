"""
Payouts: from a sheet that may be paid to money in a party's bank account, and back when the bank returns it.

    accounts     where parties are paid and legal entities pay from; numbers of accounts never leave for a log or event
    planning     pure: which sheets make one payout, what is withheld, what waits and why
    creating     payouts from the sheets that are due; reserves their money
    liquidity    pure: who is paid from what the bank account holds, and who waits
    submitting   state and entry in one transaction, the call outside, its outcome in a second one
    answering    what banks and channels say; what does not fit is kept with its reason
    ending       cancelling, retrying
    states       pure: the life of a payout
    withholding  the tax plug-ins
"""
