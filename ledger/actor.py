"""Who does something: the name that is written beside every entry and event."""

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is stable and unique per platform: a key's actor, `cli:<os user>`, or `system`."""

    name: str


# What a rule does by itself, such as the worker.
SYSTEM = Actor("system")


def is_same_person(name: str, other: str) -> bool:
    """
    Whether two names are one person's: those are that differ only in case, width or the way in which their letters are
    put together; pure.
    """
    return fold_name(name) == fold_name(other)


def fold_name(name: str) -> str:
    """What all ways of writing one person's name have in common; pure."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
