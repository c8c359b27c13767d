"""
Laws of the book, whatever happens.

    story           a platform to which things happen by a seed: its clock, how whatever happens is done and told
    order_acts      what happens to orders
    fee_acts        fee lines: amounts, rates, bundles, invoices
    money_acts      what people do to the money that parties are owed
    bank_acts       bank accounts, what banks say, and what people make of it
    channel_acts    what a channel says of its days, and what people make of it
    channel_oracle  how those days differ from the book, worked out anew
    hand_acts       what people post by hand
    approval_acts   what needs another person's word, and what people say to it
    party_acts      parties that move, are blocked, settle on demand or leave
    previews        what is foretold, and done so
    waiting_checks  what waits after a worker's run, and nobody has a reason for
    unpaid_reasons  why parties are not paid, as they are told, and what is done then
    cash_forecasts  what cash is needed, as it is told, and what is then taken of it
    statement_checks  what statements say
    leaving         what is said of parties that have left or moved
    played_bank     the bank
    killing         whoever acts is killed, and acts again
    sums            what is in every table
    months          all of it together, with workers
    laws            the invariants as questions to the store, of all of these:
    book_laws, order_laws, fee_laws, sheet_laws, payout_laws, approval_laws
    standing_laws   what stands on the accounts of parties
    booked          lines with what they are of
    test_random_months, test_channel_months, test_killed_months, test_laws, test_state_machine
"""
