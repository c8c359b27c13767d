"""How large, how expensive and how slow an operation may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Bounds on one operation. With these, parsing, measuring and validating the worst document takes about 0.1 s.

    `same_name_nested` and `same_name`: fields of one name in a document, with and without arguments or selections.
    Validation compares such fields in pairs, so their number counts squared.
    """

    document_characters: int = 65_536
    tokens: int = 1_500
    depth: int = 12
    introspection_depth: int = 20
    aliases: int = 30
    root_fields: int = 10
    directives: int = 20
    same_name_nested: int = 100
    same_name: int = 400
    # About what one core answers in two seconds; a page of 100 lines with account and entry costs 300.
    cost: int = 25_000
    errors: int = 10
    # Above what a lane pursues a batch for, so that a caller usually hears the lane's answer and not the clock's.
    write_seconds: float = 20.0
    read_seconds: float = 10.0
