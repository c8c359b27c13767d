"""The page at `/`, in a real browser: it works with what we serve, and asks nobody else for anything."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.app.cli.commands import Commands
from tests.journeys.gateways import run_gateway

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
    """An operator's key to a small demo. Made before the browser starts, which keeps an event loop of its own."""
    commands.run("demo", "--orders", "20")
    return commands.run("key", "create", "--role", "operator", "--name", "Ada").stdout.strip()


@pytest.fixture
def page(key: str) -> Iterator[Page]:
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


def run_tab(page: Page, name: str, *, expect: str) -> str:
    page.click(f'.graphiql-tab-button:has-text("{name}")')
    page.wait_for_selector(f'.graphiql-query-editor .view-line:has-text("{name}")')
    # The page reads the operations of a document a moment after showing it.
    page.wait_for_timeout(1_000)
    page.click(".graphiql-execute-button")
    # Asked from outside: waiting inside the page would need `eval`, which our policy forbids there.
    give_up_at = time.monotonic() + 30
    while expect not in (answer := answer_of(page)):
        assert time.monotonic() < give_up_at, answer
        page.wait_for_timeout(100)
    return answer


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


def test_a_wrong_key_is_named_on_the_page(commands: Commands, page: Page) -> None:
    with run_gateway(commands) as url:
        page.goto(f"{url}/#key=sb_1_0000000000000000_{'0' * 64}")

        page.wait_for_selector("#key-state[data-state=refused]")

        page.goto("about:blank")
