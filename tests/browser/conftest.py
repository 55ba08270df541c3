"""A real headless Chromium, and a page that notes all that it says and asks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Dialog, Page, Playwright, sync_playwright

REQUIRED = "RESULTS_BOT_REQUIRE_BROWSER"
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"


def executable() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=_OPTIONS)


def new_page(browser: Browser, width: int, scheme: str) -> Page:
    return browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )


def missing(what: str) -> NoReturn:
    """Skip, loudly; or fail where a browser is required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{what}, and {REQUIRED} is set")
    pytest.skip(f"NOT TESTED in a browser: {what}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = executable()
    if chromium is None:
        missing("chromium is not here (apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = launch(playwright, chromium)
        yield launched
        launched.close()


@dataclass
class Tab:
    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def names(self, table: int = 0) -> list[str]:
        """The names in a table's first column, as far as they are drawn."""
        rows = self.page.locator("section.table").nth(table).locator("tbody tr:not(.spacer)")
        return rows.locator("th .name").all_inner_texts()

    def draw_all(self) -> int:
        """Scroll every chart into sight and wait until it is drawn; return how many there are."""
        charts = self.page.locator("[data-chart]")
        for at in range(charts.count()):
            charts.nth(at).scroll_into_view_if_needed()
            self.page.wait_for_selector(f"[data-chart] >> nth={at} >> svg, canvas")
        return charts.count()


Open = Callable[..., Tab]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open an address; at the end nothing may have been said on the console."""
    tabs: list[Tab] = []

    def opened(address: str, width: int = 1200, scheme: str = "light") -> Tab:
        page = new_page(browser, width, scheme)
        tab = Tab(page)

        def dismissed(dialog: Dialog) -> None:
            tab.said.append("a dialog")
            dialog.dismiss()

        page.on("console", lambda message: tab.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: tab.said.append(f"error: {error}"))
        page.on("request", lambda request: tab.asked.append(request.url))
        page.on("dialog", dismissed)
        page.goto(address)
        tabs.append(tab)
        return tab

    yield opened
    for tab in tabs:
        tab.page.close()
    assert [tab.said for tab in tabs if tab.said] == []
