"""The exit codes, which scripts rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """Listed in `splitbook --help`."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    STORE = 3
    SERVER = 4
    PORT = 5
    BUG = 70
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANINGS = """\
Exit codes

0  done

1  something was refused or found wrong, and was reported

2  the command line or the environment is wrong, or the platform must be chosen

3  the store cannot be used

4  the server at --url cannot be reached or does not take the key

5  the port is in use

70  a bug

130  interrupted; what was committed stays

141  nobody reads the output"""
