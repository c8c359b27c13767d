"""
Charging: orders in, a split book out. What is owed to whom for an order, and what everyone gives back.

Pure, without database and clock:
    rates          what a fee plan says, and what of it is frozen on an order line
    model          the other frozen values of money: splits, discounts, the state of a line, refunds
    plan           fee plans from and to their document; the rates of one category
    channels       what each payment channel allows to be split
    split          one order line among merchant, platform, levels and agent; discounts over lines; the channel fee
    refund         what a refund takes back, before and after the split
    event          order events as values; parsing reads them
    order          an order as its events have left it; world is what else they are judged against
    moves          what an event does: the order after it, and balanced moves that become entries
    paying, splitting, refunding, disputing, channel_moves      one function per kind of event
    sealing        a digest of what a payment froze, for the log to say
    disputed       what the log says of disputed money, so that the merchant's part of it can be held
    standing       where shares stand: with their receivers, in suspense, or with the merchant
    returning      what a refund or a lost dispute takes back, through the entity that owes where that is another one
    entities       what passes between the entity that collects and the one that owes
    notes          the fees that an entry moves, as its metadata says them
    splittable     what a channel lets be split yet, and until when
    override       rates of one merchant's own, in the place of the plan's

On the store, a list at a time:
    recording      record_order_events: lock, load, apply, post, write
    publishing     publish_plan; proposing asks for approval first; plans reads them back, frozen keeps their rates
    overrides      request_override, and what an approval makes of it
    suspense       release_suspense
    internal_splits      orders that their channel could not split any more; dispute_rows reads and writes disputes
    fees           fee lines that were made elsewhere: the generic billing interface
    channel_days   what payment channels say of a day, beside what is booked here
    loading        what a batch needs to know
    drafting       from moves to the journal's drafts
    documents      from orders to rows
    sql            every statement on orders; plan_sql on fee plans, dispute_sql on disputes, override_sql on overrides
    errors         why charging refuses
"""
