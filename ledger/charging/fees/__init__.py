"""
Fee lines that were made elsewhere: validated against a catalogue, booked on the same path, taken back at a frozen rate.

    model           fee items, fee lines, and what was said of them
    errors          why a fee line is refused
    items           fee items from and to their documents
    standard_items  the catalogue that a new platform starts with
    publishing      publish_fee_items; what is in force
    parsing         one submitted fee line from its document
    judging         pure: a fee line from what was said, the item, the party and the line it takes back
    drafting        its entry and its event; rows are from and to the table
    metadata        a fee as its entry's metadata says it
    submitting      submit_fee_lines: lock, load, judge, post, write
    booked          orders that another system has charged, before they came here
    comparing       own against submitted lines, difference by difference
    invoice_tax     tax inside the price of an invoice, shared over its lines
    bundles         what a bundle's price is of each thing in it
    refusals        refused lines of sources: kept whole, tried again less and less often
    sources         what is pulled from other systems: due sources, a page with its watermark
    sql             every statement on these tables
"""
