"""Which platform a command works on: the one it names, else the only one there is."""

from ledger.db.connecting import Database
from ledger.journal.platforms import Platform, list_platforms


class PlatformNotChosen(Exception):
    """The command does not say which platform, or names one that is not there. `str(error)` names the choices."""


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
    choices = ", ".join(platform.reference for platform in platforms)
    if not platforms:
        reason = "The store has no platform yet: import parties with an OPERATOR line, or load the demo."
    elif reference is None:
        reason = f"The store has several platforms, choose one with --platform: {choices}."
    else:
        reason = f"There is no platform {reference}, choose one with --platform: {choices}."
    raise PlatformNotChosen(reason)
