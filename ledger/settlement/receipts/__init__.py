"""
Offline receipts: money that came to the bank and is nobody's yet, cleared against what parties owe from their sheets.

    model        receipts, matches, and what is asked of them
    parsing      from JSON objects to what is asked
    rules        whether a match is allowed, and for how much; pure
    recording    record_receipts: what came to the bank
    matching     match_receipts: a part of it clears a negative sheet
    unmatching   unmatch_receipts: such a match is undone, and stays on record
    posting      the entries and events of all three
    errors       why it is refused
    sql          the tables of receipts, and every statement on them

What of a receipt is not matched is unidentified and stands on 2210. A match takes from its sheet as a collection does,
so the sheet's figures and 1200 go with it. A match that was undone is not made again: another one is, under its own
reference.
"""
