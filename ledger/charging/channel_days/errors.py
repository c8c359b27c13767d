"""Why a channel's file is refused, always as a whole, and what is asked of days that are not there."""

from ledger.errors import LedgerError, Words


class Why(Words):
    """What is wrong with a channel's file."""

    FIRST_LINE = "The first line must be a FILE line of version 1."
    AFTER_THE_END = "Nothing comes after the END line."
    ONE_TOTAL = "One legal entity and currency has one TOTAL line."
    NO_END = "it has no END line"
    OTHER_END = "its END line is not that of {name} with {count} records"
    BEHIND_TOTAL = "{entity} {currency} has records behind its TOTAL line, or has none"


class ChannelFileCutOff(LedgerError):
    """The last line is not there, or counts other lines than came."""

    code = "CHANNEL_FILE_CUT_OFF"
    sentence = "The file is not whole: {reason}."


class ChannelFileUneven(LedgerError):
    """A total is not the sum of the records before it."""

    code = "CHANNEL_FILE_UNEVEN"
    sentence = "{entity} {currency}: {total} is {given} in the file's total, its records make {sum}."


class ChannelRecordTwice(LedgerError):
    """Two records of a file have one reference."""

    code = "CHANNEL_RECORD_TWICE"
    sentence = "Record {record} is in the file twice."


class ChannelDayConflict(LedgerError):
    """The channel has told of this day before, and said something else."""

    code = "CHANNEL_DAY_CONFLICT"
    sentence = "Of {day}, {entity} {currency}, {channel} has said something else before, in {file}."


class ChannelDifferenceMissing(LedgerError):
    """A day does not differ like this, or not any more: what was booked or told since has changed it."""

    code = "CHANNEL_DIFFERENCE_MISSING"
    sentence = "Day {day} has no difference {difference} of {name} of order {order} that reads like this now."


class ChannelDayMissing(LedgerError):
    """There is no such day of a channel."""

    code = "CHANNEL_DAY_MISSING"
    sentence = "There is no day {number} of a payment channel."


class ChannelUnheard(LedgerError):
    """No file of that channel was recorded."""

    code = "CHANNEL_UNHEARD"
    sentence = "Payment channel {channel} has told of no day here; check its name, or record its file first."
