"""
From what a party has earned to what it has been paid. Floors, the upper ones build on the lower:

    payouts      money out of sheets to bank accounts, and back when a bank returns it
    holds, deposits, adjustments    what may not be paid yet, what is kept as security, what a person corrects
    receipts     beside them: what came to the bank, and what of it clears what parties owe
    sheets       one party's business of one period: opened, closed, confirmed, approved, taken from
    terms        when a party settles: cycles, periods, due dates

What several of them share:

    left_sql       what is left of a sheet, or of a slice of a deposit, as statements say it
    payables       where unsettled earnings stand in the chart, by the party's kind
    naming         the orders that documents name, none that nobody knows; naming_sql asks which
    repeating      the same thing asked for more than once in one list
    errors         why what belongs to several of them is refused
    following      reading the log and acting on it once; following_sql remembers how far
"""
