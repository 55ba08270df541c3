"""The system's Chromium, started the same way for tests and for pictures."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]


def executable() -> str | None:
    """Return where it is, if it is here."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def launch(playwright: Playwright, path: str) -> Browser:
    return playwright.chromium.launch(executable_path=path, args=_OPTIONS)
