"""Tests take the day when they run: a module is read long before, and that may have been yesterday."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CLOCKS = {"now", "today", "utcnow", "read_utc"}


def calls_at_import(node: ast.AST) -> Iterator[str]:
    """The names of what is called while a module is read: not in functions, but in their decorators and defaults."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children: list[ast.AST] = [*node.decorator_list, node.args]
    else:
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call):
        called = node.func
        yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    for child in children:
        yield from calls_at_import(child)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("TODAY = datetime.now(UTC).date()", True),
        ("@given(st.dates(max_value=date.today()))\ndef test(): pass", True),
        ("def test(day=read_utc()): pass", True),
        ("def test():\n    return datetime.now(UTC)", False),
        ("make = lambda: datetime.now(UTC)", False),
    ],
)
def test_a_clock_that_is_read_with_its_module_is_seen(source: str, expected: bool) -> None:
    assert bool(CLOCKS & set(calls_at_import(ast.parse(source)))) == expected


def test_no_test_reads_a_clock_when_its_module_is_read() -> None:
    found = [
        str(path.relative_to(TESTS))
        for path in sorted(TESTS.rglob("*.py"))
        if CLOCKS & set(calls_at_import(ast.parse(path.read_text(encoding="utf-8"))))
    ]

    assert found == []
