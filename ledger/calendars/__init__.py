"""
Working days: versioned calendars of holidays and make-up days.

model        a calendar of one version as a value, and counting working days by it: pure
parsing      from a document to a draft of a version
countries    the public holidays of a country as a draft, from the package `holidays`
china        two versions of a calendar whose holiday was extended while it was on
publishing   the next version of a calendar, by content
finding      calendars by name, each in its latest version or in those that something was dated by
errors       why calendars are refused
sql          every statement on the table of calendars

A version never changes. What becomes known later (a holiday extended, the next year's list) is another version, and
whoever has dated something by the calendar dates it anew. Outside the days that a calendar knows its working week
counts, so that a date is always there; the version that learns of those days moves it.
"""
