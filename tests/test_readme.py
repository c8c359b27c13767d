"""What the README and the pages in docs name is there: fields and inputs, codes and states, files."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.api.schema import build_schema
from app.demo.marketplace import Marketplace
from app.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
VARIABLES = {f"SPLITBOOK_{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every word of the schema and of the program."""
    sources = [path for folder in ("app", "ledger") for path in (ROOT / folder).rglob("*.py")]
    texts = [path.read_text("utf-8") for path in sources if "node_modules" not in path.parts]
    return set(re.findall(r"\w+", " ".join([build_schema().as_str(), *texts])))


# The kinds of entries are put together from words; test_entry_kinds knows them.
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "entries.md"], ids=lambda page: page.name)
def test_every_name_is_one_of_the_program(words: set[str], page: Path) -> None:
    text = page.read_text("utf-8")

    fields = set(re.findall(r"`(?:[A-Z]\w+\.)?([a-z]+[A-Z]\w*)(?:\([^`]*\))?`", text))
    said = set(re.findall(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b", text))
    assert fields - words == set()
    assert said - words - VARIABLES == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_is_there(page: Path) -> None:
    named = re.findall(r"`((?:ledger|app|docs|tests|migrations)/[\w/.]+)`", page.read_text("utf-8"))

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_page_is_named_by_the_readme() -> None:
    readme = README.read_text("utf-8")

    assert [page.name for page in PAGES[1:] if f"`docs/{page.name}`" not in readme] == []


def test_every_key_of_the_files_that_a_newcomer_writes_is_named() -> None:
    demo = Marketplace(orders=60, seed=1)
    named = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "files.md").read_text("utf-8")))

    documents = [*demo.generate_parties(), *demo.fee_plans(), *demo.generate_events()]
    assert {key for document in documents for key in _keys(document)} - named == set()


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            # What is in these has the platform's own names.
            yield from () if key in {"byCategory", "metadata"} else _keys(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _keys(item)
