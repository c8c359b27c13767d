"""Why calendars are refused."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a calendar."""

    LAST_DAY = "lastDay is firstDay or after it, at most fifty years."
    OFF_AND_WORKING = "{day} is a day off and a working day at once."
    DAY_OUTSIDE = "{day} is outside firstDay to lastDay."
    DAY_TWICE = "{day} is there twice."
    WEEK = "week has one to seven of {known}, each once."
    CALENDAR_VERSION_NUMBER = "version is a whole number from 1 on."
    YEARS = "Years are from {first} to {last}."


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
