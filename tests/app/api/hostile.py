"""A hostile client, drawn from the schema: every field with arguments nobody would send, over things that are there."""

from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

# Text that has broken somebody's program: empty, blank, NUL, the separator of our keys, half a character, right to
# left, what a database, a formatter, a path or a number reader takes for something, and far too much of it.
TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "a\x1fb",
        "\ud800",
        "\udfff!",
        "\u202eabc",
        "😀" * 40,
        "x" * 5_000,
        "%s%n",
        "{0}{reason}",
        "'; --",
    ),
    *(
        "../../etc/passwd",
        "\\u0000",
        "\n",
        "NaN",
        "-0",
        "1e999",
        "null",
        "Infinity",
        "order/O1",
        "sheet/1",
        "role:operator",
    ),
)
NUMBERS = ("0", "-1", "1", "2", "7", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5", "")
COUNTS = (-(2**31), -1, 0, 1, 2, 100, 101, 2**31 - 1, 2**31)
DECIMALS = (
    "0",
    "-1",
    "0.01",
    "1.00",
    "1.001",
    "99999999999999999999999999999999999999",
    "1e2",
    "NaN",
    ".5",
    "10000000000000.01",
)
DAYS = ("0001-01-01", "9999-12-31", "2025-03-05", "2025-02-30", "2026-11-22", "", "-2025-01-01", "2999-01-01")
INSTANTS = (
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2025-03-05T00:00:00+14:00", "2025-03-05", ""),
    *("2026-11-22T00:00:00.000000Z", "9999-12-31T23:59:59-23:59", "2999-01-01T00:00:00Z"),
)
GOOD_DAYS = ("2025-03-05", "2026-11-22", "2026-12-31", "2025-04-01")
GOOD_INSTANTS = ("2025-03-05T00:00:00Z", "2026-11-22T00:00:00Z", "2025-04-30T00:00:00Z")
CURRENCIES = ("CNY", "JPY", "KWD", "XXX", "cny", "", "XAU", "CN\x00")
OBJECTS: tuple[Any, ...] = (
    *({}, {"a": None}, {"": []}, {"event": "order.paid"}, {"id": 1}, {"\ud800": 1}, {"a": "\x00"}, {"a": 10**30}),
    *([], "text", 1, True, None, {"lines": [{}] * 3}, {"plan": {}, "validFrom": "2025-01-01"}),
)


# Most pages are asked for as everybody does; else hardly anything behind the first refusal would be seen.
_CHANCES = {"first": 0.3, "after": 0.15, "last": 0.05, "before": 0.05}

# Per scalar what is good, what is bad, and how often the bad is taken; good numbers are those of things that are there.
_Pool = tuple[Sequence[Any], Sequence[Any], float]
_POOLS: dict[str, _Pool] = {
    "Boolean": ((True, False), (True, False), 0.0),
    "Int": ((1, 2, 100), COUNTS, 0.2),
    "BigInt": ((), NUMBERS, 0.3),
    "Decimal": (("1.00", "0.5", "3"), DECIMALS, 0.3),
    "LocalDate": (GOOD_DAYS, DAYS, 0.3),
    "Instant": (GOOD_INSTANTS, INSTANTS, 0.4),
    "CurrencyCode": (("CNY", "JPY"), CURRENCIES, 0.3),
}


class Hostile:
    """
    Draws operations; the same seed draws the same ones. `documents` are good ones for what takes JSON, to be spoilt.
    What it learns of answers it uses in what follows, with whatever key that is sent.
    """

    def __init__(self, *, seed: int, documents: Sequence[dict[str, Any]] = ()) -> None:
        self.random = Random(seed)
        self.documents = documents
        self.ids: dict[str, list[str]] = {}
        self.words: dict[str, list[str]] = {name: [""] for name in ("reference", "number", "cursor", "digest")}

    def learn(self, answer: Any) -> None:
        """Remember ids by their type, and references, numbers, cursors and digests."""
        if isinstance(answer, list):
            for each in answer:
                self.learn(each)
        elif isinstance(answer, dict):
            for name, each in answer.items():
                if name == "id" and len(kept := self.ids.setdefault(answer.get("__typename", ""), [])) < 50:
                    kept.append(each)
                elif name in self.words and isinstance(each, str) and len(self.words[name]) < 200:
                    self.words[name].append(each)
                else:
                    self.learn(each)

    def draw(self, kind: str, name: str, field: GraphQLField) -> tuple[str, dict[str, Any]]:
        """An operation of one field, all of whose arguments are variables."""
        arguments = {}
        for argument, declared in field.args.items():
            if is_required_argument(declared) or self.random.random() < _CHANCES.get(argument, 0.4):
                arguments[argument] = (str(declared.type), self.value(declared.type, argument, depth=0))
        variables = {argument: value for argument, (_, value) in arguments.items()}
        heads = ", ".join(f"${argument}: {declared}" for argument, (declared, _) in arguments.items())
        given = ", ".join(f"{argument}: ${argument}" for argument in arguments)
        head, call = (f"({heads})" if heads else ""), (f"({given})" if given else "")
        return f"{kind}{head} {{ {name}{call} {self.selection(field.type, depth=2)} }}", variables

    def selection(self, declared: Any, *, depth: int) -> str:
        """What to ask of a type: all of its leaves, and some of what hangs together with it."""
        named = get_named_type(declared)
        if is_leaf_type(named):
            return ""
        if isinstance(named, GraphQLUnionType):
            return "{ __typename }"
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
        chosen = [self._ask(name, field, depth) for name, field in named.fields.items()]
        return "{ __typename " + " ".join(chosen) + " }"

    def value(self, declared: GraphQLInputType, name: str, *, depth: int) -> Any:
        """A value that mostly is of the type, and never a nice one."""
        random = self.random
        if random.random() < 0.01:
            return random.choice((None, [], {}, "x", 0, True, 1.5, [None]))
        if isinstance(declared, GraphQLNonNull):
            return self.value(declared.of_type, name, depth=depth)
        if isinstance(declared, GraphQLList):
            return [self.value(declared.of_type, name, depth=depth + 1) for _ in range(random.choice((0, 1, 1, 2, 3)))]
        if isinstance(declared, GraphQLInputObjectType):
            return {
                each: self.value(field.type, each, depth=depth + 1)
                for each, field in declared.fields.items()
                if isinstance(field.type, GraphQLNonNull) or random.random() < (0.5 if depth < 3 else 0.1)
            }
        return self._leaf(declared, name)

    def _leaf(self, declared: GraphQLNamedType, name: str) -> Any:
        if isinstance(declared, GraphQLEnumType):
            return self.random.choice(list(declared.values))
        if declared.name == "ID":
            return self._id(name)
        if declared.name == "JSON":
            return self._spoil(self.random.choice(self.documents or OBJECTS))
        good, bad, often = _POOLS.get(declared.name) or self._pool_of_text(name)
        return self.random.choice(bad if self.random.random() < often else good or self.words["number"])

    def _pool_of_text(self, name: str) -> "_Pool":
        if name in ("after", "before"):
            return self.words["cursor"], TEXTS, 0.15
        if name == "legalEntity":
            return ("LE", "LE", "LE", "LE-JP", "M1"), TEXTS, 0.15
        return self.words.get(name, self.words["reference"]), TEXTS, 0.15

    def _id(self, name: str) -> str:
        """Mostly an id of what the argument is called by, else of something else, or none at all."""
        random = self.random
        if random.random() < 0.1 or not self.ids:
            return random.choice(TEXTS)
        fitting = [
            each for kind, ids in self.ids.items() if kind.lower().endswith(name.lower().rstrip("s")) for each in ids
        ]
        if fitting and random.random() < 0.8:
            return random.choice(fitting)
        return random.choice(self.ids[random.choice(list(self.ids))])

    def _spoil(self, document: Any) -> Any:
        """A document with one thing in it that is wrong, or none."""
        random = self.random
        if not isinstance(document, dict) or not document or random.random() < 0.3:
            return document
        name = random.choice(list(document))
        if isinstance(document[name], list) and document[name] and random.random() < 0.7:
            return {**document, name: [self._spoil(each) for each in document[name]]}
        if isinstance(document[name], dict) and random.random() < 0.7:
            return {**document, name: self._spoil(document[name])}
        return {**document, name: random.choice((*OBJECTS, *TEXTS, *DECIMALS, *INSTANTS, *self.words["reference"]))}

    def _ask(self, name: str, field: GraphQLField, depth: int) -> str:
        if any(is_required_argument(argument) for argument in field.args.values()):
            return ""
        if is_leaf_type(get_named_type(field.type)):
            return name
        if depth == 0 or self.random.random() > (0.9 if name in ("nodes", "userErrors", "results") else 0.25):
            return ""
        page = "(first: 2)" if "first" in field.args else ""
        return f"{name}{page} {self.selection(field.type, depth=depth - 1)}"
