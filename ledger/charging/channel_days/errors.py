"""Why a channel's file is refused, always as a whole."""

from ledger.errors import LedgerError


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
