"""Where errors and remarks are made in the code, with which facts and words, as far as reading the code can tell."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import app
import ledger
from ledger.errors import ExpectedError, InvalidInput, Remark, Words
from ledger.fields import refuse_value

SOURCES = [
    source
    for package in (ledger, app)
    for source in Path(package.__path__[0]).rglob("*.py")
    if "node_modules" not in source.parts and source.stem != "__main__"
]


class Made(NamedTuple):
    """
    Where an error or a remark is made, with what facts and words. `known` are the names of its facts; None is among
    them where some are passed on as a whole, which is seen only when it runs.
    """

    place: str
    made: type[ExpectedError | Remark]
    facts: list[ast.keyword]
    words: set[Words]
    known: set[str | None]


Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """A file as it is written, with what its names mean and which of its functions each node stands in."""

    def __init__(self, source: Path) -> None:
        root = Path(ledger.__path__[0]).parent
        self.name = ".".join(source.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        self.names = vars(sys.modules[self.name]) if self.name in sys.modules else {}
        self.tree = ast.parse(source.read_text(encoding="utf-8"))
        self.calls = [each for each in ast.walk(self.tree) if isinstance(each, ast.Call)]
        self._functions: dict[str, Function] = {}
        self._around: dict[ast.AST, Function] = {}
        # An inner function is walked to later than the one around it.
        for function in ast.walk(self.tree):
            if isinstance(function, Function):
                self._functions[function.name] = function
                self._around.update((each, function) for each in ast.walk(function))
        self._find_values = cache(self._look_for_values)

    def find(self, node: ast.expr) -> object:
        """What a name or a dotted name means."""
        return _find_named(node, self.names)

    def list_made(self) -> Iterator[Made]:
        """The errors and remarks that are made by the name of their class."""
        for call in self.calls:
            made = self._find_made(call)
            if made is not None:
                given = [each for each in call.keywords if each.arg != "field"]
                known: set[str | None] = set().union(*(self._find_keys(each) for each in given))
                if self.find(call.func) is refuse_value:
                    # It adds the place, and has the reason in its own place.
                    known |= {"place", "reason"}
                yield Made(f"{self.name}:{call.lineno}", made, given, self._find_words(call), known)

    def _find_made(self, call: ast.Call) -> type[ExpectedError | Remark] | None:
        named = self.find(call.func)
        made = InvalidInput if named is refuse_value else named
        return made if isinstance(made, type) and issubclass(made, ExpectedError | Remark) else None

    def _find_words(self, call: ast.Call) -> set[Words]:
        """All words that a call may be given: in it, in what its variables got, in what the functions return."""
        found: set[Words] = set()
        seen: set[ast.AST] = set()
        waiting: list[ast.AST] = [call]
        while waiting:
            each = waiting.pop()
            if each in seen or (isinstance(each, ast.Call) and each is not call and self._find_made(each) is not None):
                # What is made inside has its own words.
                continue
            seen.add(each)
            if isinstance(each, ast.Attribute):
                # A part of a value is not all that the value was made of.
                if isinstance(named := self.find(each), Words):
                    found.add(named)
                continue
            waiting.extend(ast.iter_child_nodes(each))
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                waiting.extend(self._list_values(each))
            elif isinstance(each, ast.Call) and (called := self._find_function(each)) is not None:
                waiting.extend(_list_returned(called))
        return found

    def _find_keys(self, given: ast.keyword) -> set[str | None]:
        """The facts that one argument gives: its name, or the keys of the literal that it passes on."""
        if given.arg is not None or not isinstance(given.value, ast.Name):
            return {given.arg}
        keys: set[str | None] = set()
        for value in self._list_values(given.value):
            if not isinstance(value, ast.Dict):
                return {None}
            keys |= {each.value if isinstance(each, ast.Constant) else None for each in value.keys}
        return keys or {None}

    def _find_function(self, call: ast.Call) -> Function | None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self._functions.get(name)
        return None

    def _list_values(self, name: ast.Name) -> list[ast.expr]:
        """What is given to a variable or a parameter, in the function that it stands in and by those that call it."""
        function = self._around.get(name)
        return [] if function is None else self._find_values(function, name.id)

    def _look_for_values(self, function: Function, name: str) -> list[ast.expr]:
        values: list[ast.expr] = []
        for each in ast.walk(function):
            match each:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.AnnAssign(target=target, value=ast.expr() as value)
                    | ast.NamedExpr(target=target, value=value)
                    | ast.For(target=target, iter=value)
                    | ast.comprehension(target=target, iter=value)
                ) if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target)):
                    values.append(value)
        return values + self._list_arguments(function, name)

    def _list_arguments(self, function: Function, parameter: str) -> list[ast.expr]:
        """What the calls in this file give to a parameter."""
        given = function.args
        places = [each.arg for each in (*given.posonlyargs, *given.args) if each.arg != "self"]
        if parameter not in {*places, *(each.arg for each in given.kwonlyargs)}:
            return []
        values: list[ast.expr] = []
        for call in self.calls:
            if self._find_function(call) is function:
                values += [each.value for each in call.keywords if each.arg == parameter]
                values += [value for place, value in zip(places, call.args, strict=False) if place == parameter]
        return values


@cache
def read_module(source: Path) -> Module:
    return Module(source)


def find_prose(given: ast.keyword) -> list[str]:
    """Text that stands in a fact and is English, not a code; what is looked up or passed on is no text of a fact."""
    found: list[str] = []
    waiting: list[ast.AST] = [given.value]
    while waiting:
        match waiting.pop():
            case ast.Constant(value=str(text)) if re.search("[a-z]", text) and not CODE.fullmatch(text):
                found.append(text)
            case ast.FormattedValue(value=inner) | ast.Subscript(value=inner):
                waiting.append(inner)
            case ast.Dict(values=values):
                waiting.extend(values)
            case ast.Call(func=func):
                waiting.append(func)
            case node:
                waiting.extend(ast.iter_child_nodes(node))
    return found


# A code, the name of a field in its own letters, or ours.
CODE = re.compile(r"[A-Z0-9_]+|[a-z]+[A-Z]\w+|Splitbook")


def _list_returned(function: Function) -> list[ast.expr]:
    return [
        node.value for node in ast.walk(function) if isinstance(node, ast.Return | ast.Yield) and node.value is not None
    ]


def _find_named(node: ast.expr, names: Mapping[str, object]) -> object:
    match node:
        case ast.Name(id=name):
            return names.get(name)
        case ast.Attribute(value=value, attr=attribute):
            return getattr(_find_named(value, names), attribute, None)
    return None
