"""What can go wrong with the embedded server. Each is one sentence that says what is wrong and what to do."""

from pathlib import Path

OTHER_STORE = "or set SPLITBOOK_DATABASE_URL to use a PostgreSQL server of your own"


class StoreError(Exception):
    """The store cannot be used. `str(error)` is the sentence for the person at the keyboard."""


class BinariesUnusable(StoreError):
    """The PostgreSQL programs are missing, or they do not run on this machine."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"The embedded PostgreSQL cannot run here: {reason}; run `make install` again, {OTHER_STORE}.")


class OtherVersion(StoreError):
    """The data folder was made by another major version of PostgreSQL."""

    def __init__(self, *, data: Path, found: str, wanted: int) -> None:
        super().__init__(
            f"The data in {data} belongs to PostgreSQL {found}, but this program brings PostgreSQL {wanted}: "
            f"use the program version that made it, upgrade it with pg_upgrade, {OTHER_STORE}."
        )


class StoreFull(StoreError):
    """The file system that holds the home has no room left."""

    def __init__(self, *, folder: Path) -> None:
        super().__init__(f"The disk that holds {folder} is full: make room, or set SPLITBOOK_HOME to another disk.")


class HomeUnusable(StoreError):
    """The home cannot be read, written or locked by this user."""

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(f"{path} cannot be used: {reason}; set SPLITBOOK_HOME to a folder of yours, {OTHER_STORE}.")


class NoServerUser(StoreError):
    """PostgreSQL refuses to run as root, and there is no unprivileged user to run it."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"PostgreSQL needs an ordinary user to run as: {reason}.")


class ServerFailed(StoreError):
    """The server did not start, or did not stay up while it started."""

    def __init__(self, *, reason: str, log: Path) -> None:
        super().__init__(f"The embedded PostgreSQL did not start: {reason} (its log is {log}).")
