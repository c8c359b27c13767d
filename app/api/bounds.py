"""How many items the lists of a mutation's input may hold; app/operations/sizes.py counts them."""

from typing import Any, NamedTuple

import strawberry
from graphql import GraphQLArgument, GraphQLInputField

from app.api.errors import Why
from ledger.errors import InvalidInput

_MOST = "most"


class LongList(NamedTuple):
    """A list that was given more items than it may have; `path` leads to it in the input."""

    path: tuple[str, ...]
    most: int
    given: int

    def under(self, name: str) -> "LongList":
        """The same list, seen from one level further out."""
        return self._replace(path=(name, *self.path))

    def refuse(self) -> InvalidInput:
        """Say that nothing of it was read."""
        return InvalidInput(field=self.path, reason=Why.AT_A_TIME, most=self.most, count=self.given)


def at_most(count: int, **options: Any) -> Any:
    """Declare a list of a mutation's input, of so many items; who gives more is refused before any of them is read."""
    return strawberry.field(metadata={_MOST: count}, **options)


def find_bound(place: GraphQLArgument | GraphQLInputField) -> int | None:
    """How many items a list was declared to have at most; None for what is no such list."""
    definition = place.extensions.get("strawberry-definition")
    return None if definition is None else definition.metadata.get(_MOST)
