"""
Laws of the book, whatever happens.

    story           a platform to which things happen by a seed: its clock, how whatever happens is done and told
    order_acts      what happens to orders, and fee lines
    money_acts      what people do to the money that parties are owed
    bank_acts       bank accounts, what banks say, and what people make of it
    channel_acts    what a channel says of its days, and what people make of it
    channel_oracle  how those days differ from the book, worked out anew
    approval_acts   what needs another person's word, and what people say to it
    party_acts      parties that move, are blocked, settle on demand or leave
    previews        what is foretold, and done so
    unpaid_reasons  why parties are not paid, as they are told, and what is done then
    leaving         what is said of parties that have left or moved
    played_bank     the bank
    killing         whoever acts is killed, and acts again
    sums            what is in every table
    months          all of it together, with workers
    laws            the invariants as questions to the store
    standing_laws   those of what stands on the accounts of parties
    test_random_months, test_channel_months, test_killed_months, test_laws, test_state_machine
"""
