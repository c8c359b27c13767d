"""What is booked, line by line, with what it is of: as laws ask for it."""

# What a line `l` adds on the credit side.
SIGNED = "CASE l.side WHEN 'C' THEN l.amount ELSE -l.amount END"
BOOKED = f"""
    SELECT e.sequence, e.document, e.document_line, e.template, a.code, coalesce(a.party_id, 0) AS party_id, l.side,
        l.amount, {SIGNED} AS signed
    FROM entry AS e INNER JOIN line AS l ON l.sequence = e.sequence
    INNER JOIN account AS a ON a.account_id = l.account_id
"""
