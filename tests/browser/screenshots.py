"""Pictures of the report and of the terminal, to be looked at: `make screenshots`, and in CI.

Run as a module with a folder; each picture is a PNG of the whole page there.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

from msgspec.structs import replace
from playwright.sync_api import Browser, sync_playwright
from results_bot.example import FINISHED, write_run
from results_bot.report.html.charts import ReportData
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI
from rich.text import Text

from tests.browser import material
from tests.browser.chromium import executable, launch
from tests.browser.conftest import Tab
from tests.conftest import commit_all, run_cli
from tests.team import team_tree

COMMANDS = (
    "diff",
    "diff --all",
    "history test_kl_divergence",
    "inspect experiments/overnight_runs/combo_1_entropy_maxsup",
    "explain",
    "explain metric-regressed",
)
STORIES: dict[str, Callable[[], ReportData]] = {
    "usual": material.usual,
    "three": material.three,
    "hostile": material.hostile,
    "large": partial(material.large, 20_000),
}
COLUMNS = 80
_RUNS = {figures.name: figures for figures in FINISHED}
_FRAME = (
    "<pre style='color:{foreground};background:{background};margin:0;padding:16px;"
    f"width:{COLUMNS}ch;box-sizing:content-box;outline:1px dashed;"
    "font:13px/1.25 DejaVu Sans Mono,monospace'>{code}</pre>"
)


@dataclass(frozen=True)
class Shot:
    """One picture of one page."""

    name: str
    page: str
    width: int = 1200
    scheme: str = "light"
    press: tuple[str, ...] = ()
    """Buttons to press first, by name."""


SHOTS = (
    *(
        shot
        for scheme in ("light", "dark")
        for shot in (
            Shot(f"report-{scheme}", "usual", scheme=scheme),
            Shot(f"report-phone-{scheme}", "usual", width=390, scheme=scheme),
            Shot(f"report-example-{scheme}", "example", scheme=scheme),
            Shot(f"terminal-{scheme}", f"terminal-{scheme}", width=1000, scheme=scheme),
        )
    ),
    Shot("report-base-and-head", "usual", press=("Base and head", "Show seeds")),
    Shot("report-narrow", "usual", width=320, press=("Base and head",)),
    Shot("report-trade-off", "three"),
    Shot("report-hostile", "hostile"),
    Shot("report-hostile-phone", "hostile", width=390, scheme="dark"),
    Shot("report-20000-rows", "large"),
)


def addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """Write the pages; yield the name and the address of each."""
    for name, story in STORIES.items():
        (folder / name).mkdir()
        yield name, material.write(folder / name, story())
    repo = _example(folder / "example")
    yield "example", (repo / "report.html").as_uri()
    for name, theme in (("light", DEFAULT_TERMINAL_THEME), ("dark", MONOKAI)):
        page = folder / f"terminal-{name}.html"
        parts = []
        for command in COMMANDS:
            console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
            shown = f"$ results-bot {command}\n{_run(repo, *command.split())}"
            console.print(Text.from_ansi(shown), soft_wrap=True)
            parts.append(console.export_html(theme=theme, inline_styles=True, code_format=_FRAME))
        head = "<!doctype html><meta charset='utf-8'><body style='margin:0'>"
        page.write_text(head + "".join(parts), "utf-8")
        yield f"terminal-{name}", page.as_uri()


def take(browser: Browser, shot: Shot, address: str, path: Path) -> None:
    """Draw every chart of a page, then take it whole."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": 900},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(address)
    for name in shot.press:
        page.get_by_role("button", name=name).click()
    Tab(page).draw_all()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=path, full_page=True)
    page.close()


def _example(repo: Path) -> Path:
    """Build the demo's repository with a history, a change to judge, and its report."""
    team_tree("example", repo)

    def commit(message: str, day: int) -> None:
        date = f"2026-01-{day:02d}T09:00:00+00:00"
        os.environ.update(GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        commit_all(repo, message)

    commit("Keep results by hand", 1)
    _run(repo, "init", "--no-hook")
    _run(repo, "refresh")
    commit("Let results-bot keep the results", 2)
    best = _RUNS["combo_4_aggressive"]
    for at in range(12):
        factor = (1.0 if at < 6 else 0.93) * (1 + (at * 7 % 5 - 2) / 300)
        # A loss that keeps its ratio to the divergence.
        losses = {"test_kl": best.test_kl * factor, "test_loss": best.test_loss * factor}
        write_run(repo, replace(best, **losses))
        _run(repo, "refresh")
        commit(f"Train on with a warmer softmax, try {at}", at + 3)
    worse = {"test_kl": 0.391846, "test_loss": 0.869102, "near": 1389}
    write_run(repo, replace(_RUNS["combo_2_all_reductions"], **worse))
    better = {"test_kl": 0.318204, "test_loss": 0.701893}
    write_run(repo, replace(_RUNS["combo_6_balanced"], **better))
    twin = {"folder": "overnight_runs/combo_7_warm/run", "test_kl": 0.341}
    write_run(repo, replace(_RUNS["combo_3_mild"], **twin))
    _run(repo, "report", "HEAD", "--html", "report.html")
    return repo


def _run(repo: Path, *args: str) -> str:
    """Run a command as in a terminal; return what it prints."""
    done = run_cli(["--color", "always", *args], repo)
    return done.out + done.err


def main(folder: Path) -> int:
    """Take all pictures into a folder."""
    path = executable()
    if path is None:
        sys.stderr.write("chromium is not here (apt-get install chromium)\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["COLUMNS"] = str(COLUMNS)
    with tempfile.TemporaryDirectory() as pages, sync_playwright() as playwright:
        browser = launch(playwright, path)
        pages_at = dict(addresses(Path(pages)))
        for shot in SHOTS:
            picture = folder / f"{shot.name}.png"
            take(browser, shot, pages_at[shot.page], picture)
            sys.stdout.write(f"{picture}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")))
