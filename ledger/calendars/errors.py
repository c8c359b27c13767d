"""Why calendars are refused."""

from ledger.errors import LedgerError


class CalendarMissing(LedgerError):
    """There is no such calendar, or not in that version."""

    code = "CALENDAR_MISSING"
    sentence = "There is no calendar {calendar} here; publish it, or use MON-FRI."


class CalendarConflict(LedgerError):
    """A version never changes."""

    code = "CALENDAR_CONFLICT"
    sentence = "Version {version} of calendar {calendar} has other content; publish the next version."


class CalendarVersionSkipped(LedgerError):
    """Versions are counted without gaps."""

    code = "CALENDAR_VERSION"
    sentence = "The next version of calendar {calendar} is {next_version}, not {version}."


class CalendarIsBuiltIn(LedgerError):
    """The calendar without holidays is the same everywhere."""

    code = "CALENDAR_BUILT_IN"
    sentence = "Calendar {calendar} is built in and takes no versions; use another name."


class CountryUnknown(LedgerError):
    """There is no list of public holidays for it."""

    code = "COUNTRY_UNKNOWN"
    sentence = "There are no public holidays for {country}; use a code such as BR, or BR-SP for a part of a country."
