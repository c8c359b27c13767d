"""The walls of the house, as tests."""

import ast
import re
from pathlib import Path

import pytest

import ledger

LEDGER = Path(ledger.__file__).parent
SOURCES = sorted(LEDGER.rglob("*.py"))


def names_of(sources):
    return [str(source.relative_to(LEDGER)) for source in sources]


def find_floats(source: str) -> list[str]:
    """Find what would let binary fractions in: their literals, and the word as call, annotation, base or argument."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            found.append(f"line {node.lineno}: {node.value!r}")
        elif isinstance(node, ast.Name) and node.id in {"float", "complex"}:
            found.append(f"line {node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in {"float", "complex"}:
            found.append(f"line {node.lineno}: .{node.attr}")
        else:
            # Annotations may be written as text, and are then no names to the parser.
            annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
            inside = ast.walk(annotation) if annotation else ()
            texts = (each.value for each in inside if isinstance(each, ast.Constant) and isinstance(each.value, str))
            found += [f"line {node.lineno}: {text}" for text in texts if "float" in text]
    return found


@pytest.mark.parametrize("source", SOURCES, ids=names_of(SOURCES))
def test_the_ledger_knows_no_binary_fractions(source):
    assert find_floats(source.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "RATE = 0.08",
        "RATE = 1e3",
        "RATE = -0.5",
        "rate = float(text)",
        "def pay(rate: float): ...",
        "def pay(rate: 'float | None'): ...",
        "def pay() -> 'list[float]': ...",
        "rate: 'float' = None",
        "rates = list(map(float, texts))",
        "rate = builtins.float(text)",
        "isinstance(rate, float)",
        "x = 2j",
    ],
)
def test_a_binary_fraction_is_found_wherever_it_hides(source):
    assert len(find_floats(source)) == 1


def test_integers_decimals_and_words_are_no_binary_fractions():
    assert find_floats('"""No float here."""\nX = 1_000\nY = Decimal("0.08")\nZ = {"float": "number"}\n') == []


# True division makes binary fractions of integers; where money is worked out there is // and `divide` alone.
ARITHMETIC = [LEDGER / "money.py", *sorted((LEDGER / "charging").glob("*.py"))]


@pytest.mark.parametrize("source", ARITHMETIC, ids=names_of(ARITHMETIC))
def test_money_is_never_divided_into_a_fraction(source):
    divisions = [node for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))) if isinstance(node, ast.Div)]

    assert divisions == []


ROOT = LEDGER.parent
OURS = sorted(
    source
    for package in ("ledger", "app")
    for source in (ROOT / package).rglob("*.py")
    if "node_modules" not in source.parts
)
STATEMENT = re.compile(r"\b(SELECT\s|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)")


def place(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


def find_statements(source: Path) -> list[str]:
    """Text in capitals that is SQL; docstrings may speak of it."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        f"line {node.lineno}: {node.value.strip()[:40]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and STATEMENT.search(node.value)
    ]


@pytest.mark.parametrize("source", OURS, ids=[place(source) for source in OURS])
def test_statements_stand_in_files_named_for_them(source):
    name = place(source)
    allowed = name.startswith("ledger/db/") or "sql" in source.stem.split("_")

    assert allowed or find_statements(source) == []


# What a statement leaves open has a name in capitals or in braces; what it says changes under whoever looks for it.
LEFT_OPEN = re.compile(r"\{\w+\}|[A-Z]+_")


def find_rewritings(source: str) -> list[str]:
    """Calls of replace on text that look for something else than what is left open."""
    return [
        f"line {node.lineno}: {ast.unparse(node.args[0])[:60]}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "replace"
        and len(node.args) == 2
        and not (
            isinstance(sought := node.args[0], ast.Constant)
            and isinstance(sought.value, str)
            and LEFT_OPEN.fullmatch(sought.value)
        )
    ]


SQL_FILES = [source for source in OURS if "sql" in source.stem.split("_")]


@pytest.mark.parametrize("source", SQL_FILES, ids=[place(source) for source in SQL_FILES])
def test_a_statement_is_not_made_by_rewriting_another(source):
    assert find_rewritings(source.read_text(encoding="utf-8")) == []


def test_a_statement_that_is_rewritten_is_found_and_one_that_is_filled_in_is_not():
    assert len(find_rewritings('TEXT.replace("WHERE p.platform_id = $1\\n", "WHERE TRUE")')) == 1
    assert find_rewritings('TEXT.replace("{scope}", "$1").replace("ASC_", "ASC")') == []


def find_writing(source: str) -> list[str]:
    """Where a transaction that writes is opened, or what it would be opened on is reached for."""
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and (node.attr == "writers" or (node.attr == "write" and ast.unparse(node.value).endswith("database")))
    ]


GATEWAY = [
    source for source in OURS if place(source).startswith(("app/api/", "app/operations/", "app/http/", "app/auth"))
]


@pytest.mark.parametrize("source", GATEWAY, ids=[place(source) for source in GATEWAY])
def test_what_callers_write_is_written_in_lanes_alone(source):
    assert find_writing(source.read_text(encoding="utf-8")) == []


def test_whoever_writes_past_the_lanes_is_found():
    assert len(find_writing("async with self.services.database.write(platform_id) as conn: ...")) == 1
    assert len(find_writing("pool = database.writers")) == 1
    assert find_writing("async with database.read(platform_id) as conn: file.write(conn)") == []


@pytest.mark.parametrize("source", OURS, ids=[place(source) for source in OURS])
def test_a_file_has_at_most_four_hundred_lines(source):
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("source", OURS, ids=[place(source) for source in OURS])
def test_a_module_is_a_noun_of_the_field_and_no_drawer(source):
    assert source.stem not in {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}


@pytest.mark.parametrize("package", sorted(p.parent for p in OURS if p.name == "__init__.py"), ids=place)
def test_a_package_begins_with_its_map_and_nothing_else(package):
    body = ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body

    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def find_unmapped(package: Path) -> set[str]:
    """The modules that a package has and its map does not name. A domain's own files go by a rule, named once."""
    by_rule = {"ledger/reporting": ("sql_",), "app/lanes": ("_kinds",), "app/api": ("",)}.get(place(package), ())
    named = set(re.findall(r"\w+", ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""))
    modules = {each.stem for each in package.glob("*.py")} | {
        each.parent.name for each in package.glob("*/__init__.py")
    }
    return {each for each in modules - named - {"__init__", "__main__"} if not any(part in each for part in by_rule)}


@pytest.mark.parametrize("package", sorted(p.parent for p in OURS if p.name == "__init__.py"), ids=place)
def test_a_map_names_every_module_of_its_package(package):
    assert find_unmapped(package) == set()
