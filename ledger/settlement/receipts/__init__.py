"""
Offline receipts: money that came to the bank and is nobody's yet, cleared against what parties owe from their sheets,
or given back.

    model        receipts, matches, returns, and what is asked of them
    parsing      from JSON objects to what is asked
    rules        whether a match or a return is allowed, and for how much; pure
    recording    record_receipts: what came to the bank
    matching     match_receipts: a part of it clears a negative sheet, with a small rest where that is asked for
    unmatching   unmatch_receipts: such a match is undone, and stays on record
    tolerating   set_tolerances: how small such a rest must be
    returning    return_receipts: what is unidentified is given back
    applying     apply_returns: what an approval decided
    assigning    assign_receipts: who sees to what is unidentified, and why it waits
    posting      the entries and events of recording, matching and unmatching
    errors       why it is refused
    sql          the tables of receipts, and every statement on them

What of a receipt is neither matched nor given back is unidentified and stands on 2210, which moves with receipts alone.
A match takes from its sheet as a collection does, so the sheet's figures and 1200 go with it; the rest that goes with
it is given up (5070). A match that was undone is not made again: another one is, under its own reference.
"""
