"""
When a party settles: cycles, periods and due dates, by versions.

model      terms, what a version says, periods, the history of a party in a role: values
periods    periods of a history in a time zone, and due dates: pure
history    versions of role and party laid over each other on the days they take effect: pure
parsing    from a document, or from a party's registration, to what a version says
registering  parties, if what their registration says of settlement can be read
changing   the next version of a role or of a party in it
finding    the histories of many parties at once, with their zones
errors     why terms are refused
sql        every statement on the table of terms

What a version leaves open comes from the layer below it: the party's version, the party's registration, the version of
the role, built-in. Days are local days of the party, so one version of a role means each party's own midnight. Periods
follow from the rule alone, never from when somebody asks.
"""
