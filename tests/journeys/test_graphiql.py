"""The page at `/`, in a real browser: it works with what we serve, and asks nobody else for anything."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, sync_playwright

from tests.app.api.examples import FILES, find_nothing, read_name
from tests.app.cli.commands import Commands
from tests.journeys.gateways import run_gateway
from tests.waiting import HANGS_S

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PAGES = Path(__file__).parents[2] / "app" / "web" / "dist" / "index.html"
# A browser that runs as root cannot make its sandbox; the rest keeps its own errands off the network.
ARGUMENTS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
def key(commands: Commands) -> str:
    """An operator's key to a small demo. Named before `page`: a browser keeps an event loop of its own."""
    commands.run("demo", "--orders", "20")
    return commands.run("key", "create", "--role", "operator", "--name", "Ada").stdout.strip()


@pytest.fixture
def page() -> Iterator[Page]:
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"there is no browser on this machine: none of {', '.join(BROWSERS)}")
    if not PAGES.exists():
        pytest.skip("the pages are not built; `make install` builds them")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


def answer_of(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.result-window')?.innerText ?? ''"))


def open_tab(page: Page, name: str) -> None:
    page.click(f'.graphiql-tab-button:text-is("{name}")')
    page.wait_for_selector(f'.graphiql-query-editor .view-line:has-text("{name}")')


def run_tab(page: Page, name: str, *, expect: str) -> str:
    open_tab(page, name)
    # The page reads the operations of a document a moment after showing it.
    page.wait_for_timeout(1_000)
    page.click(".graphiql-execute-button")
    # Asked from outside: waiting inside the page would need `eval`, which our policy forbids there.
    give_up_at = time.monotonic() + HANGS_S
    while expect not in (answer := answer_of(page)):
        assert time.monotonic() < give_up_at, answer
        page.wait_for_timeout(100)
    return answer


def ask_tab(page: Page, name: str) -> Any:
    """What the gateway answers when a tab is run as it stands: all of it, of which the page shows a part."""
    open_tab(page, name)
    # The page reads the operations of a document a moment after showing it: until then it asks for those of the last.
    give_up_at = time.monotonic() + HANGS_S
    while True:
        with page.expect_response(lambda response: read_asked(response.request) is not None) as answered:
            # Where it still runs what it was asked for, the same button would stop that.
            page.click('.graphiql-execute-button[aria-label^="Execute"]')
        if read_asked(answered.value.request) == name:
            return answered.value.json()
        assert time.monotonic() < give_up_at, name


def read_asked(request: Request) -> str | None:
    """The operation that a click runs by this request, "" where it names none; None where the request is another."""
    if request.method != "POST" or not request.url.endswith("/graphql"):
        return None
    name = str(json.loads(request.post_data or "{}").get("operationName") or "")
    return None if name == "IntrospectionQuery" else name


def test_every_tab_shows_something_of_the_demo_that_a_newcomer_finds(commands: Commands, page: Page) -> None:
    documents = {read_name(text): text for path in FILES for text in [path.read_text(encoding="utf-8")]}

    with run_gateway(commands, "--demo") as url:
        key = (commands.home / "operator.key").read_text().strip()
        page.goto(f"{url}/#key={key}")
        page.wait_for_selector(".graphiql-query-editor .view-line")
        page.wait_for_selector("#key-state[data-state=accepted]")
        answers = {name: ask_tab(page, name) for name, text in documents.items() if "\nsubscription" not in text}
        page.goto("about:blank")

    assert len(answers) == len(documents) - 1
    assert [name for name, answer in answers.items() if "errors" in answer] == []
    assert {name: nothing for name, answer in answers.items() if (nothing := find_nothing(answer["data"]))} == {}


def test_the_page_queries_and_subscribes_and_speaks_to_nobody_else(commands: Commands, key: str, page: Page) -> None:
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    with run_gateway(commands) as url:
        page.goto(f"{url}/#key={key}")
        page.wait_for_selector(".graphiql-query-editor .view-line")
        page.wait_for_selector("#key-state[data-state=accepted]")
        tree = run_tab(page, "PartyTree", expect="subtreeBalances")
        stream = run_tab(page, "Events", expect="CAUGHT_UP")
        address = page.url
        page.goto("about:blank")

    assert '"reference": "demo"' in tree.replace("\xa0", " ")
    assert "errors" not in stream
    assert key not in address
    assert failures == []
    ours = url.removeprefix("http://")
    assert {one.split("/")[2] for one in asked if not one.startswith(("data:", "blob:", "about:"))} == {ours}


@pytest.mark.usefixtures("key")  # a gateway is ready once there is a platform
def test_a_wrong_key_is_named_on_the_page(commands: Commands, page: Page) -> None:
    with run_gateway(commands) as url:
        page.goto(f"{url}/#key=sb_1_0000000000000000_{'0' * 64}")

        page.wait_for_selector("#key-state[data-state=refused]")

        page.goto("about:blank")
