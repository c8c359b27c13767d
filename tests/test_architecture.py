"""The walls of the house, as tests."""

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import ledger

LEDGER = Path(ledger.__file__).parent
SOURCES = sorted(LEDGER.rglob("*.py"))
ROOT = LEDGER.parent
OURS = sorted(
    source
    for package in ("ledger", "app")
    for source in (ROOT / package).rglob("*.py")
    if "node_modules" not in source.parts
)
PACKAGES = sorted(source.parent for source in OURS if source.name == "__init__.py")


def place(source: Path) -> str:
    return source.relative_to(ROOT).as_posix()


# A test looks at all files and names those that are wrong: thousands of tests of one file each take longer to be told
# of than to run.
def find_everywhere(find: Callable[[str], list[str]], sources: Iterable[Path]) -> dict[str, list[str]]:
    """What is found in the text of each file; files where nothing is found are left out."""
    found = {place(source): find(source.read_text(encoding="utf-8")) for source in sources}
    return {name: each for name, each in found.items() if each}


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


def test_the_ledger_knows_no_binary_fractions():
    assert find_everywhere(find_floats, SOURCES) == {}


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


def find_divisions(source: str) -> list[str]:
    return [
        f"line {node.lineno}: {ast.unparse(node)[:60]}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    ]


def test_money_is_never_divided_into_a_fraction():
    assert find_everywhere(find_divisions, ARITHMETIC) == {}


def test_a_division_is_found_in_either_form():
    assert find_divisions("whole /= 2\nshare = whole / 3\nrest = whole // 2") == [
        "line 1: whole /= 2",
        "line 2: whole / 3",
    ]


STATEMENT = re.compile(r"\b(SELECT\s|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE)")


def find_statements(source: str) -> list[str]:
    """Text in capitals that is SQL; docstrings may speak of it."""
    tree = ast.parse(source)
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


SQL_FILES = [source for source in OURS if "sql" in source.stem.split("_")]


def test_statements_stand_in_files_named_for_them():
    others = [source for source in OURS if source not in SQL_FILES and not place(source).startswith("ledger/db/")]

    assert find_everywhere(find_statements, others) == {}


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


def test_a_statement_is_not_made_by_rewriting_another():
    assert find_everywhere(find_rewritings, SQL_FILES) == {}


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


def test_what_callers_write_is_written_in_lanes_alone():
    assert find_everywhere(find_writing, GATEWAY) == {}


def test_whoever_writes_past_the_lanes_is_found():
    assert len(find_writing("async with self.services.database.write(platform_id) as conn: ...")) == 1
    assert len(find_writing("pool = database.writers")) == 1
    assert find_writing("async with database.read(platform_id) as conn: file.write(conn)") == []


def test_a_file_has_at_most_four_hundred_lines():
    lines = {place(source): len(source.read_text(encoding="utf-8").splitlines()) for source in OURS}

    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_a_module_is_a_noun_of_the_field_and_no_drawer():
    drawers = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

    assert [place(source) for source in OURS if source.stem in drawers] == []


def find_besides_map(source: str) -> list[str]:
    first, *others = ast.parse(source).body or [None]
    return [ast.unparse(node)[:60] for node in others] + ([] if isinstance(first, ast.Expr) else ["no map"])


def test_a_package_begins_with_its_map_and_nothing_else():
    assert find_everywhere(find_besides_map, [package / "__init__.py" for package in PACKAGES]) == {}


def find_unmapped(package: Path) -> set[str]:
    """The modules that a package has and its map does not name. A domain's own files go by a rule, named once."""
    by_rule = {"ledger/reporting": ("sql_",), "app/lanes": ("_kinds",), "app/api": ("",)}.get(place(package), ())
    named = set(re.findall(r"\w+", ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))) or ""))
    modules = {each.stem for each in package.glob("*.py")} | {
        each.parent.name for each in package.glob("*/__init__.py")
    }
    return {each for each in modules - named - {"__init__", "__main__"} if not any(part in each for part in by_rule)}


def test_a_map_names_every_module_of_its_package():
    unmapped = {place(package): find_unmapped(package) for package in PACKAGES}

    assert {name: modules for name, modules in unmapped.items() if modules} == {}
