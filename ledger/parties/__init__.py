"""
Parties: who takes part in a platform, and who stands under whom.

    model        kinds, and the frozen values that come in and go out
    rules        which kind may stand under which: pure
    parsing      from a JSON object to a draft, refusing what it does not know
    platforms    an operator and its platform, created together
    registering  register_parties: a list at a time, parents before children
    finding      parties by reference and by id
    moving       a party with everyone below it, to another parent, with its totals
    status       blocked, unblocked, closed
    errors       why parties are refused
    sql          every statement on the parties' tables
"""
