"""What the operating system says against a file, a disk or a connection, known again by its number."""

import errno
import socket
import ssl

from ledger.errors import Remark, Words


class SystemSays(Words):
    """What the system says most, in its own English; all else is quoted as it says it."""

    NO_SUCH_FILE = "No such file or directory"
    PERMISSION_DENIED = "Permission denied"
    NOT_PERMITTED = "Operation not permitted"
    NO_FOLDER = "Not a directory"
    A_FOLDER = "Is a directory"
    THERE_ALREADY = "File exists"
    NOT_EMPTY = "Directory not empty"
    IN_USE = "Device or resource busy"
    PROGRAM_RUNS = "Text file busy"
    LINKS_LOOP = "Too many levels of symbolic links"
    PATH_TOO_LONG = "File name too long"
    DISK_FULL = "No space left on device"
    QUOTA_USED_UP = "Disk quota exceeded"
    FILE_LIMIT = "File too large"
    READ_ONLY = "Read-only file system"
    DISK_BROKEN = "Input/output error"
    NO_DEVICE = "No such device or address"
    NO_LOCKS = "No locks available"
    NOT_SUPPORTED = "Operation not supported"
    ARGUMENT_INVALID = "Invalid argument"
    FILES_USED_UP = "Too many open files"
    MEMORY_USED_UP = "Cannot allocate memory"
    ADDRESS_IN_USE = "Address already in use"
    ADDRESS_ELSEWHERE = "Cannot assign requested address"
    CONNECTION_REFUSED = "Connection refused"
    CONNECTION_RESET = "Connection reset by peer"
    TIMED_OUT = "Connection timed out"
    NETWORK_UNREACHABLE = "Network is unreachable"
    HOST_UNREACHABLE = "No route to host"
    HOST_UNKNOWN = "Name or service not known"
    QUOTED = "{said}"


_BY_NUMBER = {
    errno.ENOENT: SystemSays.NO_SUCH_FILE,
    errno.EACCES: SystemSays.PERMISSION_DENIED,
    errno.EPERM: SystemSays.NOT_PERMITTED,
    errno.ENOTDIR: SystemSays.NO_FOLDER,
    errno.EISDIR: SystemSays.A_FOLDER,
    errno.EEXIST: SystemSays.THERE_ALREADY,
    errno.ENOTEMPTY: SystemSays.NOT_EMPTY,
    errno.EBUSY: SystemSays.IN_USE,
    errno.ETXTBSY: SystemSays.PROGRAM_RUNS,
    errno.ELOOP: SystemSays.LINKS_LOOP,
    errno.ENAMETOOLONG: SystemSays.PATH_TOO_LONG,
    errno.ENOSPC: SystemSays.DISK_FULL,
    errno.EDQUOT: SystemSays.QUOTA_USED_UP,
    errno.EFBIG: SystemSays.FILE_LIMIT,
    errno.EROFS: SystemSays.READ_ONLY,
    errno.EIO: SystemSays.DISK_BROKEN,
    errno.ENXIO: SystemSays.NO_DEVICE,
    errno.ENOLCK: SystemSays.NO_LOCKS,
    errno.ENOTSUP: SystemSays.NOT_SUPPORTED,
    errno.EINVAL: SystemSays.ARGUMENT_INVALID,
    errno.EMFILE: SystemSays.FILES_USED_UP,
    errno.ENOMEM: SystemSays.MEMORY_USED_UP,
    errno.EADDRINUSE: SystemSays.ADDRESS_IN_USE,
    errno.EADDRNOTAVAIL: SystemSays.ADDRESS_ELSEWHERE,
    errno.ECONNREFUSED: SystemSays.CONNECTION_REFUSED,
    errno.ECONNRESET: SystemSays.CONNECTION_RESET,
    errno.ETIMEDOUT: SystemSays.TIMED_OUT,
    errno.ENETUNREACH: SystemSays.NETWORK_UNREACHABLE,
    errno.EHOSTUNREACH: SystemSays.HOST_UNREACHABLE,
}


def say_failure(error: OSError) -> Words | Remark:
    """Say what the system says of a failure."""
    if isinstance(error, socket.gaierror):
        return SystemSays.HOST_UNKNOWN if error.errno == socket.EAI_NONAME else quote_failure(error)
    # The library of TLS has numbers of its own.
    known = None if isinstance(error, ssl.SSLError) else _BY_NUMBER.get(error.errno or 0)
    return known or quote_failure(error)


def quote_failure(error: BaseException) -> Remark:
    """Quote what somebody else says of a failure, in one line that does not end."""
    said = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
    return Remark(SystemSays.QUOTED, said=(said or type(error).__name__).rstrip("."))
