"""Which platform a command works on: the one it names, else the only one there is."""

from ledger.db.connecting import Database
from ledger.errors import ExpectedError
from ledger.journal.platforms import Platform, list_platforms


class PlatformNotChosen(ExpectedError):
    """The command does not say which platform, or names one that is not there."""

    code = "PLATFORM_NOT_CHOSEN"
    sentence = "The store has several platforms, choose one with --platform: {choices}."


class NoPlatformYet(PlatformNotChosen):
    """There is none to choose."""

    code = "NO_PLATFORM_YET"
    sentence = "The store has no platform yet: import parties with an OPERATOR line, or load the demo."


class NoSuchPlatform(PlatformNotChosen):
    """The one that is named is not there."""

    code = "NO_PLATFORM_NAMED"
    sentence = "There is no platform {reference}, choose one with --platform: {choices}."


async def list_all_platforms(database: Database) -> list[Platform]:
    """Every platform of the store, oldest first."""
    async with database.read(None) as conn:
        return await list_platforms(conn)


async def choose_platform(database: Database, reference: str | None) -> Platform:
    """
    Find the platform of this reference, or the only one.

    Errors: PlatformNotChosen, naming the choices.
    """
    platforms = await list_all_platforms(database)
    if reference is None and len(platforms) == 1:
        return platforms[0]
    for platform in platforms:
        if platform.reference == reference:
            return platform
    if not platforms:
        raise NoPlatformYet
    choices = ", ".join(platform.reference for platform in platforms)
    if reference is None:
        raise PlatformNotChosen(choices=choices)
    raise NoSuchPlatform(reference=reference, choices=choices)
