"""Who does something: the name that is written beside every entry and event."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` is stable and unique per platform: a key's actor, `cli:<os user>`, or `system`."""

    name: str


# What a rule does by itself, such as the worker.
SYSTEM = Actor("system")
