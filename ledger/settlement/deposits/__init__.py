"""
Deposits (SEC) and warranty retentions (WAR): what a party left with us, in slices with dates of their own.

    model        agreements, slices, and what is asked of them
    parsing      from JSON objects to what is asked
    months       when a slice ends, and from when it may go back
    rules        how much of a sheet is retained, and what a step makes of a slice; pure
    slicing      slices that begin, and bills that lapse
    agreeing     agree_deposits
    receiving    record_cash: what comes in as cash, and what is billed and not received yet
    retaining    retain_from_sheets, follow_closed_sheets: withheld from positive sheets
    discharging  discharge_slices: claimed, released, forfeited
    paying       pay_claims: what was claimed for buyers is paid to them
    releasing    release_due_slices: by their date
    ending       end_agreements: nothing more comes in, and what was billed lapses
    asking       what people are asked about that
    applying     apply_deposits: what an approval decided
    moving       the entries, events and rows of every step
    errors       why a deposit is refused
    sql          the tables of deposits, and every statement on them

What is left of a party's slices adds up to its 2060, what of it is billed and not received to its 1220. What was
retained from a sheet goes back to that sheet, to be paid with it; cash goes back as a line on the open sheet.
"""
