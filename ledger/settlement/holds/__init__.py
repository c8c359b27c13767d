"""
Holds: money that a party is owed and that may not be paid yet, with a reason, a legal ground and a date.

    model     a hold as it is asked for, and what came of asking
    parsing   from a JSON object to a hold or a lifting
    asking    what people are asked about a hold that shall be placed
    placing   place_holds: accrued money (2010 …) or a closed sheet's (2015) goes to 2050
    lifting   lift_holds, and release_due_holds when their date has come: back to where it came from
    moving    the entries and events of both
    applying  apply_holds: what an approval decided
    disputes  follow_disputes: holds of the share of who is in dispute, as the log tells
    rests     place_rests: of what a chargeback found gone, once its sheet has it again
    errors    why a hold is refused
    sql       the tables of holds, and every statement on them; rest_sql those on what was found gone

A hold never takes more than there is, and what a party has open adds up to its 2050.
"""
