"""Pictures of the report and of the terminal, to be looked at: `make screenshots`, and in CI.

Run as a module with a folder; each picture is a PNG of the whole page there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from msgspec.structs import replace
from playwright.sync_api import Browser, Page, sync_playwright
from results_bot.example import FINISHED, Figures, hand_page, write_run, write_tree
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, MONOKAI
from rich.text import Text

from tests.browser import material
from tests.browser.chromium import executable, launch

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (
    ("diff",),
    ("diff", "--all"),
    ("history", "test_kl_divergence"),
    ("inspect", "experiments/overnight_runs/combo_1_entropy_maxsup"),
    ("explain",),
    ("explain", "metric-regressed"),
)
_RUNS = {figures.name: figures for figures in FINISHED}
COLUMNS = 80
_FRAME = (
    "<pre style='color:{foreground};background:{background};margin:0;padding:16px;"
    f"width:{COLUMNS}ch;box-sizing:content-box;outline:1px dashed;"
    "font:13px/1.25 DejaVu Sans Mono,monospace'>{code}</pre>"
)


@dataclass(frozen=True)
class Shot:
    """One picture of one page."""

    name: str
    address: str
    width: int = 1200
    scheme: str = "light"
    press: tuple[str, ...] = ()
    """Buttons to press first, by name."""


def shots(folder: Path) -> Iterator[Shot]:
    """Write the pages; yield what to take of them."""
    usual = material.write(_made(folder / "usual"), material.usual())
    for scheme in ("light", "dark"):
        yield Shot(f"report-{scheme}", usual, scheme=scheme)
        yield Shot(f"report-phone-{scheme}", usual, width=390, scheme=scheme)
    yield Shot("report-base-and-head", usual, press=("Base and head", "Show seeds"))
    yield Shot("report-narrow", usual, width=320, press=("Base and head",))
    three = material.write(_made(folder / "three"), material.three())
    yield Shot("report-trade-off", three)
    hostile = material.write(_made(folder / "hostile"), material.hostile())
    yield Shot("report-hostile", hostile)
    yield Shot("report-hostile-phone", hostile, width=390, scheme="dark")
    large = material.write(_made(folder / "large"), material.large(20_000))
    yield Shot("report-20000-rows", large)
    example = _example(_made(folder / "example"))
    for scheme in ("light", "dark"):
        yield Shot(f"report-example-{scheme}", example, scheme=scheme)
    for scheme in ("light", "dark"):
        terminal = _terminal(folder / "example" / "repo", scheme)
        page = folder / f"terminal-{scheme}.html"
        page.write_text(terminal, "utf-8")
        yield Shot(f"terminal-{scheme}", page.as_uri(), width=1000, scheme=scheme)


def take(browser: Browser, shot: Shot, folder: Path) -> Path:
    """Draw every chart of a page, then take it whole."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": 900},
        color_scheme="dark" if shot.scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page.goto(shot.address)
    for name in shot.press:
        page.get_by_role("button", name=name).click()
    _draw_all(page)
    path = folder / f"{shot.name}.png"
    page.screenshot(path=path, full_page=True)
    page.close()
    return path


def _draw_all(page: Page) -> None:
    charts = page.locator("[data-chart]")
    for at in range(charts.count()):
        charts.nth(at).scroll_into_view_if_needed()
        page.wait_for_selector(f"[data-chart] >> nth={at} >> svg, canvas")
    page.evaluate("scrollTo(0, 0)")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _example(folder: Path) -> str:
    """Build the demo's repository with a history and a change to judge; return the report."""
    repo = folder / "repo"
    write_tree(repo)
    (repo / "RESULTS_SUMMARY.md").write_text(hand_page(), "utf-8")
    git(repo, "init", "-q", "-b", "main")
    _commit(repo, "Keep results by hand", 1)
    _run(repo, "init", "--no-hook")
    _run(repo, "refresh")
    _commit(repo, "Let results-bot keep the results", 2)
    for at in range(12):
        _retrain(repo, (1.0 if at < 6 else 0.93) * (1 + (at * 7 % 5 - 2) / 300))
        _run(repo, "refresh")
        _commit(repo, f"Train on with a warmer softmax, try {at}", at + 3)
    for run in _changed():
        write_run(repo, run)
    _run(repo, "report", "HEAD", "--html", "report.html")
    return (repo / "report.html").as_uri()


def _retrain(repo: Path, factor: float) -> None:
    """Give the best run another divergence, and a loss that keeps its ratio to it."""
    run = _RUNS["combo_4_aggressive"]
    write_run(repo, replace(run, test_kl=run.test_kl * factor, test_loss=run.test_loss * factor))


def _changed() -> Iterator[Figures]:
    """Yield runs that got worse, better and another settings' twin."""
    yield replace(_RUNS["combo_2_all_reductions"], test_kl=0.391846, test_loss=0.869102, near=1389)
    yield replace(_RUNS["combo_6_balanced"], test_kl=0.318204, test_loss=0.701893)
    yield replace(_RUNS["combo_3_mild"], folder="overnight_runs/combo_7_warm/run", test_kl=0.341)


def _terminal(repo: Path, scheme: str) -> str:
    """Return a page that shows what the commands print in a terminal of 80 columns."""
    theme = MONOKAI if scheme == "dark" else DEFAULT_TERMINAL_THEME
    parts = []
    for command in COMMANDS:
        console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
        said = f"$ results-bot {' '.join(command)}\n{_run(repo, *command)}"
        console.print(Text.from_ansi(said), soft_wrap=True)
        parts.append(console.export_html(theme=theme, inline_styles=True, code_format=_FRAME))
    return f"<!doctype html><meta charset='utf-8'><body style='margin:0'>{''.join(parts)}"


def _run(repo: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "results_bot", "--color", "always", *command],
        cwd=repo, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS)},
    )  # fmt: skip
    return done.stdout + done.stderr


def git(repo: Path, *args: str, day: int = 1) -> None:
    date = f"2026-03-{day:02d}T10:00:00+00:00"
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.invalid"]
    dated = {**os.environ, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    subprocess.run(["git", *who, *args], cwd=repo, check=True, env=dated)


def _commit(repo: Path, message: str, day: int) -> None:
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message, day=day)


def main(folder: Path) -> int:
    """Take all pictures into a folder."""
    path = executable()
    if path is None:
        sys.stderr.write("chromium is not here (apt-get install chromium)\n")
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as pages, sync_playwright() as playwright:
        browser = launch(playwright, path)
        for shot in shots(Path(pages)):
            sys.stdout.write(f"{take(browser, shot, folder)}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")))
