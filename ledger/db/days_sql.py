"""
Text to be part of statements: whether the day in a column has come where the zone in another says, by an instant (a
parameter). All of these are written here in the house.

Each says it twice: by itself, and before it in a form that an index of days can use. No place is a whole day ahead of
UTC, so what has begun anywhere is at most the day after UTC's.
"""


def has_begun(day: str, *, zone: str, at: str) -> str:
    """SQL that holds from the midnight on which a day begins."""
    return _compare(day, "<=", zone=zone, at=at)


def has_passed(day: str, *, zone: str, at: str) -> str:
    """SQL that holds from the midnight on which a day ends."""
    return _compare(day, "<", zone=zone, at=at)


def _compare(day: str, sign: str, *, zone: str, at: str) -> str:
    return f"""{day} {sign} ({at}::timestamptz AT TIME ZONE 'UTC')::date + 1
            AND {day} {sign} ({at}::timestamptz AT TIME ZONE {zone})::date"""
