"""The examples of GraphiQL, and what it means that one shows something."""

from pathlib import Path
from typing import Any

from graphql import OperationDefinitionNode, parse

FILES = sorted((Path(__file__).parents[3] / "app/web/examples").glob("*.graphql"))


def read_name(document: str) -> str:
    """The name of an example's one operation, which its tab has, too."""
    (operation,) = [each for each in parse(document).definitions if isinstance(each, OperationDefinitionNode)]
    assert operation.name is not None
    return operation.name.value


def find_nothing(value: Any, path: str = "") -> list[str]:
    """Where an answer says nothing: a field at its top that is null, or a list that has nothing in it there."""
    if isinstance(value, dict):
        named = value.items() if path.count(".") < 2 else ()
        return [found for name, each in named for found in find_nothing(each, f"{path}.{name}")]
    is_shown = path.count(".") == 1 or path.endswith((".nodes", ".edges"))
    return [path] if is_shown and value in (None, []) else []
