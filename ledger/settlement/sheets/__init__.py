"""
Settlement sheets: what one party earned in one role, from one legal entity, in one mode and currency, in one period.

    model        the frozen values: a sheet, its key, what takes from it
    keys         from an account of the chart to the kind of sheet it belongs to
    payable      take_from_sheets: the one way to take from a sheet's total, or give back to it
    errors       why a sheet refuses
    sql          every statement on the sheets' tables

A line belongs to the open sheet of its account from the moment it is posted, and is claimed by it when it closes.
"""
