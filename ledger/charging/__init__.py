"""
Charging: orders in, a split book out. What is owed to whom for an order, and what everyone gives back.

    rates       what a fee plan says, and what of it is frozen on an order line
    model       the other frozen values: splits, discounts, the state of a line, refunds
    fields      strict reading of JSON documents: every refusal names the place
    plan        fee plans from and to their document; the rates of one category
    channels    what each payment channel allows to be split
    split       one order line among merchant, platform, levels and agent; discounts over lines; the channel fee
    refund      what a refund takes back, before and after the split
    errors      why charging refuses

All of these are pure: no database, no clock. What posts their results is built on top of them.
"""
