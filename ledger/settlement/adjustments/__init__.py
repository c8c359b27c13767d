"""
Adjustments: a person's correction of what a party is owed, as a document with a reason.

    model      an adjustment as it is proposed, and what came of it
    parsing    from a JSON object to an adjustment
    proposing  propose_adjustments: posted at once, or waiting for approval
    answering  answer_with_adjustments: a sheet's dispute, with what was done for it
    deciding   apply_adjustments: what an approval decided, posted or rejected
    posting    the entries and events
    errors     why an adjustment is refused
    sql        the table of adjustments, and every statement on it

Its line lands on the party's open sheet, with the others of its account.
"""
